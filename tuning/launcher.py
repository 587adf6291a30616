"""A chief and its workers on this machine: started, started again when one is killed, and cleaned up."""

import contextlib
import multiprocessing
import os
import socket
from collections.abc import Iterator
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from tfkeypoints.arguments import check_positive_integers
from tfkeypoints.processes import end_with_parent, main_script_hidden
from tfkeypoints.tuning.sweep import Sweep
from tfkeypoints.tuning.tuner import CHIEF, describe_score, search

DEATHS = 5
"""So many processes may die in a row without an execution finished in between."""

POLL = 1.0
"""Seconds between two looks at the trials."""


def launch(sweep: Sweep, workers: int) -> None:
    """Carries out what is left of a sweep, whose folder must have been started, by a chief and several workers.

    A worker that dies is started again and goes on with its trial. If the chief dies all are started again, because
    keras-tuner's workers would wait for it in vain. No process outlives this one.

    Args:
        sweep: The sweep.
        workers: How many train at the same time.

    Raises:
        ValueError: If there is to be no worker.
        ChildProcessError: If processes die again and again.
    """
    check_positive_integers(workers=workers)
    team = _Team(sweep, workers)
    progress = _Progress(sweep)
    try:
        while not team.finished:
            wait([process.sentinel for process in team.alive], timeout=POLL)
            progress.update()
            for name in team.dead():
                progress.count_death(name, team.log(name))
                team.restart(name)
    finally:
        team.stop()
    progress.update()


class _Team:
    """The processes, by name: the chief and the workers."""

    def __init__(self, sweep: Sweep, workers: int):
        self.sweep = sweep
        self.workers = [f"worker{number}" for number in range(workers)]
        self.processes: dict[str, BaseProcess] = {}
        self._start_all()

    @property
    def alive(self) -> list:
        return [process for process in self.processes.values() if process.is_alive()]

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do, as no worker found anything or the chief knows.

        The chief ends when no trial is under way and every worker that had asked for one was told that there is none;
        one that asks only then would wait for it in vain. Or all workers have ended before the chief notices.
        """
        return self.processes[CHIEF].exitcode == 0 or all(self.processes[name].exitcode == 0 for name in self.workers)

    def dead(self) -> list[str]:
        """Who has ended without having finished."""
        return [name for name, process in self.processes.items() if process.exitcode not in (None, 0)]

    def restart(self, name: str) -> None:
        """Starts a worker again, or all if it is the chief."""
        if name == CHIEF:
            self.stop()
            self._start_all()
        else:
            self._start(name)

    def stop(self) -> None:
        """Kills all, and with them what they train."""
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.join()

    def log(self, name: str) -> Path:
        return self.sweep.folder / "logs" / f"{name}.txt"

    def _start_all(self) -> None:
        self.address = f"localhost:{_free_port()}"
        for name in (CHIEF, *self.workers):
            self._start(name)

    def _start(self, name: str) -> None:
        arguments = (self.sweep, name, self.address)
        self.processes[name] = multiprocessing.get_context("spawn").Process(target=_play, args=arguments, name=name)
        with _output_to(self.log(name)), main_script_hidden():
            self.processes[name].start()


class _Progress:
    """Tells what has ended, and gives up when nothing does."""

    def __init__(self, sweep: Sweep):
        self.sweep = sweep
        self.told = {trial.name for trial in sweep.read_trials() if trial.status != "unfinished"}
        self.results = 0
        self.deaths = 0

    def update(self) -> None:
        trials = self.sweep.read_trials()
        results = sum(len(trial.results) for trial in trials)
        if results > self.results:
            self.results, self.deaths = results, 0
        for trial in trials:
            if trial.status != "unfinished" and trial.name not in self.told:
                self.told.add(trial.name)
                outcome = f"failed: {trial.error}" if trial.error else describe_score(trial)
                print(f"trial {trial.name}, {trial.num_keypoints} keypoints: {outcome}", flush=True)

    def count_death(self, name: str, log: Path) -> None:
        self.deaths += 1
        if self.deaths == DEATHS:
            raise ChildProcessError(f"{name} and others died {DEATHS} times before an execution finished; see {log}")
        print(f"{name} died and is started again", flush=True)


def _play(sweep: Sweep, name: str, address: str) -> None:
    end_with_parent()
    search(sweep, CHIEF if name == CHIEF else "worker", address, name)


@contextlib.contextmanager
def _output_to(path: Path) -> Iterator[None]:
    """What is started meanwhile writes to the end of a file; so even the messages of its imports go there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = [os.dup(descriptor) for descriptor in (1, 2)]
    try:
        with open(path, "a") as file:
            for descriptor in (1, 2):
                os.dup2(file.fileno(), descriptor)
        yield
    finally:
        for descriptor, original in zip((1, 2), kept, strict=True):
            os.dup2(original, descriptor)
            os.close(original)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return listener.getsockname()[1]
