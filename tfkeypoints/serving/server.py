"""An exported model over REST and gRPC: kserve's protocols, our limits, batches, versions and web page."""

import asyncio
import contextlib
import logging
import signal
import socket
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import fastapi
import grpc
import kserve
import prometheus_client
import uvicorn
from fastapi.responses import FileResponse, JSONResponse, Response
from kserve import errors
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as grpc_services
from kserve.protocol.grpc.interceptors import ExceptionToStatusInterceptor
from kserve.protocol.grpc.servicer import InferenceServicer
from kserve.protocol.model_repository_extension import ModelRepositoryExtension
from kserve.protocol.rest.v1_endpoints import register_v1_endpoints
from kserve.protocol.rest.v2_endpoints import register_v2_endpoints

from tfkeypoints.serving import examples, payloads
from tfkeypoints.serving.batching import BadRequest, Batcher, Busy
from tfkeypoints.serving.limits import Limits
from tfkeypoints.serving.versions import Versions

PAGE = Path(__file__).parent / "page" / "index.html"
GRACE_SECONDS = 10
V2_TYPES = {"uint8": "UINT8", "int32": "INT32", "float32": "FP32", "string": "BYTES"}
logger = logging.getLogger(__name__)

STATUS = {
    errors.InvalidInput: 400,
    errors.ModelNotFound: 404,
    errors.ModelNotReady: 503,
    Busy: 503,
    NotImplementedError: 501,
    errors.UnsupportedProtocol: 501,
}
"""HTTP status of each exception; every other one is our fault, 500, and logged."""


class ServedModel(kserve.Model):
    """What kserve calls with a request, and what answers through the batcher."""

    def __init__(self, name: str, versions: Versions, batcher: Batcher):
        super().__init__(name)
        self.versions = versions
        self.batcher = batcher
        self.ready = True

    async def predict(self, payload: Any, headers: Any = None, response_headers: Any = None) -> Any:
        version = self.versions.newest
        offered = version.card["inputs"]
        try:
            if isinstance(payload, kserve.InferRequest):
                signature, inputs = payloads.from_v2(payload, offered)
                answer = await self.batcher.answer(version, signature, inputs)
                return payloads.to_v2(payload, self.name, version.number, answer)
            body = payloads.parse(payload) if isinstance(payload, bytes) else payload
            signature, inputs = payloads.from_json(body, offered)
            return payloads.to_json(body, await self.batcher.answer(version, signature, inputs))
        except BadRequest as error:
            raise errors.InvalidInput(str(error)) from error

    def validate(self, payload: Any) -> Any:
        return payload  # `payloads` does

    def get_input_types(self) -> list[dict[str, Any]]:
        """Inputs of the default signature."""
        inputs = next(iter(self.versions.newest.card["inputs"].values()))
        return [
            {"name": name, "datatype": V2_TYPES[spec["dtype"]], "shape": spec["shape"]} for name, spec in inputs.items()
        ]

    def get_output_types(self) -> list[dict[str, Any]]:
        """Outputs of the default signature."""
        version = self.versions.newest
        return [
            {"name": name, "datatype": V2_TYPES[dtype], "shape": version.output_shapes[name]}
            for name, dtype in version.card["outputs"].items()
        ]


class FixedRepository(ModelRepositoryExtension):
    """Nobody loads or unloads models over the network: a new version is put into the folder."""

    async def load(self, model_name: str) -> None:
        raise NotImplementedError("Models are not loaded by request: put a new version into the model's folder")

    async def unload(self, model_name: str) -> None:
        raise NotImplementedError("Models are not unloaded by request: stop the server")


def application(model: ServedModel, dataplane: DataPlane) -> fastapi.FastAPI:
    """The web application: V1 and V2 of kserve, `/metrics` for Prometheus, the model card, and the page at `/`."""
    app = fastapi.FastAPI(title="tfkeypoints", docs_url=None, redoc_url=None)

    @app.get("/")
    async def page() -> FileResponse:
        return FileResponse(PAGE)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(prometheus_client.generate_latest(), media_type=prometheus_client.CONTENT_TYPE_LATEST)

    @app.get("/v1/models/{model_name}/card")
    async def card(model_name: str) -> JSONResponse:
        if model_name != model.name:
            raise errors.ModelNotFound(model_name)
        newest = model.versions.newest
        return JSONResponse({**newest.card, "name": model.name, "version": newest.number})

    @app.get("/v1/models/{model_name}/examples")
    async def listed(model_name: str) -> JSONResponse:
        if model_name != model.name:
            raise errors.ModelNotFound(model_name)
        return JSONResponse(examples.read(model.versions.newest.folder))

    @app.get("/v1/models/{model_name}/examples/{file}")
    async def example(model_name: str, file: str) -> Response:
        folder = model.versions.newest.folder
        if model_name != model.name or not any(file in row["images"] for row in examples.read(folder)):
            return JSONResponse({"error": f"There is no example {file} of {model_name}"}, 404)
        return FileResponse(folder / examples.FOLDER / file)

    repository = FixedRepository(dataplane.model_registry)
    register_v1_endpoints(app, dataplane, repository)
    register_v2_endpoints(app, dataplane, repository)
    for kind, status in STATUS.items():
        app.add_exception_handler(kind, _handler(status))
    app.add_exception_handler(Exception, _handler(500))
    app.add_middleware(Limits)
    return app


def _handler(status: int) -> Callable[..., Awaitable[JSONResponse]]:
    async def answer(request: fastapi.Request, error: Exception) -> JSONResponse:
        if status == 500:
            logger.error("%s", request.url.path, exc_info=error)
        return JSONResponse({"error": str(error)}, status)

    return answer


class _Interceptor(ExceptionToStatusInterceptor):
    """kserve's, without a stack trace in the log for each bad request."""

    async def handle_exception(self, error: Any, request_or_iterator: Any, context: Any, method_name: str) -> None:
        codes = {
            errors.InvalidInput: grpc.StatusCode.INVALID_ARGUMENT,
            errors.ModelNotFound: grpc.StatusCode.NOT_FOUND,
            Busy: grpc.StatusCode.RESOURCE_EXHAUSTED,
            NotImplementedError: grpc.StatusCode.UNIMPLEMENTED,
        }
        for kind, code in codes.items():
            if isinstance(error, kind):
                await context.abort(code, str(error))
        await super().handle_exception(error, request_or_iterator, context, method_name)


async def serve(
    folder: str | Path,
    host: str = "127.0.0.1",
    port: int = 8501,
    grpc_port: int = 8500,
    max_batch: int = 16,
    max_megabytes: int = 64,
) -> None:
    """Serves the newest version of a model until SIGINT or SIGTERM, then finishes what it has begun.

    Args:
        folder: NAME, with versions 1, 2, … in it.
        host: Address to listen on; "0.0.0.0" for all.
        port: Of REST and the page.
        grpc_port: Of gRPC; 0 for none.
        max_batch: Most examples in one call of the model.
        max_megabytes: Largest request.

    Raises:
        OSError: If a port can't be listened on.
    """
    warnings.filterwarnings("ignore", "ORJSONResponse is deprecated")  # kserve's business with FastAPI
    versions = Versions(folder)
    batcher = Batcher(max_batch)
    model = ServedModel(versions.folder.resolve().name, versions, batcher)
    repository = kserve.ModelRepository()
    repository.update(model)
    dataplane = DataPlane(repository)
    app = application(model, dataplane)
    app.state.max_bytes = max_megabytes * 2**20
    # h11 rather than httptools: it bounds the size of headers.
    config = uvicorn.Config(
        app, host, port, http="h11", log_level="warning", timeout_graceful_shutdown=GRACE_SECONDS,
        h11_max_incomplete_event_size=2**18,
    )  # fmt: skip
    rest = uvicorn.Server(config)
    with _listening("port", host, port) as listener:
        rpc = None
        if grpc_port:
            limit = max_megabytes * 2**20
            options = [("grpc.max_receive_message_length", limit), ("grpc.max_send_message_length", limit)]
            rpc = grpc.aio.server(interceptors=(_Interceptor(),), options=[*options, ("grpc.so_reuseport", 0)])
            grpc_services.add_GRPCInferenceServiceServicer_to_server(
                InferenceServicer(dataplane, FixedRepository(repository)), rpc
            )
            try:
                rpc.add_insecure_port(f"{host}:{grpc_port}")
            except RuntimeError as error:
                raise _refused("grpc_port", host, grpc_port, error) from error
            await rpc.start()
        background = [asyncio.create_task(batcher.run()), asyncio.create_task(versions.watch())]
        # uvicorn raises what it caught once more when it has ended; that must not end the process before gRPC has.
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, setattr, rest, "should_exit", True)
        print(
            f"{model.name}, version {versions.newest.number}: page http://{host}:{port}/, "
            f"REST http://{host}:{port}/v1/models/{model.name}:predict"
            + (f", gRPC {host}:{grpc_port}" if grpc_port else ""),
            flush=True,
        )
        with contextlib.suppress(asyncio.CancelledError):
            await rest.serve(sockets=[listener])
        if rpc:
            await rpc.stop(GRACE_SECONDS)
        for task in background:
            task.cancel()


def _listening(name: str, host: str, port: int) -> socket.socket:
    """A socket that listens on a port, which the argument `name` gave.

    asyncio turns Nagle's algorithm off for the sockets that it makes, not for those of one such as this, and then an
    answer's body waits about 40 ms for the client to acknowledge the headers.
    """
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise _refused(name, host, port, error) from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _refused(name: str, host: str, port: int, error: Exception) -> OSError:
    return OSError(f"`{name}` must be a port that is free on {host}. Received: {name}={port} ({error})")
