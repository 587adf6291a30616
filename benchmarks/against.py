"""Cost of a training step and peak memory of a training, of this checkout against another one, turn by turn.

    git worktree add ../before COMMIT                        # with an environment of its own, in ../before/.venv
    tfkeypoints data build rendered_objects/chairs_64 --data-dir data
    python benchmarks/against.py --against ../before --data-dir data
    tfkeypoints data build moving_shapes/arm_64 --data-dir data
    python benchmarks/against.py --against ../before --data-dir data --training keypoint3d

Both train through their command line, `tfkeypoints train`, each as its own defaults have it, threads included. A
training of few steps and one of many, both validated once at the end, tell the cost of a step: their difference over
the further steps, so that imports, loading, tracing, validation and saving drop out. Every turn trains all four, in the
other order than the last; the ratios are of this checkout over the other one within a turn, so that a machine whose
speed drifts does not count. Memory is the peak of the long training less that of importing TensorFlow and Keras.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tables

from tfkeypoints import files

TRAININGS = {
    "demo": ("keypointnet", "demo", "rendered_objects/chairs_64"),
    "keypoint3d": ("keypoint3d", "small", "moving_shapes/arm_64"),
}
"""Name to method, preset and data set."""
FIGURES = {"processor": "processor seconds a step", "wall": "wall seconds a step", "memory": "peak MiB above imports"}
HERE, OTHER = "here", "other"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, required=True, metavar="PATH", help="another checkout, with .venv")
    parser.add_argument("--training", choices=TRAININGS, default="demo", help="preset demo, or small of Keypoint3D")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--steps", type=int, nargs=2, default=(60, 260), metavar=("FEW", "MANY"))
    parser.add_argument("--data-dir", type=Path, required=True, help="where the data set was built")
    parser.add_argument("--against-data-dir", type=Path, help="of the other checkout, where it needs another format")
    parser.add_argument("--out", type=Path, help="JSON file for what was measured, rewritten after every turn")
    arguments = parser.parse_args()
    few, many = arguments.steps
    if not 0 < few < many:
        parser.error(f"--steps must be FEW MANY with 0 < FEW < MANY. Received: {few} {many}")
    if arguments.turns < 1:
        parser.error(f"--turns must be at least 1. Received: {arguments.turns}")
    data_set = TRAININGS[arguments.training][2]
    places = {HERE: arguments.data_dir, OTHER: arguments.against_data_dir or arguments.data_dir}
    for place in places.values():
        if not (place / data_set).is_dir():
            parser.error(f"{place} has no {data_set}; build it: tfkeypoints data build {data_set} --data-dir {place}")
    programs = {HERE: Path(sys.executable), OTHER: arguments.against / ".venv" / "bin" / "python"}
    for program in programs.values():
        if not program.with_name("tfkeypoints").is_file():
            parser.error(f"{program.parent} has no tfkeypoints: --against takes a checkout that is installed in .venv")

    commits = {HERE: commit(Path(__file__).parent), OTHER: commit(arguments.against)}
    turns = []
    for turn in range(arguments.turns):
        sides = list(programs) if turn % 2 == 0 else list(programs)[::-1]
        found = {
            side: measure(programs[side], arguments.training, arguments.steps, places[side].resolve()) for side in sides
        }
        turns.append({side: found[side] for side in programs})
        print(f"turn {turn + 1}: " + "  ".join(f"{name} {value:.3f}" for name, value in ratios(turns[-1]).items()))
        if arguments.out:
            content = {"training": arguments.training, "steps": [few, many], "commits": commits, "turns": turns}
            files.write_json(arguments.out, {**content, "ratios": [ratios(each) for each in turns]})
    print(f"\n{arguments.training}, here {commits[HERE]}, other {commits[OTHER]}\n\n{report(turns)}")


def report(turns):
    """A table in Markdown: medians of both sides, and the ratios' median and range."""
    rows = []
    for name, title in FIGURES.items():
        medians = [f"{np.median([turn[side][name] for turn in turns]):.3g}" for side in (HERE, OTHER)]
        of_turns = [ratios(turn)[name] for turn in turns]
        spread = f"{np.median(of_turns):.3f} ({min(of_turns):.3f} – {max(of_turns):.3f})"
        rows.append([title, *medians, spread])
    return tables.table(["", HERE, OTHER, f"ratio: median and range of {len(turns)} turns"], rows)


def ratios(turn):
    """This checkout's figures over the other's."""
    return {name: turn[HERE][name] / turn[OTHER][name] for name in FIGURES}


def measure(python, training, steps, data_dir):
    """The figures of one checkout, from a short and a long training and from the imports alone."""
    costs = [train(python, training, count, data_dir) for count in steps]
    imports = run([python, "-c", "import tensorflow, keras"])
    more = steps[1] - steps[0]
    return {
        "processor": (costs[1]["processor"] - costs[0]["processor"]) / more,
        "wall": (costs[1]["wall"] - costs[0]["wall"]) / more,
        "memory": costs[1]["peak"] - imports["peak"],
        "short": costs[0],
        "long": costs[1],
        "imports": imports,
    }


def train(python, training, steps, data_dir):
    """The cost of a training that is validated once, at its end."""
    method, preset, data_set = TRAININGS[training]
    with tempfile.TemporaryDirectory() as folder:
        words = ["train", method, "--preset", preset, "--data", data_set, "--data-dir", data_dir]
        length = ["--steps", steps, "--validate-every", steps, "--run", Path(folder) / "run"]
        return run([python.with_name("tfkeypoints"), *words, *length], cwd=folder)


def run(command, cwd=None):
    """What a command costs: processor and wall seconds, and its peak memory in MiB.

    Raises:
        RuntimeError: If it fails, with the end of what it said.
    """
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen([str(word) for word in command], cwd=cwd, stdout=said, stderr=said)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)  # it was waited for: Popen need not
        if child.returncode:
            said.seek(0)
            end = said.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"`{' '.join(map(str, command))}` ended with {child.returncode}:\n{end}")
    return {"processor": usage.ru_utime + usage.ru_stime, "wall": wall, "peak": usage.ru_maxrss / 1024}


def commit(folder):
    """The commit of a checkout, with a + where its files differ from it."""
    words = ["git", "-C", str(folder), "describe", "--always", "--exclude=*", "--dirty=+"]
    answer = subprocess.run(words, capture_output=True, text=True, check=False)
    return answer.stdout.strip() or "of no repository"


if __name__ == "__main__":
    main()
