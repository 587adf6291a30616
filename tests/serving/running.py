"""A server as a process of its own."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A running server."""

    def __init__(self, folder):
        self.folder, self.port, self.grpc_port = folder, free_port(), free_port()
        ports = ["--port", str(self.port), "--grpc-port", str(self.grpc_port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tfkeypoints.cli", "serve", str(folder), *ports, "--max-megabytes", "2"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
        )
        self.greeting = self.process.stdout.readline()

    def post(self, path, body, headers=None):
        """Status and parsed body."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json", **(headers or {})}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            return answer.read().decode()

    def predict(self, body, **options):
        return self.post(f"/v1/models/{self.folder.name}:predict", body, **options)

    def infer(self, inputs, **options):
        return self.post(f"/v2/models/{self.folder.name}/infer", {"inputs": inputs}, **options)


def ask_grpc(server, inputs):
    """The answer over the Open Inference Protocol's gRPC, as arrays."""
    import grpc
    from kserve import InferInput, InferRequest, InferResponse
    from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub
    from kserve.utils.numpy_codec import from_np_dtype

    tensors = []
    for name, value in inputs.items():
        tensor = InferInput(name, list(value.shape), from_np_dtype(value.dtype))
        tensor.set_data_from_numpy(value, binary_data=True)
        tensors.append(tensor)
    request = InferRequest(server.folder.name, tensors).to_grpc()
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        answer = GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=60)
    return {each.name: each.as_numpy() for each in InferResponse.from_grpc(answer).outputs}


def wait_until_ready(server):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            server.get("/v2/health/ready")
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the server did not start")


@contextlib.contextmanager
def serving(folder):
    """A server that is ready, and ends well when asked to."""
    server = Server(folder)
    wait_until_ready(server)
    yield server
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(60) == 0


def rows(inputs):
    """A batch as a list of its rows, as JSON takes it."""
    batch = min(map(len, inputs.values()))
    return [{name: value[i].tolist() for name, value in inputs.items()} for i in range(batch)]
