"""A scene page in a real browser: what is seen in space, in the pyramids and beside are of one time."""

import shutil

import numpy as np
import pytest

from tests import reference
from tests.data.recordings.films import pyav
from tests.serving.browser import Browser, wait
from tfkeypoints.visualization import episode_tiles, write_scene_page
from tfkeypoints.visualization.video import video_writer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
FRAMES, FPS, STEP = 20, 20, 12
TILES = episode_tiles([[64, 48], [48, 64]], 64)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Frame t is of brightness 12 t in the first camera, and of 255 - 12 t in the second one."""
    pyav()
    folder = tmp_path_factory.mktemp("page")
    with video_writer(folder / "film.mp4", FPS) as write:
        for time in range(FRAMES):
            frame = np.full((TILES[:, 1::2].sum(1).max(), TILES[-1, [0, 2]].sum(), 3), 128, np.uint8)
            for (x, y, width, height), bright in zip(TILES, (STEP * time, 255 - STEP * time), strict=True):
                frame[y : y + height, x : x + width] = bright
            write(frame)
    rng = np.random.default_rng(0)
    cameras = reference.random_cameras(rng, (2,))
    keypoints = rng.normal(size=(FRAMES, 3, 3))
    write_scene_page(folder / "scene.html", keypoints, None, *cameras, fps=FPS, video="film.mp4", tiles=TILES)
    # Pixels of a canvas that drew a file can be read with this flag only.
    browser = Browser(CHROMIUM, folder / "profile", (folder / "scene.html").as_uri(), "--allow-file-access-from-files")
    wait(lambda: browser.evaluate("typeof hasVideo !== 'undefined' && hasVideo"))
    yield browser
    errors = browser.errors
    browser.close()
    assert errors == []


def brightness(page, canvases):
    """The red in the middle of two canvases."""
    middle = "c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data[0]"
    return page.evaluate(f"{canvases}.map(c => {middle})")


@pytest.mark.parametrize("time", [12, 0, 19, 5])
def test_pictures_are_those_of_the_frame_that_is_chosen(page, time):
    page.evaluate(f"$('time').value = {time}; $('time').oninput()")
    assert page.evaluate("frame") == time
    wait(lambda: not page.evaluate("video.seeking"))
    expected = [STEP * time, 255 - STEP * time]
    for canvases in ("tiles", "small"):
        # Videos hold brightness in 219 steps, and compression moves plain areas by one or two.
        wait(lambda c=canvases: np.abs(np.subtract(brightness(page, c), expected)).max() < 5, 10)
    assert f"frame {time} " in page.evaluate("$('label').textContent")


def test_what_is_played_keeps_in_step_with_the_video_until_its_end(page):
    page.evaluate("go(0); $('play').click()")
    seen = [0, 0]
    while page.evaluate("playing"):
        seen = page.evaluate("(tick(), [frame, Math.floor(video.currentTime * scene.fps + 1e-3)])")
        assert seen[0] == min(seen[1], FRAMES - 1)
    wait(lambda: page.evaluate("frame") == FRAMES - 1)
    assert page.evaluate("$('play').textContent") == "play"
    page.evaluate("$('play').click()")
    assert page.evaluate("frame") < FRAMES - 1 and page.evaluate("playing")
    page.evaluate("$('play').click()")
    assert not page.evaluate("playing") and page.evaluate("video.paused")


def test_a_picture_lies_in_its_pyramid(page):
    """The corners of each picture, by the browser's own matrices, are where the corners of the pyramid are seen."""
    page.evaluate("view.distance *= 3; draw()")
    corners = "[[0, 0], [c.width, 0], [c.width, c.height], [0, c.height]]"
    moved = "new DOMPoint(x, y).matrixTransform(new DOMMatrix(c.style.transform))"
    lain = page.evaluate(f"small.map(c => {corners}.map(([x, y]) => (p => [p.x / p.w, p.y / p.w])({moved})))")
    expected = page.evaluate("small.map((c, v) => CORNERS.map(i => project(corner(v, i)).slice(0, 2)))")
    np.testing.assert_allclose(lain, expected, atol=0.01)


def test_everything_is_in_the_picture_and_fills_it(page):
    page.evaluate("fit(); draw()")
    places = page.evaluate(
        "Array.from({ length: keypoints.length / 3 }, (_, i) => project(point(keypoints, i)).slice(0, 2))"
        ".concat(Array.from({ length: frusta.length / 3 }, (_, i) => project(point(frusta, i)).slice(0, 2)))"
    )
    size = page.evaluate("[width, height]")
    assert (np.min(places, 0) >= 0).all() and (np.max(places, 0) <= size).all()
    assert (np.ptp(places, axis=0) / size).max() > 0.5
