"""Lets an environment that is not this library's own look like one: the entries asked for, and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np

from tfkeypoints.control.environments.schema import adapted_space, is_vector


class Adapter(gymnasium.Wrapper):
    """Picks the entries of an observation that a method needs, and from `info` whether the episode is a success.

    Vectors and cameras become float32, a lone vector becomes the entry `state`. `info["success"]` is a float, NaN where
    the environment does not tell.

    Args:
        env: Environment whose observations are a dict as `tfkeypoints.control.environments` has it, without the axis
            of stacked frames; or a vector.
        keys: Entries to pick.

    Raises:
        ValueError: If the space of its observations is not as it should be.
    """

    def __init__(self, env: gymnasium.Env, keys: Sequence[str]) -> None:
        super().__init__(env)
        self._alone = is_vector(env.observation_space)
        self.observation_space = adapted_space(env.observation_space, keys)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        observation, info = self.env.reset(seed=seed, options=options)
        return self._adapted(observation), _told(info)

    def step(self, action: np.ndarray) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self._adapted(observation), float(reward), bool(terminated), bool(truncated), _told(info)

    def _adapted(self, observation: Any) -> dict[str, np.ndarray]:
        entries = {"state": observation} if self._alone else observation
        return {name: np.asarray(entries[name], space.dtype) for name, space in self.observation_space.items()}


def _told(info: Mapping[str, Any]) -> dict[str, Any]:
    return {"success": float(info.get("success", np.nan))}
