"""Processes: spawned ones, which never import TensorFlow nor the caller's main script, and how this one ends."""

import collections
import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def spawned_map(
    function: Callable[[Task], Result], tasks: Iterable[Task], num_workers: int | None = None
) -> Iterator[Result]:
    """Yields `function(task)` for each task, in order, computed in spawned processes.

    Workers are spawned, never forked, since TensorFlow's threads do not survive a fork. Unlike in
    `multiprocessing.Pool`, they do not run the main script again: a script that trains needs no `__main__` guard. They
    end with the caller, however that ends, and a few results are computed ahead of the one asked for.

    Args:
        function: Picklable, from a module that does not import TensorFlow.
        tasks: Iterable of picklable arguments.
        num_workers: Number of processes; all usable cores by default.

    Raises:
        Exception: Whatever `function` raises, at the task that raised it.
    """
    num_workers = num_workers or usable_cores()
    executor = spawned_executor(num_workers)
    pending: collections.deque[concurrent.futures.Future[Result]] = collections.deque()
    try:
        for task in tasks:
            pending.append(submit(executor, function, task))
            if len(pending) > 4 * num_workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        executor.shutdown(cancel_futures=True)


def spawned_executor(num_workers: int) -> concurrent.futures.ProcessPoolExecutor:
    """A pool of spawned processes, which end with the caller; see `submit`."""
    return concurrent.futures.ProcessPoolExecutor(
        num_workers, mp_context=multiprocessing.get_context("spawn"), initializer=follow_caller
    )


def submit(
    executor: concurrent.futures.Executor, function: Callable[[Task], Result], task: Task
) -> concurrent.futures.Future[Result]:
    """Lets a pool compute `function(task)`, and returns its future; processes that start for it run no main script."""
    with main_script_hidden():
        return executor.submit(function, task)


def usable_cores() -> int:
    """Number of cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def ended_by_sigterm() -> Iterator[Callable[[], Any]]:
    """Lets SIGTERM end this process as Ctrl-C does, cleaning up what is half made.

    The exit code is given anew, whatever the code that was interrupted makes of it: `ray.get` of Ray 2.60 makes 1 of
    each that ends it. Afterwards the signal means what it did before. Does nothing but in the main thread, as only
    there a handler may be set.

    Yields:
        What lets it do so again, where something else has taken the signal, as Ray does.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    before, received = signal.getsignal(signal.SIGTERM), []

    def end(number: int, _: object) -> None:
        received.append(number)
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end)
    try:
        yield lambda: signal.signal(signal.SIGTERM, end)
    except BaseException as error:
        if received:
            raise SystemExit(128 + received[0]) from error
        raise
    finally:
        if before is not None:  # else it was not made by Python
            signal.signal(signal.SIGTERM, before)


def follow_caller() -> None:
    """Leaves Ctrl-C to the caller, and ends this worker if the caller was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def end_with_parent() -> None:
    """Lets this process end at once when the one that started it does, however that ends."""

    parent = multiprocessing.parent_process()
    if parent is None:  # nobody started this one
        return

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextlib.contextmanager
def main_script_hidden() -> Iterator[None]:
    """A spawned process imports the main script of its parent, unless the parent seems to have none."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
