"""Many environments at once, by name: in processes of their own, or in this one."""

import functools
import pickle
from collections.abc import Sequence
from typing import Any

import gymnasium
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from tfkeypoints.arguments import check_positive_integers
from tfkeypoints.control.environments.catalog import ENVIRONMENTS, adapted, make, open_foreign
from tfkeypoints.control.environments.check import check
from tfkeypoints.control.environments.schema import is_vector
from tfkeypoints.control.environments.workers import Spawned, Workers
from tfkeypoints.processes import main_script_hidden, spawned_map


def make_vector(
    name: str,
    num_envs: int,
    keys: Sequence[str],
    image_size: int | None = None,
    frame_stack: int = 1,
    drawing: str | None = None,
) -> gymnasium.vector.VectorEnv:
    """Makes environments that are stepped together. Each starts anew in the step in which its episode ends.

    Those that draw each get a process of their own, which never imports TensorFlow: this library's, and all others
    whose observations are a dict. Those whose observations are a vector run in this process, as do those that no other
    process can import, being defined in a notebook or in the main script.

    What is not this library's is tried out first, in a process of its own, see `check`.

    Args:
        name, keys, image_size, frame_stack, drawing: As for `make`.
        num_envs: Number of environments, N.

    Returns:
        `gymnasium.vector.VectorEnv`; at the end of an episode, `info["final_obs"]` and `info["final_info"]` tell how it
        ended. `notices` lists what `check` has to say. Close it when done.

    Raises:
        ValueError: As `make` and `check`, or if `num_envs` is no positive integer.
        ChildProcessError: While it is used, if a worker dies; all others are ended.
    """
    check_positive_integers(num_envs=num_envs)
    arguments = name, tuple(keys), image_size, frame_stack, drawing
    spec = gymnasium.registry.get(name)
    importable = _is_importable(spec)
    maker = functools.partial(_make, spec if importable else None, *arguments)
    if importable:
        described, notices, draws = next(spawned_map(_describe, [(spec, *arguments)], num_workers=1))
    else:
        described, notices, draws = _describe((spec, *arguments))
    if importable and draws:
        envs = Workers(Spawned(maker, described), num_envs)
    else:
        envs = SyncVectorEnv([maker] * num_envs, autoreset_mode=AutoresetMode.SAME_STEP)
    envs.notices = notices
    return envs


def _make(spec: Any, *arguments: Any) -> gymnasium.Env:
    """Makes an environment, in a process that may not have registered it yet."""
    _register(spec)
    return make(*arguments)


def _describe(arguments: tuple[Any, ...]) -> tuple[Any, list[str], bool]:
    """Returns an environment's spaces and metadata, what `check` has to say of it, and whether it draws."""
    spec, name, keys, image_size, frame_stack, drawing = arguments
    notices, draws = [], True
    if name in ENVIRONMENTS or drawing is not None:
        env = make(name, keys, image_size, frame_stack, drawing)
    else:
        _register(spec)
        env = open_foreign(name, keys, image_size)
        notices, draws = check(env, keys, image_size), not is_vector(env.observation_space)
        env = adapted(env, keys, frame_stack)
    described = env.observation_space, env.action_space, dict(env.metadata)
    env.close()
    return described, notices, draws


def _register(spec: Any) -> None:
    if spec is not None:
        gymnasium.registry.setdefault(spec.id, spec)


def _is_importable(spec: Any) -> bool:
    """Whether another process can make what is registered in this one; None is not registered here."""
    try:
        with main_script_hidden():
            pickle.dumps(spec)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True
