"""A chief and two workers of fake trainings, whose processes are killed."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import types
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest

pytest.importorskip("keras_tuner", reason="keras-tuner is not installed (extra `tuning`)")


from tests.tuning.fakes import DIVERGES
from tfkeypoints.tuning import launch, launcher

PATIENCE = 600
"""Seconds; a chief and two workers on two busy cores take their time."""


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def kill(name):
    (process,) = [process for process in multiprocessing.active_children() if process.name == name]
    os.kill(process.pid, signal.SIGKILL)


def count_notes(sweep):
    path = sweep.folder / "trials" / "notes.txt"
    return len(path.read_text().splitlines()) if path.exists() else 0


def descendants(pid):
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout.split()
    return {int(child) for child in children} | {each for child in children for each in descendants(child)}


@pytest.fixture
def team(make_sweep, monkeypatch):
    """A chief and two workers that are never started."""
    monkeypatch.setattr(SpawnProcess, "start", lambda self: None)
    return launcher._Team(make_sweep(), 2)


@pytest.mark.parametrize(
    ("chief", "workers", "finished"),
    [
        (None, (None, 0), False),
        (None, (0, 0), True),
        (0, (0, None), True),  # this worker was late, and waits for a chief that is gone
        (0, (0, -9), True),
        (-9, (None, 0), False),
    ],
)
def test_a_sweep_is_finished_when_the_chief_is_or_all_workers_are(team, chief, workers, finished):
    codes = {"chief": chief, "worker0": workers[0], "worker1": workers[1]}
    team.processes = {name: types.SimpleNamespace(exitcode=code) for name, code in codes.items()}
    assert team.finished == finished


def test_a_script_without_a_guard_is_not_run_again(team, monkeypatch):
    script = types.ModuleType("__main__")
    script.__file__ = "script.py"
    seen = []
    monkeypatch.setitem(sys.modules, "__main__", script)
    monkeypatch.setattr(SpawnProcess, "start", lambda self: seen.append(vars(sys.modules["__main__"])))
    team.restart("worker0")
    assert "__file__" not in seen[0]


@pytest.mark.slow
def test_no_trial_is_lost_or_doubled_when_worker_and_chief_are_killed(make_sweep, notes):
    sweep = make_sweep((1, 2, 3, DIVERGES), duration=1.0)
    thread = threading.Thread(target=launch, args=(sweep, 2))
    thread.start()
    wait_until(lambda: count_notes(sweep) >= 1)
    kill("worker0")
    begun = count_notes(sweep)
    wait_until(lambda: count_notes(sweep) >= begun + 2)
    kill("chief")
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert not [process for process in multiprocessing.active_children() if process.name.startswith(("chief", "work"))]
    trials = sweep.read_trials()
    assert sorted(trial.num_keypoints for trial in trials) == [1, 2, 3, DIVERGES]
    assert {t.num_keypoints for t in trials if t.status == "completed"} == {1, 2, 3}
    completed = [trial.name for trial in trials if trial.status == "completed"]
    assert notes(sweep, "ended") == sorted(f"{name} execution_{n}" for name in completed for n in range(2))


@pytest.mark.slow
def test_nothing_outlives_a_launcher_that_is_killed(make_sweep, tmp_path):
    sweep = make_sweep((1, 2), duration=PATIENCE)
    (tmp_path / "sweep.pickle").write_bytes(pickle.dumps(sweep))
    script = (
        "import pickle, sys; from tfkeypoints.tuning import launch; launch(pickle.load(open(sys.argv[1], 'rb')), 2)"
    )
    launcher = subprocess.Popen(
        [sys.executable, "-c", script, tmp_path / "sweep.pickle"], env={**os.environ, "PYTHONPATH": str(Path.cwd())}
    )
    try:
        wait_until(lambda: count_notes(sweep) == 2)
        started = descendants(launcher.pid)
        assert len(started) >= 5  # a chief, two workers and their trainings
    finally:
        launcher.kill()
        launcher.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))
