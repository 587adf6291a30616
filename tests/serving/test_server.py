"""The server as a process of its own, asked over REST and gRPC by real clients."""

import asyncio
import base64
import http.client
import io
import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.rounding import NETWORK
from tests.serving.examples import make_encoded, make_inputs
from tests.serving.requirements import needs_kserve
from tests.serving.running import ROOT, Server, ask_grpc, free_port, rows, serving, wait_until_ready
from tfkeypoints.serving.batching import Batcher
from tfkeypoints.serving.versions import Version

pytestmark = needs_kserve


@pytest.fixture(scope="module")
def server(exported):
    with serving(exported) as server:
        yield server


def encoded_rows(inputs):
    as_json = {
        name: np.vectorize(lambda png: {"b64": base64.b64encode(png).decode()}, otypes=[object])(value)
        if name == "image_bytes"
        else value
        for name, value in make_encoded(inputs).items()
    }
    return rows(as_json)


def expect(answer, keypointnet, inputs):
    expected = keypointnet(inputs)
    assert set(answer) == set(expected) - {"heatmaps"}
    for name, value in answer.items():
        np.testing.assert_allclose(np.array(value), expected[name], **NETWORK)


def test_it_says_where_it_can_be_reached(server):
    assert "tiny, version 1" in server.greeting and f"http://127.0.0.1:{server.port}/" in server.greeting


def test_a_connection_sends_what_it_has_at_once():
    from tfkeypoints.serving.server import _listening

    with _listening("port", "127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_rows_are_answered_in_rows(server, keypointnet):
    inputs = make_inputs(2, 2)
    status, answer = server.predict({"instances": rows(inputs)})
    assert status == 200
    found = {name: [row[name] for row in answer["predictions"]] for name in answer["predictions"][0]}
    expect(found, keypointnet, inputs)


def test_columns_are_answered_in_columns(server, keypointnet):
    inputs = make_inputs(1, 3)
    columns = {name: value.tolist() for name, value in inputs.items()}
    status, answer = server.predict({"signature_name": "detect", "inputs": columns})
    assert status == 200
    expect(answer["outputs"], keypointnet, inputs)


def test_png_is_answered_as_its_pixels_are(server, keypointnet):
    inputs = make_inputs(2, 1)
    status, answer = server.predict({"signature_name": "detect_encoded", "instances": encoded_rows(inputs)})
    assert status == 200
    found = {name: [row[name] for row in answer["predictions"]] for name in answer["predictions"][0]}
    expect(found, keypointnet, inputs)


def v2_inputs(inputs):
    types = {"image": "UINT8", "intrinsics": "FP32", "extrinsics": "FP32"}
    return [
        {"name": name, "shape": list(value.shape), "datatype": types[name], "data": value.ravel().tolist()}
        for name, value in inputs.items()
    ]


def test_the_open_inference_protocol_is_spoken_over_rest(server, keypointnet):
    inputs = make_inputs(1, 2)
    status, answer = server.infer(v2_inputs(inputs))
    assert (status, answer["model_version"]) == (200, "1")
    found = {each["name"]: np.reshape(each["data"], each["shape"]) for each in answer["outputs"]}
    expect(found, keypointnet, inputs)


@pytest.mark.parametrize("encoded", [False, True])
def test_the_open_inference_protocol_is_spoken_over_grpc(server, keypointnet, encoded):
    inputs = make_inputs(2, 1)
    expect(ask_grpc(server, make_encoded(inputs) if encoded else inputs), keypointnet, inputs)


def test_grpc_refuses_with_a_sentence(server):
    import grpc

    inputs = make_inputs(1, 1)
    inputs["extrinsics"][0, 0, 0, 0] = np.nan
    with pytest.raises(grpc.RpcError) as caught:
        ask_grpc(server, inputs)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "`extrinsics` must be finite" in caught.value.details()


def with_row(**changes):
    return {"instances": [{**rows(make_inputs(1, 1))[0], **changes}]}


def with_file(file):
    row = encoded_rows(make_inputs(1, 1))[0]
    return {"signature_name": "detect_encoded", "instances": [{**row, "image_bytes": [file]}]}


def b64(content):
    return {"b64": base64.b64encode(content).decode()}


PNG = make_encoded(make_inputs(1, 1))["image_bytes"][0, 0]
REFUSED = {
    "no JSON": (b"{", "Unrecognized request format"),
    "a list": ([1, 2], "should be a JSON object"),
    "neither rows nor columns": ({"signature_name": "detect"}, "should be a JSON object"),
    "another signature": ({"signature_name": "train", "instances": [{}]}, "`signature_name` should be one of"),
    "no rows": ({"instances": []}, "`instances` should be a list"),
    "a missing input": ({"instances": [{"image": []}]}, "detect takes image, intrinsics, extrinsics"),
    "one more input": (with_row(label=1), "detect takes image, intrinsics, extrinsics"),
    "text for numbers": (with_row(intrinsics="abc"), "`intrinsics` should be a nested list of numbers"),
    "ragged": (with_row(intrinsics=[[[1, 2], [3]]]), "`intrinsics` should be a regular nested list"),
    "null": (with_row(extrinsics=None), "`extrinsics` should be a nested list of numbers"),
    "NaN as text": (json.dumps(with_row(extrinsics=[[[float("nan")]]])).encode(), "Unrecognized request format"),
    "too great for a float": (
        with_row(intrinsics=[[[1e99, 0, 0], [0, 1, 0], [0, 0, 1]]]),
        "`intrinsics` must be finite",
    ),
    "other shape": (with_row(intrinsics=[1.0]), "`intrinsics` must have the shape"),
    "negative pixels": (with_row(image=[[[[-1, 0, 0, 0]]]]), "`image` should be whole numbers from 0 to 255"),
    "fractions": (with_row(image=[[[[0.5, 0, 0, 0]]]]), "`image` should be whole numbers from 0 to 255"),
    "no base64": (with_file({"b64": "%%%"}), "should be base64"),
    "a text for a file": (with_file("abc"), 'An image should be {"b64"'),
    "truncated PNG": (with_file(b64(PNG[: len(PNG) // 2])), "Invalid PNG data"),
    "the head of a PNG": (with_file(b64(PNG[:20])), "An image should be a whole PNG or JPEG"),
    "no image": (with_file(b64(b"hello")), "An image should be a whole PNG or JPEG"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_with_a_sentence(server, case):
    body, sentence = REFUSED[case]
    status, answer = server.predict(body)
    assert status == 400 and sentence in answer["error"], answer


def test_an_image_of_absurd_size_is_refused_before_it_is_decoded(server):
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 30000, 30000, 8, 6, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    status, answer = server.predict(with_file(b64(png)))
    assert status == 400
    assert "too large" in answer["error"] or "at most" in answer["error"]


def test_v2_refuses_with_a_sentence(server):
    inputs = v2_inputs(make_inputs(1, 1))
    inputs[0]["shape"] = [7]
    status, answer = server.infer(inputs)
    assert status == 400 and "fill the shape [7]" in answer["error"]
    inputs[0]["datatype"] = "UNHEARD"
    assert server.infer(inputs)[0] == 400
    assert server.post("/v2/models/tiny/infer", {"inputs": 3})[0] == 422
    status, answer = server.infer([], headers={"Inference-Header-Content-Length": "x"})
    assert status == 400 and "Binary tensors" in answer["error"]


def test_headers_and_bodies_have_limits(server):
    status, answer = server.predict(with_row(), headers={"X-Long": "x" * 40_000})
    assert status == 431 and "Headers should have at most" in answer["error"]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest("POST", "/v1/models/tiny:predict")
    connection.putheader("Content-Length", str(2**21 + 1))
    connection.endheaders()  # the answer comes before the body is sent
    answer = connection.getresponse()
    assert answer.status == 413 and "The body should have at most" in json.load(answer)["error"]


def test_the_content_type_does_not_matter(server):
    for kind in ("application/x-www-form-urlencoded", "text/plain"):
        assert server.predict(with_row(), headers={"Content-Type": kind})[0] == 200
    status, answer = server.predict(b"image=1", headers={"Content-Type": "text/plain"})
    assert status == 400 and "The body should be JSON" in answer["error"]


def test_unknown_models_are_not_found_and_nobody_unloads_this_one(server):
    status, answer = server.post("/v1/models/other:predict", with_row())
    assert status == 404 and "other does not exist" in answer["error"]
    assert server.post("/v2/repository/models/tiny/unload", {})[0] == 501
    assert server.predict(with_row())[0] == 200


def test_a_bad_request_does_not_spoil_those_that_wait_beside_it(server, keypointnet):
    good, bad = make_inputs(1, 1), with_row(extrinsics=(2 * np.eye(4))[None].tolist())
    answers = [None] * 12

    def ask(i):
        answers[i] = server.predict(bad if i % 3 == 0 else {"instances": rows(good)})

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(answers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status for status, _ in answers] == [400, 200, 200] * 4
    expected = keypointnet(good)["uv"][0]
    for i, (_, answer) in enumerate(answers):
        if i % 3:
            np.testing.assert_allclose(answer["predictions"][0]["uv"], expected, **NETWORK)


def test_a_new_version_takes_over_and_no_request_is_lost(exported, keypointnet, tmp_path):
    shutil.copytree(exported / "1", tmp_path / "tiny" / "1")
    server = Server(tmp_path / "tiny")
    try:
        wait_until_ready(server)
        body, statuses, stop = {"instances": rows(make_inputs(1, 1))}, [], threading.Event()

        def ask():
            while not stop.is_set():
                statuses.append(server.predict(body)[0])

        thread = threading.Thread(target=ask)
        thread.start()
        (tmp_path / "tiny" / "2").mkdir()
        (tmp_path / "tiny" / "2" / "saved_model.pb").write_bytes(b"broken")
        shutil.copytree(exported / "1", tmp_path / "tiny" / ".3")
        (tmp_path / "tiny" / ".3").rename(tmp_path / "tiny" / "3")
        deadline = time.monotonic() + 60
        while json.loads(server.get("/v1/models/tiny/card"))["version"] != 3 and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.5)
        stop.set()
        thread.join()
        assert json.loads(server.get("/v1/models/tiny/card"))["version"] == 3
        assert len(statuses) > 5 and set(statuses) == {200}
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)


def test_a_request_is_answered_by_the_version_that_it_was_read_for():
    from tfkeypoints.serving.server import ServedModel

    def version(number, signature):
        offered = {signature: {"x": {"dtype": "float32", "shape": [-1, 1]}}}
        functions = {signature: lambda inputs: {"y": number * inputs["x"]}}
        return Version(number, Path("model", str(number)), {"inputs": offered}, functions, {"y": [-1, 1]})

    class Replaced:
        """Versions of which a newer one, of other signatures, takes over as soon as the old one was looked at."""

        found = iter([version(1, "detect"), version(2, "act")])
        newest = property(lambda self: next(self.found))

    async def ask():
        batcher = Batcher()
        task = asyncio.create_task(batcher.run())
        answer = await asyncio.wait_for(
            ServedModel("tiny", Replaced(), batcher).predict({"instances": [{"x": [3]}]}), 30
        )
        task.cancel()
        return answer

    assert asyncio.run(ask()) == {"predictions": [{"y": [3]}]}


def refused(*words):
    """What `tfkeypoints serve` prints to standard error when it refuses its arguments."""
    command = [sys.executable, "-m", "tfkeypoints.cli", "serve", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


@pytest.mark.parametrize("argument", ["port", "grpc_port"])
def test_a_port_that_is_taken_is_named_and_no_greeting_is_printed(exported, argument):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        ports = {"port": free_port(), "grpc_port": free_port(), argument: taken}
        error = refused(exported, "--port", ports["port"], "--grpc-port", ports["grpc_port"])
    assert f"error: `{argument}` must be a port that is free on 127.0.0.1. Received: {argument}={taken} (" in error
    assert "Traceback" not in error


def test_a_versions_own_folder_is_refused(exported):
    assert "error: `folder` should hold versions (1, 2, …)" in refused(exported / "1")


def test_outputs_are_described_with_all_their_axes(server):
    described = json.loads(server.get("/v2/models/tiny"))
    shapes = {each["name"]: each["shape"] for each in described["outputs"]}
    assert shapes["points_camera"] == [-1, -1, 3, 3] and shapes["confidence"] == [-1, -1, 3]


def test_metrics_count_requests(server):
    server.predict(with_row())
    assert 'request_predict_seconds_count{model_name="tiny"}' in server.get("/metrics")


def test_examples_are_offered_and_nothing_else_of_the_folder(server):
    base = "/v1/models/tiny/examples"
    rows = json.loads(server.get(base))
    assert [row["images"] for row in rows] == [["0_0.png"], ["1_0.png"]]
    assert np.shape(rows[0]["intrinsics"]) == (1, 3, 3) and np.shape(rows[0]["extrinsics"]) == (1, 4, 4)
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{base}/1_0.png") as answer:
        pixels = np.asarray(Image.open(io.BytesIO(answer.read())))
    np.testing.assert_array_equal(pixels, make_inputs(1, 1, 6)["image"][0, 0])
    for wrong in ("examples.json", "2_0.png", "..%2fmodel_card.json"):
        with pytest.raises(urllib.error.HTTPError) as refused_:
            urllib.request.urlopen(f"http://127.0.0.1:{server.port}{base}/{wrong}")
        assert refused_.value.code == 404


def test_the_example_client_prints_the_keypoints(server, keypointnet, tmp_path):
    inputs = make_inputs(1, 1)
    Image.fromarray(inputs["image"][0, 0]).save(tmp_path / "a.png")
    pixels = {"fx": 240, "fy": 240, "cx": 11.5, "cy": 7.5, "width": 24, "height": 16}
    (tmp_path / "cameras.json").write_text(json.dumps({"a": {**pixels, "extrinsics": np.eye(4).tolist()}}))
    command = [sys.executable, ROOT / "examples" / "client.py", f"http://127.0.0.1:{server.port}/v1/models/tiny"]

    def ask(*words):
        return subprocess.run([*command, *words], capture_output=True, text=True, check=False)

    done = ask(tmp_path / "a.png", "--cameras", tmp_path / "cameras.json")
    assert done.returncode == 0, done.stderr
    found = [[float(word) for word in line.split()[3::2]] for line in done.stdout.splitlines()]
    printed = {**NETWORK, "atol": 2e-4}  # with four decimals
    np.testing.assert_allclose(found, keypointnet(inputs)["points_camera"][0, 0], **printed)
    skewed = make_inputs(1, 1)
    skewed["intrinsics"][..., 0, 1] = 2 * 36 / 24
    for more in ({"skew": 36}, {"distortion": [0.1, 0, 0, 0]}, {"lens": "fisheye", "distortion": [0, 0, 0, 0]}):
        content = {"a": {**pixels, **more, "extrinsics": np.eye(4).tolist()}}
        (tmp_path / "cameras.json").write_text(json.dumps(content))
        done = ask(tmp_path / "a.png", "--cameras", tmp_path / "cameras.json")
        if "skew" in more:
            found = [[float(word) for word in line.split()[3::2]] for line in done.stdout.splitlines()]
            np.testing.assert_allclose(found, keypointnet(skewed)["points_camera"][0, 0], **printed)
        else:
            assert done.returncode == 1 and "a has a lens" in done.stderr and not done.stdout
    assert ask(tmp_path / "a.png", "--fov", "5").stdout.count("keypoint") == 3
    (tmp_path / "b.png").write_bytes(PNG[:60])
    done = ask(tmp_path / "b.png")
    assert done.returncode == 1 and "refused: Invalid PNG data" in done.stderr
