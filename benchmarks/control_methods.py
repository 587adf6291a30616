"""Keypoints against pixels: the methods of `control train` in one environment, at the same number of steps.

    python benchmarks/control_methods.py --env point_reach --steps 100000 --seeds 3
    python benchmarks/control_methods.py --env drawer_close --steps 100000 --seeds 1 -- --num-envs 4 --frame-stack 2

What follows `--` goes to each `control train`. Policies are then measured by `control evaluate`, on episodes that
training never draws. Prints a table; writes `table.csv` and `curves.png` (exploring policies, while they learn) beside
the runs. Stopped and called again, it goes on where it was; later it may be given more seeds or methods.
"""

import argparse
from pathlib import Path

import learning_curves
import numpy as np
import tables

from tfkeypoints import files
from tfkeypoints.run import Run

METHODS = ("keypoint3d", "pixel", "rad", "state")
COLUMNS = ("success_rate", "mean_return", "mean_length")
ENVIRONMENTS = 8
"""That a policy is measured in together; each plays equally many episodes."""
HEAD = ["method", "seeds", "success %", "return", "length", "minutes", "steps/s"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", default="point_reach")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--steps", type=int, default=100_000, help="of all environments together, in each run")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each method, with seeds 0, 1, ...")
    parser.add_argument("--episodes", type=int, default=100, help="that each finished policy is measured on")
    parser.add_argument("--runs", type=Path, default=Path("runs/control_methods"))
    parser.add_argument("options", nargs="*", help="of `control train`, after --")
    arguments = parser.parse_args()
    folder = arguments.runs / f"{arguments.env}-{arguments.steps}"
    runs = {}
    for seed in range(arguments.seeds):  # all methods of a seed before the next: an early look compares
        for method in arguments.methods:
            runs.setdefault(method, []).append(train(folder / f"{method}-{seed}", method, seed, arguments))
            report(folder, runs, arguments.steps)
    rows = [row(method, each) for method, each in runs.items()]
    print(f"\n{arguments.env}, {arguments.steps:,} steps\n\n{tables.table(HEAD, rows)}\n\nfiles: {folder}")


def train(folder, method, seed, arguments):
    """Trains and measures what of that the folder does not hold yet. Returns the run.

    A finished training is called too: it does nothing but check that the folder was made with the same options.
    """
    run = Run(folder)
    command = ["-m", "tfkeypoints.cli", "control"]
    options = ["--env", arguments.env, "--method", method, "--steps", arguments.steps, "--seed", seed]
    learning_curves.run([*command, "train", *options, "--run", folder, *arguments.options])
    episodes = -(-arguments.episodes // ENVIRONMENTS) * ENVIRONMENTS
    if not run.metrics_file.exists() or files.read_json(run.metrics_file)["episodes"] != episodes:
        learning_curves.run([*command, "evaluate", folder, "--episodes", episodes, "--num-envs", ENVIRONMENTS])
    return run


def report(folder, runs, steps):
    """Writes the table and the curves of what is finished."""
    tables.write_csv(folder / "table.csv", HEAD, [row(method, each) for method, each in runs.items()])
    panels = {
        title: {method: [column(run, name) for run in each] for method, each in runs.items()}
        for title, name in (("return of an episode", "return"), ("share of episodes that succeed", "success"))
    }
    told = {title: curves for title, curves in panels.items() if known(curves)}
    learning_curves.draw(folder / "curves.png", told, steps)


def row(method, runs):
    """A line of the table."""
    metrics = [files.read_json(run.metrics_file) for run in runs]
    cells = []
    for name, factor in zip(COLUMNS, (100, 1, 1), strict=True):
        values = [factor * each[name] for each in metrics if name in each]
        cells.append(tables.spread(values) if values else "–")
    ends = [run.history[-1] for run in runs]
    minutes = [last["seconds"] / 60 for last in ends]
    speeds = [last["env_steps"] / last["seconds"] for last in ends]
    return [method, len(runs), *cells, f"{np.mean(minutes):.1f}", f"{np.mean(speeds):.0f}"]


def column(run, name):
    """The steps and values of one column of a run's history."""
    return [each["env_steps"] for each in run.history], [each[name] for each in run.history]


def known(curves):
    """Whether a number is in any of the curves."""
    return any(np.isfinite(values).any() for seeds in curves.values() for _, values in seeds)


if __name__ == "__main__":
    main()
