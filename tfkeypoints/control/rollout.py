"""Rollouts: what an agent sees, does and gets in many environments at once."""

import dataclasses
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    import gymnasium

    from tfkeypoints.control.agent import Agent


@dataclasses.dataclass(frozen=True)
class Rollout:
    """T steps in N environments.

    Attributes:
        perceived: Dict of `[T, N, ...]`, from the features' `perceive`.
        actions: `[T, N, ...]`, as drawn.
        log_probabilities: `[T, N]`, of the actions.
        values: `[T, N]`, what the critic expected.
        next_values: `[T, N]`, what it expects of what followed, before any reset.
        rewards: `[T, N]`, scaled.
        terminated, ended: bool `[T, N]`; `ended` also counts episodes that were cut off.
        episodes: Dicts of `env`, `return`, `length` and `success` (NaN where the environment does not tell) of the
            episodes that ended.
        seconds: Dict of where the time went: `environment` and `acting`.
    """

    perceived: dict
    actions: tf.Tensor
    log_probabilities: tf.Tensor
    values: np.ndarray
    next_values: np.ndarray
    rewards: np.ndarray
    terminated: np.ndarray
    ended: np.ndarray
    episodes: list
    seconds: dict


class Collector:
    """Acts in vectorised environments and keeps what happens. All environments are answered in one call.

    Args:
        envs: Gymnasium vector environment, from `environments.make_vector`.
        agent: `Agent`.
        seed: Seed of the environments.
        scale_rewards: Function of rewards `[N]` and ended `[N]` that returns the rewards to learn from.
        deterministic: Whether the most probable actions are taken.
    """

    def __init__(
        self,
        envs: "gymnasium.vector.VectorEnv",
        agent: "Agent",
        seed: int,
        scale_rewards: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda rewards, ended: rewards,
        deterministic: bool = False,
    ) -> None:
        self.envs, self.agent, self.scale_rewards = envs, agent, scale_rewards
        self._act = tf.function(lambda observations: agent.act(observations, deterministic))
        self._value = tf.function(lambda observations: agent(agent.features.perceive(observations))["value"])
        self._observations, _ = envs.reset(seed=seed)
        self._returns, self._lengths = np.zeros(envs.num_envs), np.zeros(envs.num_envs, int)

    def collect(self, steps: int, watch: Callable[[Mapping[str, np.ndarray]], None] | None = None) -> Rollout:
        """Acts for some steps in each environment.

        Args:
            steps: T.
            watch: Function that is given each step's observations, `[N, S, ...]`; or None.

        Returns:
            `Rollout`.
        """
        kept, episodes, seconds = [], [], {"environment": 0.0, "acting": 0.0}
        for _ in range(steps):
            clock = time.perf_counter()
            if watch:
                watch(self._observations)
            answer = self._act(self._observations)
            action = answer.pop("environment_action").numpy()
            answer["value"] = answer["value"].numpy()
            seconds["acting"] += time.perf_counter() - clock
            clock = time.perf_counter()
            self._observations, rewards, terminated, truncated, info = self.envs.step(action)
            seconds["environment"] += time.perf_counter() - clock
            ended = terminated | truncated
            episodes += self._finished(rewards, ended, info)
            kept.append(
                {
                    **answer,
                    "reward": self.scale_rewards(rewards, ended),
                    "terminated": terminated,
                    "ended": ended,
                    "final_value": self._final_values(truncated & ~terminated, info),
                }
            )
        last = self._value(self._observations).numpy()
        columns = {name: np.stack([step[name] for step in kept]) for name in kept[0] if name not in _IN_GRAPH}
        following = np.concatenate([columns["value"][1:], last[None]])
        return Rollout(
            perceived={name: tf.stack([step["perceived"][name] for step in kept]) for name in kept[0]["perceived"]},
            actions=tf.stack([step["action"] for step in kept]),
            log_probabilities=tf.stack([step["log_probability"] for step in kept]),
            values=columns["value"],
            next_values=np.where(np.isnan(columns["final_value"]), following, columns["final_value"]),
            rewards=columns["reward"],
            terminated=columns["terminated"],
            ended=columns["ended"],
            episodes=episodes,
            seconds=seconds,
        )

    def _finished(self, rewards: np.ndarray, ended: np.ndarray, info: Mapping[str, Any]) -> list[dict[str, Any]]:
        self._returns += rewards
        self._lengths += 1
        success = np.asarray(info.get("final_info", {}).get("success", np.full(len(ended), np.nan)), float)
        episodes = [
            {"env": i, "return": float(self._returns[i]), "length": int(self._lengths[i]), "success": float(success[i])}
            for i in np.flatnonzero(ended)
        ]
        self._returns[ended], self._lengths[ended] = 0, 0
        return episodes

    def _final_values(self, cut_off: np.ndarray, info: Mapping[str, Any]) -> np.ndarray:
        """The critic's values of the last observations of episodes that were cut off, NaN elsewhere: `[N]`."""
        values = np.full(len(cut_off), np.nan)
        if cut_off.any():
            final = {name: observation.copy() for name, observation in self._observations.items()}
            for index in np.flatnonzero(cut_off):
                for name, observation in info["final_obs"][index].items():
                    final[name][index] = observation
            values[cut_off] = self._value(final).numpy()[cut_off]
        return values


_IN_GRAPH = ("perceived", "action", "log_probability")
