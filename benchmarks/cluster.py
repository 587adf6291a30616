"""Trainings by several devices and workers: do they equal one device's, what do kills cost, and what the machinery.

    python benchmarks/cluster.py weights        # 1, 2 and 4 devices: equal weights; curves.png
    python benchmarks/cluster.py kills          # workers and the command are killed at random; equal files
    python benchmarks/cluster.py cost           # one worker under Ray beside plain `train`
    python benchmarks/cluster.py cores          # two workers of one core each beside one of one core

Everything goes through `tfkeypoints train`, on a small data set that is rendered first. Options of the training can be
given after `--`, such as `-- --batch-size 8`.
"""

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from tables import table

DATA = {"keypointnet": "rendered_objects/few_chairs", "keypoint3d": "moving_shapes/few_arms"}
SMALL = {
    "keypointnet": "--preset demo --num-views 2 --filters 4 --backbone dilated --dilations 1 2 --facing network "
    "--batch-size 4",
    "keypoint3d": "--preset small --filters 4 --dilations 1 --batch-size 4",
}
"""Options by which a step takes little time, since many trainings are run."""
PRESETS = {"keypointnet": "--preset demo", "keypoint3d": "--preset small"}
"""Of trainings whose time is measured."""
CHILD = """
import sys
import tensorflow as tf
from tfkeypoints import cli
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * int(sys.argv[1]))
sys.exit(cli.main(sys.argv[2:]))
"""
"""`tfkeypoints` on so many devices, which share the cores."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("weights", "kills", "cost", "cores"))
    parser.add_argument("--out", type=Path, default=Path("runs/cluster"))
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--every", type=int, default=10, help="steps between validations, and checkpoints")
    parser.add_argument("--workers-killed", type=int, default=20)
    parser.add_argument("--commands-killed", type=int, default=5)
    parser.add_argument("--methods", nargs="+", choices=DATA, default=list(DATA))
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    arguments, more = parser.parse_known_args()
    arguments.options = [word for word in more if word != "--"]
    build(arguments.out / "data", arguments.methods)
    globals()[arguments.what](arguments)


def build(folder, methods):
    """Renders the data sets unless they are there."""
    from tfkeypoints import data

    few = {"rendered_objects/chairs_64": ("train_instances", "validation_instances", "test_instances")}
    if "keypointnet" in methods:
        counts = dict(zip(few["rendered_objects/chairs_64"], (12, 5, 1), strict=True))
        data.build("rendered_objects/chairs_64", folder, config_name="few_chairs", **counts)
    if "keypoint3d" in methods:
        episodes = {"train_episodes": 2, "validation_episodes": 1, "test_episodes": 1}
        data.build("moving_shapes/arm_64", folder, config_name="few_arms", image_size=32, num_frames=10, **episodes)


def command(arguments, method, run, *more, devices=1, preset=SMALL):
    """The command line of a training."""
    program = [sys.executable, "-c", CHILD, str(devices)] if devices > 1 else [sys.executable, "-m", "tfkeypoints.cli"]
    options = ["--data", DATA[method], "--data-dir", str(arguments.out / "data"), *preset[method].split()]
    lengths = ["--steps", str(arguments.steps), "--validate-every", str(arguments.every), "--run", str(run)]
    return [*program, "train", method, *options, *lengths, *arguments.options, *more]


def weights(arguments):
    """Prints how far weights and losses of several devices are from one's, and draws the losses' curves."""
    import matplotlib.pyplot as plt

    kinds = [(method, optimizer) for method in arguments.methods for optimizer in ("adam", "muon")]
    figure, axes = plt.subplots(1, len(kinds), figsize=(3.5 * len(kinds), 3), layout="constrained", squeeze=False)
    rows = []
    for axis, (method, optimizer) in zip(axes[0], kinds, strict=True):
        for devices, style in ((1, "-"), (2, "--"), (4, ":")):
            run = arguments.out / f"{method}-{optimizer}-{devices}"
            subprocess.run(command(arguments, method, run, "--optimizer", optimizer, devices=devices), check=True)
            history = history_of(run)
            axis.plot([row["step"] for row in history], [row["loss"] for row in history], style, label=f"{devices}")
            if devices > 1:
                alone = arguments.out / f"{method}-{optimizer}-1"
                losses = max(
                    abs(ours["loss"] / theirs["loss"] - 1)
                    for ours, theirs in zip(history, history_of(alone), strict=True)
                )
                rows.append([method, optimizer, devices, f"{difference(run, alone):.1e}", f"{losses:.1e}"])
        axis.set(title=f"{method}, {optimizer}", xlabel="step", ylabel="training loss")
        axis.legend(title="devices")
    figure.savefig(arguments.out / "curves.png", dpi=120)
    print(table(["method", "optimizer", "devices", "weights, relative", "loss, relative, at most"], rows))


def kills(arguments):
    """Kills workers and commands at random moments of a training, which must end as the one that was left alone.

    At which epoch each one comes is drawn first, so that all of them come before the end. Several may come at one
    epoch: the later ones meet workers that are only starting.
    """
    method, rng = arguments.methods[0], random.Random(arguments.seed)
    whole, killed = arguments.out / "whole", arguments.out / "killed"
    begun = time.monotonic()
    subprocess.run(command(arguments, method, whole, "--workers", "2"), check=True)
    alone = time.monotonic() - begun
    victims = ["worker"] * arguments.workers_killed + ["command"] * arguments.commands_killed
    rng.shuffle(victims)
    last = len(history_of(whole)) - 1
    epochs = sorted(rng.randrange(last) for _ in victims)
    begun, longest = time.monotonic(), 0.0
    process = start(arguments, method, killed)
    for number, (victim, epoch) in enumerate(zip(victims, epochs, strict=True), 1):
        targets = workers_at(process, killed, epoch, last, rng.uniform(0, 10))
        if victim == "command":
            found = below(process.pid)
            process.kill()
            process.wait()
            longest = max(longest, ended(found))
            process = start(arguments, method, killed)
        else:
            os.kill(rng.choice(targets), signal.SIGKILL)
        print(f"kill {number}, of a {victim}, after {len(history_of(killed))} epochs; {longest:.0f} s", flush=True)
    found = below(process.pid)
    code = process.wait()
    longest = max(longest, ended(found))
    same = (whole / "history.csv").read_bytes() == (killed / "history.csv").read_bytes()
    rows = [
        ["steps, epochs", f"{arguments.steps}, {len(history_of(whole))}"],
        ["kills of a worker", arguments.workers_killed],
        ["kills of the command", arguments.commands_killed],
        ["seconds left alone, and with the kills", f"{alone:.0f}, {time.monotonic() - begun:.0f}"],
        ["exit code", code],
        ["`history.csv` has the same bytes", same],
        ["weights and optimizer, relative difference", f"{difference(killed, whole):.1e}"],
        ["seconds until what a command had started was gone, at most", f"{longest:.0f}"],
    ]
    print(table(["", "found"], rows))


def start(arguments, method, run):
    """Starts a training by two workers."""
    return subprocess.Popen(command(arguments, method, run, "--workers", "2"), start_new_session=True)


def workers_at(process, run, epoch, last, delay):
    """Waits until a run has workers and so many epochs, and for a while longer, but not to its end; returns workers."""
    until = None
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"the training ended with {process.returncode}")
        workers, epochs = [pid for pid, title in below(process.pid).items() if "TrainWorker" in title], history_of(run)
        if workers and len(epochs) >= epoch:
            until = until or time.monotonic() + delay
            if time.monotonic() > until or len(epochs) >= last:
                return workers
        time.sleep(0.05)


def cost(arguments):
    """Start and step of one worker under Ray beside those of a plain training."""
    method = arguments.methods[0]
    run = arguments.out / "plain"
    plain = timed(command(arguments, method, run, preset=PRESETS), arguments, run)
    run = arguments.out / "one"
    one = timed(command(arguments, method, run, "--workers", "1", preset=PRESETS), arguments, run)
    rows = [["plain", *plain], ["one worker", *one], ["ratio, difference", one[0] / plain[0], one[1] - plain[1]]]
    print(table(["training", "s a step", "s until the first"], [[name, f"{a:.3f}", f"{b:.1f}"] for name, a, b in rows]))


def cores(arguments):
    """Steps a second of two workers, each on a core of its own, beside one on one core.

    Two trainings that have nothing to do with each other, at the same time, show what the machine has to give.
    """
    import json

    method, (first, second) = arguments.methods[0], sorted(os.sched_getaffinity(0))[:2]

    def on_one(core, run):
        return ["taskset", "-c", str(core), *command(arguments, method, run, preset=PRESETS)]

    run = arguments.out / "one-core"
    alone, _ = timed(on_one(first, run), arguments, run)
    run = arguments.out / "one-of-two"
    with meanwhile(on_one(second, arguments.out / "beside-it")):
        shared, _ = timed(on_one(first, run), arguments, run)
    run = arguments.out / "two-cores"
    cluster = {"worker": ["localhost:23456", "localhost:23457"]}
    other = {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": "worker", "index": 1}})}
    mine = {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": "worker", "index": 0}})}
    with meanwhile(on_one(second, run), other):
        together, _ = timed(on_one(first, run), arguments, run, mine)
    row = [f"{alone:.3f}", f"{together:.3f}", f"{alone / together:.2f}", f"{2 * alone / shared:.2f}"]
    print(table(["one core, s a step", "two, s a step", "ratio", "of two unrelated trainings"], [row]))


@contextlib.contextmanager
def meanwhile(line, environment=None):
    """Runs another training beside what is in the block, and waits for it."""
    process = subprocess.Popen(line, env=os.environ | (environment or {}))
    try:
        yield
        assert process.wait() == 0
    finally:
        process.kill()


def timed(line, arguments, run, environment=None):
    """Runs a training: seconds a step, the median over epochs, validation included, and seconds before the first."""
    begun, seen, at = time.monotonic(), 0, []
    process = subprocess.Popen(line, env=os.environ | (environment or {}))
    while process.poll() is None:
        rows = len(history_of(run))
        if rows > seen:
            at += [time.monotonic()] * (rows - seen)
            seen = rows
        time.sleep(0.01)
    assert process.returncode == 0
    epoch = float(np.median(np.diff(at)))
    return epoch / arguments.every, at[0] - begun - epoch


def history_of(run):
    from tfkeypoints.training.run import Run

    return Run(run).history


def difference(ours, theirs):
    """Of all that was trained, the optimizer's memory included, relative to its size."""
    from tfkeypoints.training.checkpoint import Checkpoint

    ours, theirs = (
        np.concatenate([array.ravel() for array in Checkpoint(run / "checkpoints", "epoch").load()[0]])
        for run in (ours, theirs)
    )
    return np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)


def below(pid):
    """The processes that descend from one: id to title."""
    parents, titles = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            titles[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
    found, more = set(), {pid}
    while more:
        found |= more
        more = {each for each, parent in parents.items() if parent in found} - found
    return {each: titles[each] for each in found - {pid}}


def ended(processes, patience=600):
    """Seconds until these processes have ended."""
    begun = time.monotonic()
    while any(map(running, processes)):
        if time.monotonic() - begun > patience:
            raise RuntimeError(f"processes are left after {patience} s: {sorted(filter(running, processes))}")
        time.sleep(0.1)
    return time.monotonic() - begun


def running(pid):
    """Whether a process has not ended; Ray's change their titles meanwhile."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    main()
