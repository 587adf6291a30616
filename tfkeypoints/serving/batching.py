"""Requests that wait together are answered together: one call of the model for all of them."""

import asyncio
import dataclasses
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from tfkeypoints.serving.versions import Version


class BadRequest(ValueError):
    """The request does not fit the model; the message says why."""


class Busy(RuntimeError):
    """Too many requests wait already."""


@dataclasses.dataclass(frozen=True)
class _Waiting:
    version: Version
    signature: str
    inputs: Mapping[str, np.ndarray]
    answer: asyncio.Future

    @property
    def kind(self) -> tuple[object, ...]:
        """Requests of one kind can share a call: equal but for the batch."""
        return self.version.number, self.signature, tuple(value.shape[1:] for value in self.inputs.values())

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))


class Batcher:
    """Calls a version with as many of its waiting requests at a time as fit into a batch.

    While one call runs, what arrives waits for the next: under little load each request goes through alone and at once,
    under much load batches grow by themselves. A batch in which one request is refused is tried again one by one, so
    that a bad request never spoils its neighbours.

    Args:
        max_batch: Most examples in a call, unless one request alone has more.
        max_waiting: Requests that may wait; more are refused at once.
    """

    def __init__(self, max_batch: int = 16, max_waiting: int = 256):
        self.max_batch = max_batch
        self.max_waiting = max_waiting
        self._queue: list[_Waiting] = []
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")

    async def answer(self, version: Version, signature: str, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Waits for a version's answer.

        Raises:
            BadRequest: If the model refuses the inputs.
            Busy: If too many requests wait.
        """
        if len(self._queue) >= self.max_waiting:
            raise Busy(f"{self.max_waiting} requests are waiting already; try again later")
        waiting = _Waiting(version, signature, inputs, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._arrived.set()
        return await waiting.answer

    async def run(self) -> None:
        """Answers requests for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await self._arrived.wait()
            batch = self._take()
            if not batch:
                self._arrived.clear()
                continue
            for waiting, answer in zip(batch, await loop.run_in_executor(self._thread, _call, batch), strict=True):
                if waiting.answer.done():  # the client went away
                    continue
                if isinstance(answer, Exception):
                    waiting.answer.set_exception(answer)
                else:
                    waiting.answer.set_result(answer)

    def _take(self) -> list[_Waiting]:
        """Takes the oldest request out of the queue, and those of its kind that fit beside it."""
        self._queue = [waiting for waiting in self._queue if not waiting.answer.done()]
        batch: list[_Waiting] = []
        rest, size = [], 0
        for waiting in self._queue:
            if not batch or (waiting.kind == batch[0].kind and size + len(waiting) <= self.max_batch):
                batch.append(waiting)
                size += len(waiting)
            else:
                rest.append(waiting)
        self._queue = rest
        return batch


def _call(batch: list[_Waiting]) -> list[dict[str, np.ndarray] | Exception]:
    from tensorflow import errors

    try:
        function = batch[0].version.signatures[batch[0].signature]
        together = {name: np.concatenate([waiting.inputs[name] for waiting in batch]) for name in batch[0].inputs}
        ends = np.cumsum([len(waiting) for waiting in batch])[:-1]
        parts = {name: np.split(value, ends) for name, value in function(together).items()}
    except Exception as error:
        if len(batch) > 1:
            return [answer for waiting in batch for answer in _call([waiting])]
        return [BadRequest(sentence(error)) if isinstance(error, errors.InvalidArgumentError) else error]
    return [{name: part[i] for name, part in parts.items()} for i in range(len(batch))]


def sentence(error: Any) -> str:
    """What an error of a SavedModel says, without the path through the graph around it."""
    around = ("Graph execution error", "Detected at node", "<stack traces", "[[{{")
    lines = [line.strip() for line in error.message.splitlines()]
    said = next((line for line in lines if line and not line.startswith(around)), error.message)
    return re.sub(r"^assertion failed: \[(.*?)\] ", r"\1 ", said)
