"""Middleware: requests whose headers or body are too large, or of a form that is not offered, end here."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

MAX_HEADER_BYTES = 32 * 1024
BINARY_HEADER = b"inference-header-content-length"


class _TooLarge(Exception):
    pass


class Limits:
    """Answers 431 to headers above `MAX_HEADER_BYTES`, 413 to bodies above `app.state.max_bytes`, 400 to binary V2.

    Args:
        app: The ASGI application behind it.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        limit = scope["app"].state.max_bytes
        too_large = f"The body should have at most {limit} bytes"
        header_bytes = sum(len(name) + len(value) for name, value in scope["headers"])
        length = headers.get(b"content-length", b"0")
        if header_bytes > MAX_HEADER_BYTES:
            sentence = f"Headers should have at most {MAX_HEADER_BYTES} bytes. Received: {header_bytes}"
            await _answer(send, 431, sentence)
        elif not length.isdigit() or int(length) > limit:
            await _answer(send, 413, f"{too_large}. Received: {length.decode('latin-1')}")
        elif BINARY_HEADER in headers:
            await _answer(send, 400, "Binary tensors are not taken over REST: send base64 images, or use gRPC")
        else:
            await self._within(limit, too_large, scope, receive, send)

    async def _within(
        self,
        limit: int,
        sentence: str,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Passes the request on, and stops reading a body of unknown length at the limit."""
        received, started = 0, False

        async def counted() -> Any:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _TooLarge
            return message

        async def noted(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except _TooLarge:
            if not started:
                await _answer(send, 413, sentence)


async def _answer(send: Callable[[Any], Awaitable[None]], status: int, sentence: str) -> None:
    body = json.dumps({"error": sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})
