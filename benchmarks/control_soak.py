"""A long training of a policy in which a worker is killed, then the trainer: what is lost, and does memory stay flat?

    python benchmarks/control_soak.py --minutes 30

After a third of the time one environment's process is killed: training must end, name it, and leave no process behind.
After two thirds the trainer is killed: its workers must end. After both the same command goes on; one rollout may be
lost, since a checkpoint is written after each update. The end is Ctrl-C: no process may be left. Prints samples of the
memory of the trainer and of its workers together: in the last third of each stretch it may be `--growth` percent more
than in the middle one. Exits with 1 if anything is wrong. Needs `robots`, but for point_reach.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import memory
import numpy as np

from tfkeypoints import files
from tfkeypoints.training.run import Run

PATIENCE = 120  # seconds that processes may take to end; a dead worker is noticed after the update
OPTIONS = {"--num-envs": 4, "--horizon": 64, "--batch-size": 128, "--buffer-size": 512, "--save-every": 1}
ROLLOUT = OPTIONS["--num-envs"] * OPTIONS["--horizon"]
KILLS = ("worker", "trainer", "ctrl-c")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", default="hammer")
    parser.add_argument("--method", default="keypoint3d")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--every", type=float, default=10, help="seconds between samples")
    parser.add_argument("--growth", type=float, default=5, help="percent that a stretch may gain")
    parser.add_argument("--folder", type=Path, default=Path("runs/control_soak"), help="is emptied first")
    parser.add_argument("options", nargs="*", help="of `control train`, after --")
    arguments = parser.parse_args()
    if 20 * arguments.minutes < 3 * arguments.every:
        parser.error(
            f"--minutes must be at least {3 * arguments.every / 20:g}, for three samples in each third. "
            f"Received: --minutes={arguments.minutes:g}, --every={arguments.every:g}"
        )
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background commands inherit deafness to Ctrl-C
    shutil.rmtree(arguments.folder, ignore_errors=True)
    arguments.folder.mkdir(parents=True)
    run = Run(arguments.folder / "run")
    options = {"--env": arguments.env, "--method": arguments.method, "--run": run.folder, "--steps": 10**9, **OPTIONS}
    command = [sys.executable, "-m", "tfkeypoints.cli", "control", "train"]
    command += [str(word) for option in options.items() for word in option] + arguments.options
    samples, faults = [], []
    for kill in KILLS:
        log, before = arguments.folder / f"until-{kill}.log", steps_done(run)
        with open(log, "w") as output, subprocess.Popen(command, stdout=output, stderr=output) as trainer:
            try:
                seen = watch(trainer, run, 20 * arguments.minutes, arguments.every)
                family = [trainer.pid, *descendants(trainer.pid)]
                victim = end(trainer, family, kill)
                left = survivors(family)
            finally:
                trainer.kill()
        found = [
            *lost(before, log.read_text()),
            *([] if victim is None or f"process {victim}," in log.read_text() else [f"worker {victim} is not named"]),
            *(f"process {pid} does not end" for pid in left),
            *leaks(seen, arguments.growth),
        ]
        print(f"{kill}: {'; '.join(found) or 'as it should be'}", flush=True)
        samples, faults = samples + seen, faults + found
    files.write_json(arguments.folder / "soak.json", {"samples": samples, "faults": faults})
    print(f"samples and logs: {arguments.folder}   faults: {len(faults)}")
    sys.exit(1 if faults else 0)


def watch(trainer, run, seconds, every):
    """Samples of a running trainer: dicts of `seconds`, `steps`, and MiB of `trainer` and `workers`."""
    samples, start = [], time.monotonic()
    while time.monotonic() < start + seconds:
        time.sleep(every)
        if trainer.poll() is not None:
            raise SystemExit(f"training ended by itself, with {trainer.returncode}; see {run.folder.parent}")
        workers = sum(memory.resident(pid) for pid in descendants(trainer.pid))
        sample = {"seconds": time.monotonic() - start, "steps": steps_done(run)}
        samples.append({**sample, "trainer": memory.resident(trainer.pid), "workers": workers})
        print("  ".join(f"{name} {value:8.0f}" for name, value in samples[-1].items()), flush=True)
    return samples


def end(trainer, family, kill):
    """Ends a training in one of the `KILLS`; returns the worker that it killed, or None."""
    if kill == "trainer":
        trainer.kill()
    elif kill == "ctrl-c":
        trainer.send_signal(signal.SIGINT)
    else:
        victim = next(pid for pid in family if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes())
        os.kill(victim, signal.SIGKILL)
        return victim
    return None


def lost(before, log):
    """Faults of a start: whether more than a rollout of the steps done before was lost."""
    found = re.search(r"going on at step ([\d,]+)", log)
    after = int(found[1].replace(",", "")) if found else 0
    print(f"{before:,} steps were done before, {after:,} were resumed")
    return [] if before - after <= ROLLOUT else [f"{before - after} steps were lost"]


def leaks(samples, growth):
    """Faults of memory: what gained more than `growth` percent from the middle to the last third of the samples."""
    third = len(samples) // 3
    if not third:
        return [f"{len(samples)} samples are too few to tell whether memory grew"]
    faults = []
    for name in ("trainer", "workers"):
        middle, last = (np.median([each[name] for each in part]) for part in (samples[third:-third], samples[-third:]))
        if last > middle * (1 + growth / 100):
            faults.append(f"memory of {name} grew from {middle:.0f} to {last:.0f} MiB")
    return faults


def survivors(family):
    """Those of some processes that do not end."""
    until = time.monotonic() + PATIENCE
    while (alive := [pid for pid in family if memory.resident(pid)]) and time.monotonic() < until:
        time.sleep(0.5)
    return alive


def steps_done(run):
    """Steps of a run's last finished update, 0 before."""
    history = run.history
    return int(history[-1]["env_steps"]) if history else 0


def descendants(pid):
    """The processes that a process started, and those that they started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [found for child in children for found in (child, *descendants(child))]


if __name__ == "__main__":
    main()
