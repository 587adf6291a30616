"""Where the time of an update goes: simulating, rendering, acting, learning. Needs `robots`, but for point_reach.

    python benchmarks/control_throughput.py --env hammer
    python benchmarks/control_throughput.py --env point_reach --num-envs 8 --methods keypoint3d pixel
    git worktree add ../before COMMIT                        # with an environment of its own, in ../before/.venv
    python benchmarks/control_throughput.py --env window_open --against ../before

First the environments alone, with random actions, in one process and in as many as there are cores; then a few updates
of each method with `--num-envs` environments, each in a process of its own. "Rendering" is what an environment step
takes longer when images are asked for, with the copying of them. Milliseconds are of the wall clock, for one step of
one environment: a thousand of them divided by the sum are steps a second.

With `--against`, environments alone are stepped in both checkouts turn by turn, with images and in as many processes as
there are cores: processor and wall time of a step, this checkout's over the other's within a turn, so that a machine
whose speed drifts does not count. Processor time is that of this process and of the workers, as Linux tells it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import environment_costs
import learning_curves
import numpy as np
import tables

from tfkeypoints.processes import usable_cores
from tfkeypoints.training.run import Run

CAMERA_KEYS = ("image", "intrinsics", "extrinsics", "proprioception")
PARTS = ("acting", "learning", "detector")
WARM = 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", default="hammer")
    parser.add_argument("--methods", nargs="+", default=["keypoint3d", "pixel", "rad", "state"])
    parser.add_argument("--num-envs", type=int, default=8, help="of a training")
    parser.add_argument("--horizon", type=int, default=128)
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--steps", type=int, default=200, help="of each environment, when environments are timed alone")
    parser.add_argument("--updates", type=int, default=5, help=f"that are timed, after {WARM} that are not")
    parser.add_argument("--against", type=Path, metavar="PATH", help="another checkout, with .venv")
    parser.add_argument("--turns", type=int, default=5, help="of both checkouts")
    arguments = parser.parse_args()
    if arguments.against:
        compare(parser, arguments)
        return
    simulating, rendering = {}, {}
    for processes in sorted({1, usable_cores(), arguments.num_envs}):
        simulating[processes] = cost_of(arguments, processes, ("state",))
        rendering[processes] = cost_of(arguments, processes, CAMERA_KEYS) - simulating[processes]
    rows = [
        [n, milliseconds(simulating[n]), milliseconds(rendering[n]), f"{1 / (simulating[n] + rendering[n]):.0f}"]
        for n in simulating
    ]
    head = ["processes", "simulating, ms", "rendering, ms", "steps/s"]
    print(f"\n{arguments.env} alone, {usable_cores()} cores\n\n{tables.table(head, rows)}\n", flush=True)
    rows = [training_row(method, arguments, simulating[arguments.num_envs]) for method in arguments.methods]
    head = ["method", "simulating, ms", "rendering, ms", *(f"{part}, ms" for part in PARTS), "steps/s"]
    print(f"\n{arguments.env}, {arguments.num_envs} environments, in training\n\n{tables.table(head, rows)}")


def compare(parser, arguments):
    """Steps the environment in both checkouts, turn by turn, and prints the costs and their ratios."""
    programs = {"here": Path(sys.executable), "other": arguments.against / ".venv/bin/python"}
    if not programs["other"].is_file():
        parser.error(f"--against takes a checkout that is installed in .venv. Received: --against {arguments.against}")
    turns = []
    for turn in range(arguments.turns):
        sides = list(programs) if turn % 2 == 0 else list(programs)[::-1]
        turns.append({side: measured(programs[side], arguments) for side in sides})
        ratios = "  ".join(
            f"{name} {turns[-1]['here'][name] / turns[-1]['other'][name]:.3f}" for name in environment_costs.COSTS
        )
        print(f"turn {turn + 1}: {ratios}", flush=True)
    rows = []
    for name in environment_costs.COSTS:
        medians = [milliseconds(np.median([turn[side][name] for turn in turns])) for side in programs]
        ratios = [turn["here"][name] / turn["other"][name] for turn in turns]
        rows.append(
            [f"{name}, ms a step", *medians, f"{np.median(ratios):.3f} ({min(ratios):.3f} – {max(ratios):.3f})"]
        )
    head = ["", *programs, f"ratio: median and range of {len(turns)} turns"]
    setting = f"{arguments.env} alone, {arguments.image_size} pixels, {usable_cores()} processes"
    print(f"\n{setting}\n\n{tables.table(head, rows)}")


def measured(python, arguments):
    """The costs in one checkout, which runs the script by itself."""
    words = arguments.env, usable_cores(), arguments.image_size, arguments.steps, *CAMERA_KEYS
    script = Path(environment_costs.__file__)
    done = subprocess.run([python, script, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{python} failed with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def cost_of(arguments, processes, keys):
    """Wall seconds of a step of one environment, when so many are stepped together."""
    return environment_costs.measure(arguments.env, processes, arguments.image_size, arguments.steps, keys)["wall"]


def training_row(method, arguments, simulating):
    """A line of the second table, from the history of a short training."""
    size = arguments.num_envs * arguments.horizon
    lead = 2 if method == "keypoint3d" else 1  # rollouts before the first update
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "run"
        options = {
            "--env": arguments.env,
            "--method": method,
            "--run": folder,
            "--steps": (lead + WARM + arguments.updates) * size,
            "--num-envs": arguments.num_envs,
            "--horizon": arguments.horizon,
            "--image-size": arguments.image_size,
            "--batch-size": min(256, size),
            "--detector-start": 5,
        }
        learning_curves.run(
            ["-m", "tfkeypoints.cli", "control", "train", *(x for pair in options.items() for x in pair)]
        )
        history = Run(folder).history[WARM:]
    times = {part: np.median([row[f"seconds_{part}"] for row in history]) / size for part in ("environment", *PARTS)}
    drawing = 0.0 if method == "state" else max(times["environment"] - simulating, 0.0)
    cells = [times["environment"] - drawing, drawing, *(times[part] for part in PARTS)]
    return [method, *map(milliseconds, cells), f"{1 / sum(cells):.0f}"]


def milliseconds(seconds):
    return f"{1000 * seconds:.2f}"


if __name__ == "__main__":
    main()
