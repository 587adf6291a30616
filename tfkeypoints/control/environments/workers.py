"""Environments in spawned processes of their own, which never import TensorFlow."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gymnasium
from gymnasium.vector import AsyncVectorEnv, AutoresetMode
from gymnasium.vector.async_vector_env import AsyncState

from tfkeypoints.processes import follow_caller, main_script_hidden

if TYPE_CHECKING:
    import numpy as np


class Workers(AsyncVectorEnv):
    """Gymnasium's vector of processes, which says which worker died and leaves none behind.

    Args:
        maker: `Spawned`.
        num_envs: Number of workers.
    """

    def __init__(self, maker: Callable[[], gymnasium.Env], num_envs: int) -> None:
        with main_script_hidden():
            super().__init__([maker] * num_envs, context="spawn", autoreset_mode=AutoresetMode.SAME_STEP)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        return self._watched(super().call, *args, **kwargs)

    def reset_wait(self, *args: Any, **kwargs: Any) -> Any:
        return self._watched(super().reset_wait, *args, **kwargs)

    def step_async(self, actions: "np.ndarray") -> None:
        return self._watched(super().step_async, actions)

    def step_wait(self, *args: Any, **kwargs: Any) -> Any:
        return self._watched(super().step_wait, *args, **kwargs)

    def _check_spaces(self) -> None:
        return self._watched(super()._check_spaces)

    def close_extras(self, timeout: float | None = None, terminate: bool = False) -> None:
        """Ends all workers; at once if an interruption fell into a step, some of whose answers were read already."""
        interrupted = self._state != AsyncState.DEFAULT
        self._state: AsyncState = AsyncState.DEFAULT
        super().close_extras(timeout, terminate or interrupted)

    def _watched(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            for process in self.processes:
                process.join(0.2)
            dead = [
                f"worker {number} (process {process.pid}, exit code {process.exitcode})"
                for number, process in enumerate(self.processes)
                if not process.is_alive()
            ]
            self.close(terminate=True)
            raise ChildProcessError(f"An environment died: {', '.join(dead) or 'no process is missing'}") from error


class Spawned:
    """Makes an environment where it is sent to. Called in the process that wrote it, it only tells the spaces.

    Args:
        maker: Picklable function that returns the environment.
        described: Its observation space, its action space and its metadata.
    """

    def __init__(self, maker: Callable[[], gymnasium.Env], described: tuple[Any, Any, Any]) -> None:
        self.maker, self.described = maker, described

    def __call__(self) -> "_Description":
        return _Description(*self.described)

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial, (_make_in_worker, self.maker)


class _Description(gymnasium.Env):
    """An environment's spaces, without the environment."""

    def __init__(
        self, observation_space: gymnasium.Space, action_space: gymnasium.Space, metadata: dict[str, Any]
    ) -> None:
        self.observation_space, self.action_space, self.metadata = observation_space, action_space, metadata


def _make_in_worker(maker: Callable[[], gymnasium.Env]) -> gymnasium.Env:
    follow_caller()
    return maker()
