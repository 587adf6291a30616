"""Many environments at once: in spawned processes that never import TensorFlow, or in this one."""

import functools

import gymnasium
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv
from gymnasium.vector.async_vector_env import AsyncState

from tfkeypoints.arguments import check_positive_integers
from tfkeypoints.control.environments.catalog import ENVIRONMENTS, make
from tfkeypoints.processes import follow_caller, main_script_hidden, spawned_map


def make_vector(name, num_envs, keys, image_size=64, frame_stack=1):
    """Makes environments that are stepped together. Each starts anew in the step in which its episode ends.

    This library's environments each get a process of their own; others, which draw nothing, run in this one.

    Args:
        name, keys, image_size, frame_stack: As for `make`.
        num_envs: Number of environments, N.

    Returns:
        `gymnasium.vector.VectorEnv`; at the end of an episode, `info["final_obs"]` and `info["final_info"]` tell how it
        ended. Close it when done.

    Raises:
        ValueError: As `make`, or if `num_envs` is no positive integer.
        ChildProcessError: While it is used, if a worker dies; all others are ended.
    """
    check_positive_integers(num_envs=num_envs)
    maker = functools.partial(make, name, tuple(keys), image_size, frame_stack)
    if name not in ENVIRONMENTS:
        return SyncVectorEnv([maker] * num_envs, autoreset_mode=AutoresetMode.SAME_STEP)
    described = next(spawned_map(_describe, [maker], num_workers=1))
    return _Workers(_Spawned(maker, described), num_envs)


class _Workers(AsyncVectorEnv):
    """Gymnasium's, which says which worker died and leaves none behind."""

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


class _Spawned:
    """Makes an environment where it is sent to. Called in the process that wrote it, it only tells the spaces."""

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


def _describe(maker):
    env = maker()
    described = env.observation_space, env.action_space, dict(env.metadata)
    env.close()
    return described
