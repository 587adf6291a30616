"""Environments in spawned processes of their own, which never import TensorFlow."""

import functools

import gymnasium
from gymnasium.vector import AsyncVectorEnv, AutoresetMode
from gymnasium.vector.async_vector_env import AsyncState

from tfkeypoints.processes import follow_caller, main_script_hidden


class Workers(AsyncVectorEnv):
    """Gymnasium's vector of processes, which says which worker died and leaves none behind.

    Args:
        maker: `Spawned`.
        num_envs: Number of workers.
    """

    def __init__(self, maker, num_envs):
        with main_script_hidden():
            super().__init__([maker] * num_envs, context="spawn", autoreset_mode=AutoresetMode.SAME_STEP)

    def call(self, *args, **kwargs):
        return self._watched(super().call, *args, **kwargs)

    def reset_wait(self, *args, **kwargs):
        return self._watched(super().reset_wait, *args, **kwargs)

    def step_async(self, actions):
        return self._watched(super().step_async, actions)

    def step_wait(self, *args, **kwargs):
        return self._watched(super().step_wait, *args, **kwargs)

    def _check_spaces(self):
        return self._watched(super()._check_spaces)

    def close_extras(self, timeout=None, terminate=False):
        """Ends all workers; at once if an interruption fell into a step, some of whose answers were read already."""
        interrupted = self._state != AsyncState.DEFAULT
        self._state = AsyncState.DEFAULT
        super().close_extras(timeout, terminate or interrupted)

    def _watched(self, function, *args, **kwargs):
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

    def __init__(self, maker, described):
        self.maker, self.described = maker, described

    def __call__(self):
        return _Description(*self.described)

    def __reduce__(self):
        return functools.partial, (_make_in_worker, self.maker)


class _Description(gymnasium.Env):
    """An environment's spaces, without the environment."""

    def __init__(self, observation_space, action_space, metadata):
        self.observation_space, self.action_space, self.metadata = observation_space, action_space, metadata


def _make_in_worker(maker):
    follow_caller()
    return maker()
