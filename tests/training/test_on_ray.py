import contextlib
import importlib.util
import os
import random
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

from tests.killing import heed_interruptions
from tfkeypoints import cli, data
from tfkeypoints.training import on_ray
from tfkeypoints.training.run import Run

TINY = {"train_instances": 8, "validation_instances": 3, "test_instances": 1, "train_examples": 2}
OPTIONS = (
    *("train", "keypointnet", "--preset", "demo", "--data", "rendered_objects/tiny", "--batch-size", "4"),
    *("--num-views", "2", "--filters", "4", "--backbone", "dilated", "--dilations", "1", "2", "--facing", "network"),
)
ENDS = {
    "Ctrl-C": lambda process: os.killpg(process, signal.SIGINT),  # a terminal interrupts the whole group
    "SIGTERM": lambda process: os.kill(process, signal.SIGTERM),
    "SIGKILL": lambda process: os.kill(process, signal.SIGKILL),
}
needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed (extra `cluster`)")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--workers", "0"], "`workers` must be a positive integer. Received: workers=0"),
        (["--workers", "3"], "workers=3, batch_size=4"),
        (["--ray", "auto"], "`ray` belongs to `workers`"),
    ],
)
def test_options_that_make_no_sense_are_told(options, message, tmp_path, capsys):
    assert cli.main([*OPTIONS, "--run", str(tmp_path / "run"), *options]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_without_ray_the_extra_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    assert cli.main([*OPTIONS, "--run", str(tmp_path / "run"), "--workers", "2"]) == 2
    assert "pip install 'tfkeypoints[cluster]'" in capsys.readouterr().err


def test_what_the_first_worker_writes_is_kept_in_order():
    board = on_ray.Board()
    board.tell("stdout", "a")
    board.tell("stderr", "b")
    assert board.read() == [("stdout", "a"), ("stderr", "b")]
    assert board.read() == []


class Started:
    """Stands for what `ray.remote` makes of a function or class."""

    def remote(self, *_):
        return self


@pytest.mark.parametrize(
    ("epochs", "ends"),
    [
        ([0] * on_ray.TRIES, "failed 10 times"),  # no epoch is ever finished
        ([0] * (on_ray.TRIES - 1) + [1] * (on_ray.TRIES - 1) + [2] * on_ray.TRIES, "failed 10 times"),
        ([0, 0, 1, None], None),
    ],
)
def test_failures_count_until_an_epoch_is_finished(epochs, ends, tmp_path, monkeypatch, capsys):
    """After each attempt the newest checkpoint is that of `epochs`; None: the training has ended well."""
    seen, freed = [0], []
    ray = types.SimpleNamespace(remote=lambda **_: lambda _: Started(), cluster_resources=lambda: {"CPU": 2})
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setattr(on_ray, "SETTINGS", {})  # which would stay in the environment
    monkeypatch.setattr(on_ray, "ray_cluster", lambda address, workers: contextlib.nullcontext(1))
    monkeypatch.setattr(on_ray.Checkpoint, "newest", lambda self: seen[-1])
    monkeypatch.setattr(on_ray, "_free", lambda ray: freed.append(ray))

    def follow(*_):
        seen.append(epochs[len(seen) - 1])
        return None if seen[-1] is None else RuntimeError("a worker died")

    monkeypatch.setattr(on_ray, "_follow", follow)
    recipe = types.SimpleNamespace(batch_size=4)
    training = types.SimpleNamespace(recipe=recipe, folder=tmp_path, is_finished=lambda: False)
    with pytest.raises(RuntimeError, match=ends) if ends else contextlib.nullcontext():
        on_ray.train(training, 2)
    assert len(seen) - 1 == len(epochs)
    assert freed == [ray] * (len(epochs) - 1)
    assert capsys.readouterr().err.count("start again from the last checkpoint") == len(epochs) - 1


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    data.build("rendered_objects/chairs_64", folder, config_name="tiny", **TINY)
    return folder


@pytest.fixture
def start(data_dir, tmp_path):
    """Starts the command in a session of its own, at home in an empty folder."""
    home = tmp_path / "home"
    home.mkdir()
    started = []

    def start(name, *options, steps=12):
        lengths = ["--steps", str(steps), "--validate-every", "2", "--data-dir", str(data_dir)]
        command = [sys.executable, "-m", "tfkeypoints.cli", *OPTIONS, "--run", str(tmp_path / name), *lengths, *options]
        environment = {**os.environ, "HOME": str(home)}
        process = subprocess.Popen(
            command,
            env=environment,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heed_interruptions,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()


def processes_of(home):
    """The processes that live in a home folder: a command, and all that it started."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            environment = (place / "environ").read_bytes()
        except OSError:
            continue
        if f"HOME={home}".encode() in environment.split(b"\0"):
            found.append(int(place.name))
    return found


def wait_until(condition, seconds=120):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.2)
    assert condition()


@needs_ray
@pytest.mark.slow
def test_killed_workers_and_commands_cost_nothing_but_time(start, tmp_path):
    whole = start("whole", "--workers", "2")
    output, errors = whole.communicate(timeout=1200)
    assert whole.returncode == 0, errors
    assert "12 steps of 4 on 2 devices" in output
    assert "step 12/12" in output
    assert not [path for path in (tmp_path / "home").iterdir() if "ray" in path.name]

    rng, run = random.Random(0), Run(tmp_path / "killed")
    killed = start("killed", "--workers", "2")
    for epochs in (0, 1, 3):  # before the first checkpoint too
        wait_until(lambda epochs=epochs: len(run.history) >= epochs and run.config_file.exists(), 600)
        os.kill(rng.choice(workers_of(tmp_path / "home")), signal.SIGKILL)
    wait_until(lambda: len(run.history) >= 4, 600)
    killed.kill()
    wait_until(lambda: not processes_of(tmp_path / "home"))
    again = start("killed", "--workers", "2")
    _, errors = again.communicate(timeout=1200)
    assert again.returncode == 0, errors
    assert run.history_file.read_bytes() == Run(tmp_path / "whole").history_file.read_bytes()
    wait_until(lambda: not processes_of(tmp_path / "home"))


def workers_of(home):
    titles = {pid: (Path("/proc") / str(pid) / "cmdline").read_bytes() for pid in processes_of(home)}
    return sorted(pid for pid, title in titles.items() if b"TrainWorker" in title)


@needs_ray
@pytest.mark.slow
@pytest.mark.parametrize("victim", [*ENDS, "gcs_server", "raylet"])
def test_nothing_is_left_of_a_command_that_ends_early(victim, start, tmp_path):
    process = start("run", "--workers", "2", steps=2000)
    run = Run(tmp_path / "run")
    wait_until(lambda: run.history, 600)
    if victim in ENDS:
        ENDS[victim](process.pid)
    else:
        (pid,) = (
            pid
            for pid in processes_of(tmp_path / "home")
            if (Path("/proc") / str(pid) / "comm").read_text().strip() == victim
        )
        os.kill(pid, signal.SIGKILL)
    _, errors = process.communicate(timeout=300)
    assert process.returncode
    if victim == "Ctrl-C":
        assert process.returncode == 130 and errors.endswith("interrupted\n")
    if victim == "SIGTERM":
        assert process.returncode == 143 and "SIGTERM" not in errors
    wait_until(lambda: not processes_of(tmp_path / "home"))


@needs_ray
@pytest.mark.slow
def test_an_error_of_the_training_is_told_as_by_one_process(start, tmp_path):
    process = start("run", "--workers", "2", "--monitor", "val_nothing")
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 2
    assert errors.splitlines()[-1].startswith("error: `monitor` must be one of")
    assert not (tmp_path / "run").exists()
