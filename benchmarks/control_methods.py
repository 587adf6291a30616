"""Keypoints against pixels: the methods of `control train` in one environment, at the same number of steps.

    python benchmarks/control_methods.py --env point_reach --steps 100000 --seeds 3
    python benchmarks/control_methods.py --env window_open --steps 200000 --seeds 1 -- --num-envs 16 --horizon 200

What follows `--` goes to each `control train`. Policies are then measured by `control evaluate`, on episodes that
training never draws; so is a policy that learnt nothing, which moves at random, or hardly. Prints a table; writes
`table.json` and `curves.png` (exploring policies, while they learn) beside the runs. Stopped and called again, it goes
on where it was; later it may be given more seeds or methods.
"""

import argparse
from pathlib import Path

import keras
import learning_curves
import numpy as np
import tables

from tfkeypoints import files
from tfkeypoints.control import environments, evaluation, methods
from tfkeypoints.training.run import Run

METHODS = ("keypoint3d", "pixel", "rad", "state")
COLUMNS = ("success %", "return", "length", "minutes", "steps/s")
ENVIRONMENTS = 8
"""That a policy is measured in together; each plays equally many episodes."""


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
    title = f"{arguments.env}, {arguments.steps:,} steps"
    floor, runs = untrained(folder, arguments), {}
    for seed in range(arguments.seeds):  # all methods of a seed before the next: an early look compares
        for method in arguments.methods:
            runs.setdefault(method, []).append(train(folder / f"{method}-{seed}", method, seed, arguments))
            table = report(folder, floor, runs, title, arguments.steps)
    print(f"\n{table}\n\nfiles: {folder}")


def train(folder, method, seed, arguments):
    """Trains and measures what of that the folder does not hold yet. Returns the run.

    A finished training is called too: it does nothing but check that the folder was made with the same options.
    """
    run = Run(folder)
    command = ["-m", "tfkeypoints.cli", "control"]
    options = ["--env", arguments.env, "--method", method, "--steps", arguments.steps, "--seed", seed]
    learning_curves.run([*command, "train", *options, "--run", folder, *arguments.options])
    episodes = whole_rounds(arguments.episodes)
    if not run.metrics_file.exists() or files.read_json(run.metrics_file)["episodes"] != episodes:
        learning_curves.run([*command, "evaluate", folder, "--episodes", episodes, "--num-envs", ENVIRONMENTS])
    return run


def untrained(folder, arguments):
    """Metrics of a policy before it learns, unless the folder holds them: of actions it draws, and the most probable.

    The latter are close to the middle of the actions' bounds, which in most environments means to do nothing.
    """
    file, episodes = folder / "untrained.json", whole_rounds(arguments.episodes)
    if not file.exists() or any(each["episodes"] != episodes for each in files.read_json(file).values()):
        envs = environments.make_vector(arguments.env, ENVIRONMENTS, methods.KEYS["state"])
        try:
            keras.utils.set_random_seed(0)
            agent = methods.build_agent("state", envs, seed=0)
            kinds = {"untrained: drawn actions": False, "untrained: most probable actions": True}
            measured = {name: evaluation.evaluate(agent, envs, episodes, kind) for name, kind in kinds.items()}
        finally:
            envs.close()
        folder.mkdir(parents=True, exist_ok=True)
        files.write_json(file, measured)
    return files.read_json(file)


def whole_rounds(episodes):
    """So many episodes or a few more, for each environment to play equally many."""
    return -(-episodes // ENVIRONMENTS) * ENVIRONMENTS


def report(folder, floor, runs, title, steps):
    """Writes the numbers and the curves of what is finished. Returns the table."""
    results = {name: [of_episodes(metrics)] for name, metrics in floor.items()}
    results |= {method: [measured(run) for run in each] for method, each in runs.items()}
    panels = {
        panel: {method: [column(run, name) for run in each] for method, each in runs.items()}
        for panel, name in (("return of an episode", "return"), ("share of episodes that succeed", "success"))
    }
    told = {panel: curves for panel, curves in panels.items() if known(curves)}
    learning_curves.draw(folder / "curves.png", told, steps)
    return tables.keep(folder / "table.json", title, {name: name for name in COLUMNS}, results)


def of_episodes(metrics):
    """The columns of what played episodes; an environment may not tell success."""
    percent = {"success %": 100 * metrics["success_rate"]} if "success_rate" in metrics else {}
    return {**percent, "return": metrics["mean_return"], "length": metrics["mean_length"]}


def measured(run):
    """The columns of a finished run."""
    last = run.history[-1]
    took = {"minutes": last["seconds"] / 60, "steps/s": last["env_steps"] / last["seconds"]}
    return {**of_episodes(files.read_json(run.metrics_file)), **took}


def column(run, name):
    """The steps and values of one column of a run's history."""
    return [each["env_steps"] for each in run.history], [each[name] for each in run.history]


def known(curves):
    """Whether a number is in any of the curves."""
    return any(np.isfinite(values).any() for seeds in curves.values() for _, values in seeds)


if __name__ == "__main__":
    main()
