"""Speed of a served model beside the Keras model in a loop, and a soak with malformed requests. Needs `serving`.

    python benchmarks/serving.py chairs_64 exported/chairs_64               # table of latencies
    python benchmarks/serving.py chairs_64 exported/chairs_64 --soak 10     # ten minutes

The soak sends a tenth of its requests malformed, puts a new version into the folder half way, and fails if the server
dies, answers a good request wrongly or a bad one with anything but a 4xx and a sentence.
"""

import argparse
import base64
import collections
import http.client
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import grpc
import memory
import numpy as np
import tensorflow as tf
from kserve import InferInput, InferRequest, InferResponse
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub
from PIL import Image

from tfkeypoints.serving import formats, signatures
from tfkeypoints.training.run import Run

PORT, GRPC_PORT = 8611, 8610
TYPES = {"image": "UINT8", "intrinsics": "FP32", "extrinsics": "FP32"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("export", type=Path, help="folder NAME with versions, of the same run")
    parser.add_argument("--requests", type=int, default=200, help="of each row of the table")
    parser.add_argument("--clients", type=int, default=8, help="where there are several at once")
    parser.add_argument("--soak", type=float, default=0, help="minutes")
    arguments = parser.parse_args()
    run = Run.open(arguments.run)
    model = run.load_model()
    detect = run.recipe.signatures(run.config, model)[signatures.ARRAYS].function
    inputs = example(run, model)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        newest = max((path for path in arguments.export.iterdir() if path.name.isdecimal()), key=lambda p: int(p.name))
        shutil.copytree(newest, folder / "1")
        ports = ["--port", str(PORT), "--grpc-port", str(GRPC_PORT)]
        server = subprocess.Popen([sys.executable, "-m", "tfkeypoints.cli", "serve", str(folder), *ports])
        try:
            wait_until_ready()
            if arguments.soak:
                soak(detect, inputs, server, folder, arguments.soak, arguments.clients)
            else:
                table(detect, inputs, newest, arguments.requests, arguments.clients)
        finally:
            server.terminate()
            server.wait()


def example(run, model):
    """One example of noise under a plain camera."""
    _, *shape = run.config["images"]["shape"]
    views = run.recipe.fixed_views(model)
    return {
        "image": np.random.default_rng(0).integers(0, 256, (1, views, *shape), np.uint8),
        "intrinsics": np.tile(np.float32(run.config["images"]["intrinsics"]), (1, views, 1, 1)),
        "extrinsics": np.tile(np.eye(4, dtype=np.float32), (1, views, 1, 1)),
    }


def as_json(inputs):
    """The body of a request with PNG."""
    images = []
    for pixels in inputs["image"][0]:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        images.append({"b64": base64.b64encode(file.getvalue()).decode()})
    row = {"image_bytes": images, **{name: inputs[name][0].tolist() for name in ("intrinsics", "extrinsics")}}
    return {"signature_name": "detect_encoded", "instances": [row]}


def post(connection, body, headers=None):
    """Status and parsed answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(
        "POST", "/v1/models/model:predict", data, {"Content-Type": "application/json", **(headers or {})}
    )
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def rest_client(inputs):
    connection, body = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60), as_json(inputs)

    def ask():
        status, answer = post(connection, body)
        assert status == 200, answer

    return ask


def grpc_client(inputs):
    stub = GRPCInferenceServiceStub(grpc.insecure_channel(f"127.0.0.1:{GRPC_PORT}"))
    tensors = []
    for name, value in inputs.items():
        tensors.append(InferInput(name, list(value.shape), TYPES[name]))
        tensors[-1].set_data_from_numpy(value)
    request = InferRequest("model", tensors).to_grpc()
    return lambda: InferResponse.from_grpc(stub.ModelInfer(request, timeout=60))


def table(detect, inputs, folder, requests, clients):
    """Prints a row a way of asking."""
    print(f"{'':34s}{'p50 ms':>9s}{'p99 ms':>9s}{'a second':>10s}")
    compiled = tf.function(detect)
    tensors = {name: tf.constant(value) for name, value in inputs.items()}
    measure("Keras model in a loop", lambda: lambda: as_numpy(detect(inputs)), requests, 1)
    measure("the same in a tf.function", lambda: lambda: as_numpy(compiled(tensors)), requests, 1)
    for name, (file, _, load) in formats.FORMATS.items():
        if (folder / file).exists():
            loaded = load(folder / file)
            measure(f"{name} in a loop", lambda loaded=loaded: lambda: loaded(inputs), requests, 1)
    for name, client in (("REST, PNG", rest_client), ("gRPC, arrays", grpc_client)):
        for count in (1, clients):
            label = f"{name}, {count} client{'s' * (count > 1)}"
            measure(label, lambda client=client: client(inputs), requests, count)


def as_numpy(outputs):
    return {name: value.numpy() for name, value in outputs.items()}


def measure(label, make_client, requests, clients):
    """Asks from `clients` threads, and prints the latencies' median and 99th percentile and the throughput."""
    latencies = []

    def work(ask):
        for _ in range(requests // clients):
            start = time.perf_counter()
            ask()
            latencies.append(1000 * (time.perf_counter() - start))

    asks = [make_client() for _ in range(clients)]
    for ask in asks:
        for _ in range(3):
            ask()
    wall = time.perf_counter()
    threads = [threading.Thread(target=work, args=(ask,)) for ask in asks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - wall
    middle, high = np.percentile(latencies, [50, 99])
    print(f"{label:34s}{middle:9.2f}{high:9.2f}{len(latencies) / wall:10.1f}", flush=True)


def malformed(inputs):
    """Bodies and headers that a server must refuse."""
    good = as_json(inputs)
    row = good["instances"][0]

    def changed(**changes):
        return {**good, "instances": [{**row, **changes}]}

    png = base64.b64decode(row["image_bytes"][0]["b64"])
    cut = [{"b64": base64.b64encode(png[: len(png) // 2]).decode()}] * len(row["image_bytes"])
    cameras = np.array(row["extrinsics"])
    return {
        "wrong shape": (changed(intrinsics=[[1.0, 0.0], [0.0, 1.0]]), {}),
        "truncated PNG": (changed(image_bytes=cut), {}),
        "no image": (changed(image_bytes=[{"b64": "aGVsbG8="}] * len(cut)), {}),
        "NaN": (json.dumps(changed(extrinsics=(cameras * np.nan).tolist())).encode(), {}),
        "not rigid": (changed(extrinsics=(3 * cameras).tolist()), {}),
        "huge header": (good, {"X-Long": "x" * 50_000}),
        "wrong type": (changed(intrinsics="abc"), {}),
        "no JSON": (b'{"instances": [', {}),
        "missing input": ({"instances": [{"image": []}]}, {}),
        "another signature": ({**good, "signature_name": "train"}, {}),
    }


def soak(detect, inputs, server, folder, minutes, clients):
    """Prints counts and memory, and exits with 1 if anything went wrong."""
    expected = {name: value[0] for name, value in as_numpy(detect(inputs)).items()}
    good, bad = as_json(inputs), malformed(inputs)
    counts, faults, lock = collections.Counter(), [], threading.Lock()
    end = time.monotonic() + 60 * minutes

    def work(seed):
        rng = np.random.default_rng(seed)
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        while time.monotonic() < end:
            name = rng.choice(list(bad)) if rng.random() < 0.1 else "good"
            body, headers = bad.get(name, (good, {}))
            try:
                status, answer = post(connection, body, headers)
            except (OSError, http.client.HTTPException, ValueError) as error:
                status, answer = None, repr(error)
                connection.close()
            right = answered(status, answer, expected) if name == "good" else refused(status, answer)
            with lock:
                counts[name, status] += 1
                if not right:
                    faults.append((name, status, str(answer)[:200]))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(clients)]
    for thread in threads:
        thread.start()
    begin = memory.resident(server.pid)
    replaced = False
    while any(thread.is_alive() for thread in threads):
        time.sleep(min(30, 15 * minutes))
        mebibytes = memory.resident(server.pid)
        print(f"{sum(counts.values()):8d} requests, {len(faults)} faults, {mebibytes:6.0f} MiB", flush=True)
        if not replaced and time.monotonic() > end - 30 * minutes:
            shutil.copytree(folder / "1", folder / ".2")
            (folder / ".2").rename(folder / "2")
            replaced = True
    for (name, status), count in sorted(counts.items(), key=str):
        print(f"{name:20s}{status!s:>6s}{count:8d}")
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    connection.request("GET", "/v1/models/model/card")
    version = json.loads(connection.getresponse().read())["version"]
    grown = memory.resident(server.pid)
    print(f"version {version} at the end; memory {begin:.0f} -> {grown:.0f} MiB; faults: {faults[:5]}")
    sys.exit(1 if faults or server.poll() is not None else 0)


def answered(status, answer, expected):
    """Whether an answer has the expected outputs of one example, up to what `export` allows for rounding."""
    found = answer["predictions"][0] if status == 200 else {}
    return all(
        name in found and np.allclose(found[name], value, atol=1e-3, rtol=1e-3) for name, value in expected.items()
    )


def refused(status, answer):
    """Whether an answer is a 4xx with a sentence."""
    return 400 <= (status or 0) < 500 and len(answer.get("error", "")) > 20


def wait_until_ready():
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT)
            connection.request("GET", "/v2/health/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the server did not start")


if __name__ == "__main__":
    main()
