"""Where the time of an update goes: simulating, rendering, acting, learning. Needs `robots`, but for point_reach.

    python benchmarks/control_throughput.py --env hammer
    python benchmarks/control_throughput.py --env point_reach --num-envs 8 --methods keypoint3d pixel

First the environments alone, with random actions, in one process and in as many as there are cores; then a few updates
of each method with `--num-envs` environments, each in a process of its own. "Rendering" is what an environment step
takes longer when images are asked for, with the copying of them. Milliseconds are of the wall clock, for one step of
one environment: a thousand of them divided by the sum are steps a second.
"""

import argparse
import tempfile
import time
from pathlib import Path

import learning_curves
import numpy as np
import tables

from tfkeypoints.control import environments
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
    arguments = parser.parse_args()
    simulating, rendering = {}, {}
    for processes in sorted({1, usable_cores(), arguments.num_envs}):
        simulating[processes] = environment_time(arguments, processes, ("state",))
        rendering[processes] = environment_time(arguments, processes, CAMERA_KEYS) - simulating[processes]
    rows = [
        [n, milliseconds(simulating[n]), milliseconds(rendering[n]), f"{1 / (simulating[n] + rendering[n]):.0f}"]
        for n in simulating
    ]
    head = ["processes", "simulating, ms", "rendering, ms", "steps/s"]
    print(f"\n{arguments.env} alone, {usable_cores()} cores\n\n{tables.table(head, rows)}\n", flush=True)
    rows = [training_row(method, arguments, simulating[arguments.num_envs]) for method in arguments.methods]
    head = ["method", "simulating, ms", "rendering, ms", *(f"{part}, ms" for part in PARTS), "steps/s"]
    print(f"\n{arguments.env}, {arguments.num_envs} environments, in training\n\n{tables.table(head, rows)}")


def environment_time(arguments, processes, keys):
    """Seconds of a step of one environment, when so many are stepped together."""
    envs = environments.make_vector(arguments.env, processes, keys, arguments.image_size)
    try:
        envs.reset(seed=0)
        envs.action_space.seed(0)
        for number in range(arguments.steps + 10):
            if number == 10:
                start = time.perf_counter()
            envs.step(envs.action_space.sample())
        return (time.perf_counter() - start) / (arguments.steps * processes)
    finally:
        envs.close()


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
