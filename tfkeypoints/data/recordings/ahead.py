"""Several streams, each read in a thread of its own, some steps ahead of who uses them."""

import queue
import threading
from collections.abc import Generator, Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
END = object()
PATIENCE = 0.1
"""Seconds after which a thread that waits for room looks whether anybody still wants its items."""


def read_ahead(streams: Sequence[Iterable[Item]], depth: int) -> Generator[tuple[Item, ...], None, None]:
    """Yields an item of each stream at a time, until the shortest ends.

    An error in a stream is raised here. When the generator is closed, its threads end too.

    Args:
        streams: What the threads iterate over; decoding releases Python's lock.
        depth: How many items of a stream are held at most.
    """
    stopped = threading.Event()
    lines: list[queue.Queue] = [queue.Queue(depth) for _ in streams]
    threads = [
        threading.Thread(target=_fill, args=(line, stream, stopped), daemon=True)
        for line, stream in zip(lines, streams, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        while True:
            items = []
            for line in lines:
                item, error = line.get()
                if error is not None:
                    raise error
                items.append(item)
            if any(item is END for item in items):
                return
            yield tuple(items)
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def _fill(line: queue.Queue, stream: Iterable, stopped: threading.Event) -> None:
    try:
        for item in stream:
            if not _put(line, (item, None), stopped):
                return
    except BaseException as error:
        _put(line, (None, error), stopped)
    else:
        _put(line, (END, None), stopped)


def _put(line: queue.Queue, entry: object, stopped: threading.Event) -> bool:
    """Puts an entry when there is room; False if nobody wants it any more."""
    while not stopped.is_set():
        try:
            line.put(entry, timeout=PATIENCE)
        except queue.Full:
            continue
        return True
    return False
