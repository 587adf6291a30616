"""The web page in a real browser, against a real server."""

import json
import shutil
import signal

import numpy as np
import pytest
from PIL import Image

from tests.serving.browser import Browser, wait
from tests.serving.examples import make_inputs
from tests.serving.requirements import needs_kserve
from tests.serving.running import Server, wait_until_ready

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    needs_kserve,
]


@pytest.fixture(scope="module")
def serve():
    servers = []

    def start(folder):
        servers.append(Server(folder))
        wait_until_ready(servers[-1])
        return servers[-1]

    yield start
    for server in servers:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)


@pytest.fixture(scope="module")
def server(serve, exported):
    return serve(exported)


@pytest.fixture
def page(server, tmp_path):
    browser = Browser(CHROMIUM, tmp_path / "profile", f"http://127.0.0.1:{server.port}/")
    wait(lambda: "tiny, version 1" in text(browser, "about"))
    yield browser
    errors = browser.errors
    browser.close()
    assert errors == []


def text(page, name):
    return page.evaluate(f"document.getElementById('{name}')?.textContent ?? ''")


def test_dropped_images_show_keypoints_in_the_image_and_in_space(page, keypointnet, tmp_path):
    inputs = make_inputs(1, 1)
    inputs["image"][..., 3] = 255
    Image.fromarray(inputs["image"][0, 0]).save(tmp_path / "shot.png")
    pixels = {"fx": 240, "fy": 240, "cx": 11.5, "cy": 7.5, "width": 24, "height": 16}
    (tmp_path / "cameras.json").write_text(json.dumps({"shot": {**pixels, "extrinsics": np.eye(4).tolist()}}))
    page.put_files("#files", [tmp_path / "shot.png", tmp_path / "cameras.json"])
    wait(lambda: text(page, "alert") or page.evaluate("document.querySelectorAll('#table td').length"))
    assert text(page, "alert") == ""
    cells = page.evaluate("[...document.querySelectorAll('#table td')].map(cell => Number(cell.textContent))")
    expected = keypointnet({**inputs, "intrinsics": np.diag([20.0, 30.0, 1.0]).astype(np.float32)[None, None]})
    np.testing.assert_allclose(np.reshape(cells, (3, 4))[:, 1:], expected["points_camera"][0, 0], atol=1e-4)
    assert page.evaluate("document.querySelectorAll('#views canvas').length") == 1
    assert "Camera frame of shot.png" in text(page, "frame")
    picture = "document.getElementById('space').toDataURL()"
    before = page.evaluate(picture)
    page.drag("#space", 80)
    assert page.evaluate(picture) != before


def test_an_example_that_is_clicked_shows_its_keypoints(page, keypointnet):
    wait(lambda: page.evaluate("document.querySelectorAll('#examples button').length") == 2)
    wait(lambda: page.evaluate("[...document.querySelectorAll('#examples img')].every(i => i.naturalWidth === 24)"))
    fits = page.evaluate("[...document.querySelectorAll('#fits li')].map(item => item.textContent)")
    assert "scaled and padded to 16 × 24 pixels" in fits[0]
    assert "cut out on a transparent background, or on plain mid-grey (128), in the middle" in fits[1]
    for number, seed in ((1, 6), (0, 5)):
        page.evaluate(f"document.querySelectorAll('#examples button')[{number}].click()")
        wait(lambda n=number: f"example {n + 1}," in text(page, "frame"))
        cells = page.evaluate("[...document.querySelectorAll('#table td')].map(cell => Number(cell.textContent))")
        expected = keypointnet(make_inputs(1, 1, seed))["points_camera"][0, 0]
        np.testing.assert_allclose(np.reshape(cells, (3, 4))[:, 1:], expected, atol=1e-4)
    assert text(page, "alert") == ""
    assert page.evaluate("document.querySelectorAll('#examples .chosen').length") == 1


def test_a_camera_with_a_lens_is_refused_and_skew_counts(page, keypointnet, tmp_path):
    inputs = make_inputs(1, 1)
    inputs["image"][..., 3] = 255
    Image.fromarray(inputs["image"][0, 0]).save(tmp_path / "shot.png")
    camera = {"fx": 240, "fy": 240, "cx": 11.5, "cy": 7.5, "width": 24, "height": 16, "extrinsics": np.eye(4).tolist()}
    (tmp_path / "lens.json").write_text(json.dumps({"shot": {**camera, "distortion": [0.1, 0, 0, 0]}}))
    page.put_files("#files", [tmp_path / "shot.png", tmp_path / "lens.json"])
    assert "has a lens" in wait(lambda: text(page, "alert"))
    (tmp_path / "skew.json").write_text(json.dumps({"shot": {**camera, "skew": 36}}))
    page.put_files("#files", [tmp_path / "shot.png", tmp_path / "skew.json"])
    wait(lambda: page.evaluate("document.querySelectorAll('#table td').length"))
    cells = page.evaluate("[...document.querySelectorAll('#table td')].map(cell => Number(cell.textContent))")
    intrinsics = np.float32([[[[20, 3, 0], [0, 30, 0], [0, 0, 1]]]])
    expected = keypointnet({**inputs, "intrinsics": intrinsics})["points_camera"][0, 0]
    np.testing.assert_allclose(np.reshape(cells, (3, 4))[:, 1:], expected, atol=1e-4)


def test_a_bad_file_is_answered_with_the_servers_sentence(page, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no image")
    page.put_files("#files", [tmp_path / "bad.png"])
    assert "bad.png is not an image" in wait(lambda: text(page, "alert"))
    Image.new("RGBA", (24, 16)).save(tmp_path / "good.png")
    extrinsics = (2 * np.eye(4)).tolist()
    pixels = {"fx": 240, "fy": 240, "cx": 11.5, "cy": 7.5, "width": 24, "height": 16}
    (tmp_path / "cameras.json").write_text(json.dumps({"good": {**pixels, "extrinsics": extrinsics}}))
    page.put_files("#files", [tmp_path / "good.png", tmp_path / "cameras.json"])
    assert wait(lambda: "`extrinsics` must be rigid" in text(page, "alert"))


def test_a_policy_says_what_it_takes_and_asks_for_no_images(serve, exported_policy, tmp_path):
    port = serve(exported_policy).port
    browser = Browser(CHROMIUM, tmp_path / "profile", f"http://127.0.0.1:{port}/")
    try:
        about = wait(lambda: (words := text(browser, "about")) != "…" and words)
        assert "acting, version 1: policy for nowhere" in about
        assert "act(image, intrinsics, extrinsics, proprioception)" in about
        assert browser.evaluate("document.getElementById('drop').getBoundingClientRect().height") == 0
        assert text(browser, "alert") == "" and browser.errors == []
    finally:
        browser.close()
