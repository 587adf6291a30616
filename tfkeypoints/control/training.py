"""The loop: act, learn, save; killed at any moment and resumed."""

import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard.summary import Writer

from tfkeypoints.control.ppo import PPO
from tfkeypoints.control.rollout import Collector
from tfkeypoints.training.checkpoint import Checkpoint
from tfkeypoints.training.run import Run, read_history, write_history

if TYPE_CHECKING:
    import gymnasium
    import keras
    import tensorflow as tf

    from tfkeypoints.control.agent import Agent
    from tfkeypoints.control.detector import DetectorTrainer
    from tfkeypoints.control.features import KeypointFeatures
    from tfkeypoints.control.normalizers import RewardScaler
    from tfkeypoints.control.settings import PPOSettings


LOSSES = ("policy_loss", "value_loss")

NAMED = 3
"""How many of the values that are not finite an error names."""


@dataclasses.dataclass
class Progress:
    """How far a training is: what a checkpoint holds besides arrays."""

    updates: int = 0
    env_steps: int = 0
    seconds: float = 0.0


class PolicyTraining:
    """Trains an agent in environments.

    What depends on chance follows from `rng`, the agent's and detector's seed generators and the environments' seeds,
    which are drawn from `rng` too. A training that was killed goes on from the last checkpoint: weights, both
    optimizers, all running statistics, counts and random states are as they were then. Environments can't be saved;
    they start new episodes, and the buffer of observations fills anew.

    Args:
        run: `tfkeypoints.training.run.Run`; its folder exists.
        agent: `Agent`, built.
        envs: Vector environment.
        settings: `PPOSettings`.
        optimizer: Keras optimizer of the agent's own weights.
        reward_scaler: `RewardScaler`.
        horizon: Steps in each environment that an update learns from, T.
        steps: Steps of all environments together at which training ends.
        learning_rate: At the start; it falls linearly to 0.
        seed: Of all chance.
        detector_trainer: `DetectorTrainer` or None.
        detector_steps: Steps that it takes after each rollout.
        detector_start: Steps that it takes before the policy learns, on what random actions show.
        save_every: Updates between checkpoints.

    Raises:
        ValueError: As `check_steps`.
    """

    def __init__(
        self,
        run: Run,
        agent: "Agent",
        envs: "gymnasium.vector.VectorEnv",
        settings: "PPOSettings",
        optimizer: "keras.optimizers.Optimizer",
        reward_scaler: "RewardScaler",
        *,
        horizon: int,
        steps: int,
        learning_rate: float,
        seed: int,
        detector_trainer: "DetectorTrainer | None" = None,
        detector_steps: int = 0,
        detector_start: int = 0,
        save_every: int = 10,
    ) -> None:
        check_steps(steps, horizon, envs.num_envs, detector_trainer is not None)
        self.run, self.agent, self.envs = run, agent, envs
        self.optimizer, self.reward_scaler = optimizer, reward_scaler
        self.horizon, self.steps, self.learning_rate = horizon, steps, learning_rate
        self.detector_trainer, self.detector_steps = detector_trainer, detector_steps
        self.detector_start, self.save_every = detector_start, save_every
        self.rng = np.random.default_rng(seed)
        self.progress = Progress()
        self.rows: list[dict[str, float]] = []
        self._checkpoint = Checkpoint(run.checkpoints, "update")
        self._optimizers = [optimizer]
        owners, extra_loss = [(optimizer, agent.own_weights())], None
        if detector_trainer:
            detector = detector_trainer.detector
            self._optimizers.append(detector.optimizer)
            if agent.features.joint:
                owners.append((detector.optimizer, agent.detector_weights()))
                extra_loss = _keypoint_loss(agent.features)
        self.ppo = PPO(agent, settings, owners, extra_loss)

    def train(self) -> list[dict[str, float]]:
        """Trains to the end. Returns the rows of the history.

        Raises:
            ValueError: If another process trains this run, or a number stops being finite.
            ChildProcessError: If an environment dies.
        """
        with self.run.locked():
            fresh = not self._restore()
            if self.progress.env_steps >= self.steps:
                return self.rows
            writer = Writer(str(self.run.logs))
            collector = Collector(
                self.envs, self.agent, int(self.rng.integers(2**31)), scale_rewards=self.reward_scaler.scale
            )
            if fresh:
                self._look_around(collector)
            while self.progress.env_steps < self.steps:
                self._update(collector, writer)
                if self.progress.updates % self.save_every == 0 or self.progress.env_steps >= self.steps:
                    self._save()
        return self.rows

    def _look_around(self, collector: Collector) -> None:
        """Lets the detector see what random actions show, then measures what the policy will see."""
        start = time.perf_counter()
        if self.detector_trainer:
            collector.collect(self.horizon, watch=self.detector_trainer.buffer.add)
            self.detector_trainer.start(self.detector_start, self.rng)
            self.progress.env_steps += self.horizon * self.envs.num_envs
        rollout = collector.collect(self.horizon)
        self.agent.features.update_statistics(rollout.perceived)
        self.progress.env_steps += self.horizon * self.envs.num_envs
        self.progress.seconds += time.perf_counter() - start

    def _update(self, collector: Collector, writer: Writer) -> None:
        start = time.perf_counter()
        done = min(self.progress.env_steps / self.steps, 1.0)
        self.optimizer.learning_rate.assign(self.learning_rate * (1 - done))
        watch = self.detector_trainer.buffer.add if self.detector_trainer else None
        rollout = collector.collect(self.horizon, watch)
        learning = time.perf_counter()
        metrics = self.ppo.update(rollout, self.rng, done)
        detecting = time.perf_counter()
        self.agent.features.update_statistics(rollout.perceived)
        if self.detector_trainer:
            metrics |= self.detector_trainer.train(self.detector_steps, self.rng, done)
        end = time.perf_counter()
        self.progress.updates += 1
        self.progress.env_steps += rollout.rewards.size
        self.progress.seconds += end - start
        terms = {name: value for name, value in metrics.items() if name in LOSSES or name.startswith("detector_")}
        self._check_finite(terms.items())
        metrics = {
            "update": self.progress.updates,
            "env_steps": self.progress.env_steps,
            "seconds": self.progress.seconds,
            **_means(rollout.episodes),
            **metrics,
            **{f"seconds_{name}": value for name, value in rollout.seconds.items()},
            "seconds_learning": detecting - learning,
            "seconds_detector": end - detecting,
            "learning_rate": float(self.optimizer.learning_rate),
        }
        self._record(metrics, writer)

    def _record(self, metrics: dict[str, float], writer: Writer) -> None:
        self.rows.append(metrics)
        write_history(self.run.history_file, self.rows)
        for name, value in metrics.items():
            writer.add_scalar(name, value, self.progress.env_steps)
        writer.flush()
        print(
            f"steps {metrics['env_steps']:>9,}  return {metrics['return']:9.3g}  success {metrics['success']:5.2f}  "
            f"kl {metrics['kl']:7.2g}  {metrics['env_steps'] / max(metrics['seconds'], 1e-9):6.0f} steps/s",
            flush=True,
        )

    def _check_finite(self, values: Iterable[tuple[str, Any]]) -> None:
        """Stops the training unless all values are finite; `values` are pairs of a name and an array."""
        wrong = [name for name, array in values if not np.isfinite(array).all()]
        if wrong:
            names = ", ".join(wrong[:NAMED]) + (f" and {len(wrong) - NAMED} more" if len(wrong) > NAMED else "")
            raise ValueError(
                f"Training stopped at step {self.progress.env_steps}: {names} not finite. A lower `learning_rate` may "
                "help, or `detector_learning_rate` if it is the detector's; the run goes on from its last checkpoint"
            )

    def _variables(self) -> "list[keras.Variable]":
        variables = [*self.agent.variables]
        for optimizer in self._optimizers:
            variables += optimizer.variables
        return variables

    def _save(self) -> None:
        variables = self._variables()
        arrays = [variable.numpy() for variable in variables]
        self._check_finite(zip((variable.path for variable in variables), arrays, strict=True))
        self.run.save_model(self.agent)
        arrays.append(self.reward_scaler.moments)
        state = {"progress": dataclasses.asdict(self.progress), "rng": self.rng.bit_generator.state}
        self._checkpoint.save(self.progress.updates, arrays, state)  # last: what it counts as done, has its model

    def _restore(self) -> bool:
        if not self._checkpoint.newest():
            return False
        arrays, state = self._checkpoint.load()
        *arrays, self.reward_scaler.moments = arrays
        for variable, array in zip(self._variables(), arrays, strict=True):
            variable.assign(array)
        self.progress = Progress(**state["progress"])
        self.rng.bit_generator.state = state["rng"]
        self.rows = [row for row in read_history(self.run.history_file) if row["update"] <= self.progress.updates]
        print(f"going on at step {self.progress.env_steps:,}")
        return True


def check_steps(steps: int, horizon: int, num_envs: int, detecting: bool) -> None:
    """Checks that a training has steps left for an update, once it has looked around.

    Args:
        steps: Of all environments together, of the whole training.
        horizon: Steps of a rollout in each environment.
        num_envs: Number of environments.
        detecting: Whether a detector is taught, which has a rollout of its own before the first update.

    Raises:
        ValueError: If all steps would be spent before the first update.
    """
    spent = (2 if detecting else 1) * horizon * num_envs
    if steps <= spent:
        raise ValueError(
            f"`steps` must be more than the {spent} that are spent on looking around before the first update. "
            f"Received: steps={steps}"
        )


def _keypoint_loss(features: "KeypointFeatures") -> "Callable[[Mapping[str, tf.Tensor]], tf.Tensor]":
    """What keypoints are taught by, on the images that the policy learns from."""

    def loss(perceived: "Mapping[str, tf.Tensor]") -> "tf.Tensor":
        views = features.views(perceived)
        outputs = features.detector(views, training=True)
        return features.detector.compute_loss(x=views, y_pred=outputs)

    return loss


def _means(episodes: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Means over the episodes that ended in a rollout; NaN if none did."""
    names = ("return", "length", "success")
    return {name: float(np.mean([episode[name] for episode in episodes])) if episodes else np.nan for name in names}
