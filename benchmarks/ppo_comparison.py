"""Our PPO against Stable-Baselines3's, from state, with the same hyperparameters. Needs `robots`, `benchmarks`.

    python benchmarks/ppo_comparison.py --seeds 3
    taskset -c 0 python benchmarks/ppo_comparison.py --envs CartPole-v1 --seeds 3    # both on the same single core

Each run has a process of its own, with one thread for numbers. Prints a table: the return of the finished policy over
56 episodes that take the most probable actions from the same start states; then steps of the whole training
(compilation, files and all; only imports are not counted) a second by the clock, and a second of processor time, which
other programs disturb less. Writes `table.csv` and curves of the exploring policies, `ENVIRONMENT.png`, beside the
runs. Finished runs are kept.

The same on both sides: two hidden layers of 64 tanh units for the policy and for the critic, orthogonal initial weights
(√2; 0.01 for the policy's last layer, 1 for the critic's), initial deviation 1, Adam with ε = 1e-5, gradients shortened
to a global norm of 0.5, advantages normalised in each batch, no clipping of values, cut-off episodes bootstrapped from
their last observation, rewards divided by the deviation of the discounted return, learning rate falling to 0 (each
update has the same on both sides), actions scaled from [-1, 1]. The weight 0.5 of Stable-Baselines3's critic, which
minimises the squared error, is 1 here, where it is half the squared error.

Not the same: here the first rollout only measures the observations, so that there is one update less (the one whose
learning rate would be 0); here their statistics change between updates, there at every step; Keras' Adam adds ε before
it corrects the bias, PyTorch's after; the deviation of advantages is that of the batch here, the estimate from a sample
there (n against n - 1). Ours also writes its history, TensorBoard and checkpoints.
"""

import argparse
import dataclasses
import shutil
import time
from pathlib import Path

import learning_curves
import numpy as np
import tables

from tfkeypoints import files

DEFAULTS = {
    "num_envs": 8,
    "horizon": 256,
    "batch_size": 64,
    "epochs": 10,
    "gamma": 0.99,
    "gae_lambda": 0.95,
    "learning_rate": 3e-4,
    "clip": 0.2,
    "final_clip": 0.2,
}
"""Those of Stable-Baselines3 itself, except that the 2,048 steps of an update come from 8 environments instead of 1."""

TASKS = {
    # Tuned values of rl-baselines3-zoo, hyperparams/ppo.yml.
    "CartPole-v1": {
        **DEFAULTS,
        "steps": 100_000,
        "horizon": 32,
        "batch_size": 256,
        "epochs": 20,
        "gamma": 0.98,
        "gae_lambda": 0.8,
        "learning_rate": 1e-3,
        "final_clip": 0.0,
    },
    # The same source, without its state-dependent exploration, which we do not have, and its constant learning rate.
    "Pendulum-v1": {
        **DEFAULTS,
        "steps": 100_000,
        "num_envs": 4,
        "horizon": 1024,
        "gamma": 0.9,
        "learning_rate": 1e-3,
    },
    # The zoo's default for MuJoCo: normalised, otherwise the library's own values; there the learning rate is constant.
    "HalfCheetah-v5": {**DEFAULTS, "steps": 300_000},
    "Hopper-v5": {**DEFAULTS, "steps": 300_000},
}
EPISODES, START_SEED = 56, 1_000_000  # a multiple of `num_envs`; the seed is that of `control evaluate`
SPEEDS = ("steps_per_second", "steps_per_processor_second")
HEAD = ["environment", "PPO", "seeds", "final return", "steps/s", "steps a processor second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--envs", nargs="+", choices=TASKS, default=["CartPole-v1", "Pendulum-v1", "HalfCheetah-v5"])
    parser.add_argument("--implementations", nargs="+", choices=IMPLEMENTATIONS, default=list(IMPLEMENTATIONS))
    parser.add_argument("--seeds", type=int, default=3, help="runs of each, with seeds 0, 1, ...")
    parser.add_argument("--steps", type=int, help="instead of each task's own")
    parser.add_argument("--runs", type=Path, default=Path("runs/ppo_comparison"))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        name, implementation, seed = arguments.one.split(",")
        files.write_json(
            result_file(arguments, name, implementation, seed),
            IMPLEMENTATIONS[implementation](name, task(name, arguments), int(seed), arguments.runs),
        )
        return
    results = {}
    for name in arguments.envs:
        for seed in range(arguments.seeds):
            for implementation in arguments.implementations:
                path = result_file(arguments, name, implementation, seed)
                if not path.exists():
                    options = ["--runs", arguments.runs, *(["--steps", arguments.steps] if arguments.steps else [])]
                    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"), "1")
                    command = [__file__, "--one", f"{name},{implementation},{seed}", *options]
                    learning_curves.run(command, **one_thread)
                results.setdefault((name, implementation), []).append(files.read_json(path))
                report(results, arguments)
    rows = [row(*key, each) for key, each in results.items()]
    print(f"\n{tables.table(HEAD, rows)}\n\ncurves and CSV: {arguments.runs}")


def task(name, arguments):
    """The hyperparameters of a task."""
    return {**TASKS[name], **({"steps": arguments.steps} if arguments.steps else {})}


def result_file(arguments, name, implementation, seed):
    return arguments.runs / f"{name}-{task(name, arguments)['steps']}-{implementation}-{seed}.json"


def report(results, arguments):
    """Writes the table and the curves of what is finished."""
    tables.write_csv(arguments.runs / "table.csv", HEAD, [row(*key, each) for key, each in results.items()])
    for name in {name for name, _ in results}:
        curves = {
            implementation: [(each["env_steps"], each["returns"]) for each in runs]
            for (env, implementation), runs in results.items()
            if env == name
        }
        steps = task(name, arguments)["steps"]
        learning_curves.draw(arguments.runs / f"{name}.png", {f"{name}: return of an episode": curves}, steps)


def row(name, implementation, runs):
    """A line of the table."""
    speeds = [tables.mean_std([each[key] for each in runs]) for key in SPEEDS]
    return [name, implementation, len(runs), tables.mean_std([each["final_return"] for each in runs]), *speeds]


def ours(name, options, seed, folder):
    """Trains and measures by this library's commands."""
    from tfkeypoints.commands.control import Evaluate
    from tfkeypoints.commands.control_train import Train
    from tfkeypoints.control import training  # noqa: F401  (imported before the clock starts)
    from tfkeypoints.control.settings import PPOSettings

    folder = folder / "ours" / f"{name}-{options['steps']}-{seed}"
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed: its time would be that of a part
    names = {field.name for field in dataclasses.fields(PPOSettings)} & options.keys()
    ppo = PPOSettings(value_weight=1.0, **{key: options[key] for key in names})
    others = {key: value for key, value in options.items() if key not in names}
    stopwatch = Stopwatch()
    history = Train(env=name, method="state", run=folder, seed=seed, ppo=ppo, **others)().history
    speeds = stopwatch.stop(history[-1]["env_steps"])
    measured = Evaluate(run=folder, episodes=EPISODES, num_envs=options["num_envs"])()
    curve = {"env_steps": [row["env_steps"] for row in history], "returns": [row["return"] for row in history]}
    return {"final_return": measured["mean_return"], **curve, **speeds}


def stable_baselines3(name, options, seed, folder):
    """The same by Stable-Baselines3."""
    import gymnasium
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.evaluation import evaluate_policy
    from stable_baselines3.common.monitor import Monitor
    from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

    class Recorder(BaseCallback):
        """For each rollout: steps so far, and the mean return of the episodes that ended in it."""

        def _init_callback(self):
            self.env_steps, self.returns = [], []

        def _on_rollout_start(self):
            self.ended = []

        def _on_step(self):
            self.ended += [info["episode"]["r"] for info in self.locals["infos"] if "episode" in info]
            return True

        def _on_rollout_end(self):
            self.env_steps.append(self.num_timesteps)
            self.returns.append(float(np.mean(self.ended)) if self.ended else np.nan)

    def make():
        env = Monitor(gymnasium.make(name))
        return (
            gymnasium.wrappers.RescaleAction(env, -1, 1) if isinstance(env.action_space, gymnasium.spaces.Box) else env
        )

    torch.set_num_threads(1)
    stopwatch = Stopwatch()
    envs = VecNormalize(DummyVecEnv([make] * options["num_envs"]), gamma=options["gamma"])
    clip, final_clip, rate = options["clip"], options["final_clip"], options["learning_rate"]
    model = PPO(
        "MlpPolicy",
        envs,
        learning_rate=lambda left: rate * left,
        n_steps=options["horizon"],
        batch_size=options["batch_size"],
        n_epochs=options["epochs"],
        gamma=options["gamma"],
        gae_lambda=options["gae_lambda"],
        clip_range=lambda left: final_clip + left * (clip - final_clip),
        device="cpu",
        seed=seed,
    )
    recorder = Recorder()
    model.learn(options["steps"], recorder)
    speeds = stopwatch.stop(model.num_timesteps)
    envs.training = envs.norm_reward = False
    envs.seed(START_SEED)
    final_return, _ = evaluate_policy(model, envs, EPISODES, deterministic=True)
    print(f"Stable-Baselines3 in {name}, seed {seed}: {final_return:.1f}", flush=True)
    curve = {"env_steps": recorder.env_steps, "returns": recorder.returns}
    return {"final_return": float(final_return), **curve, **speeds}


class Stopwatch:
    """Measures a training, by the clock and in processor time."""

    def __init__(self):
        self.start = time.perf_counter(), time.process_time()

    def stop(self, steps):
        """Returns the `SPEEDS` of so many steps since this was made."""
        now = time.perf_counter(), time.process_time()
        return {name: steps / (end - start) for name, start, end in zip(SPEEDS, self.start, now, strict=True)}


IMPLEMENTATIONS = {"ours": ours, "sb3": stable_baselines3}

if __name__ == "__main__":
    main()
