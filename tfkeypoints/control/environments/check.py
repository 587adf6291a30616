"""Tries out an environment that is not this library's own, and says what is missing or wrong. No TensorFlow."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from tfkeypoints.control.environments import schema
from tfkeypoints.data.workspace import workspace
from tfkeypoints.geometry.checks import check_extrinsics, check_intrinsics

if TYPE_CHECKING:
    import gymnasium


CAMERA_CHECKS = {"intrinsics": check_intrinsics, "extrinsics": check_extrinsics}

NUMBERS = "biuf"  # NumPy's kinds of bool, integers and floats

PIXELS = 2.0
"""Both coordinates of a principal point lie beyond this only if they are in pixels: the image ends at 1."""


def check(env: "gymnasium.Env", keys: Sequence[str], image_size: int | None = None) -> list[str]:
    """Resets an environment, takes a step, and compares what it shows with what docs/control.md asks for.

    Args:
        env: `gymnasium.Env`, not adapted.
        keys: Entries of an observation that are needed.
        image_size: Height and width that its images were asked to have; None if they were not.

    Returns:
        List of sentences about what can only be suspected, or will stay unknown.

    Raises:
        ValueError: If something is wrong; the message lists all that is.
    """
    space = env.observation_space
    found = schema.faults(space, keys) + _size_faults(space, keys, image_size)
    names = []
    if isinstance(space, spaces.Dict):
        names = [name for name in keys if name in space.spaces and not schema.entry_faults(name, space[name])]
    notices = []
    result = env.reset(seed=0)
    if not isinstance(result, tuple) or len(result) != 2 or not isinstance(result[1], Mapping):
        found.append(f"`reset` must return an observation and a dict `info`, but returns {_kind(result)}")
    else:
        wrong = _observation_faults("reset", result[0], space, names) + _step_faults(env, space, names)
        found += dict.fromkeys(wrong)
        notices = [] if found else _notices(env, result[0], names)
    if found:
        lines = "\n  ".join(found)
        raise ValueError(
            f"`env` must be as docs/control.md, `Your own environment`, has it. Received one where\n  {lines}"
        )
    return notices


def _size_faults(space: spaces.Space, keys: Sequence[str], image_size: int | None) -> list[str]:
    shape: tuple[int, ...] = ()
    if isinstance(space, spaces.Dict) and "image" in space.spaces:
        shape = space["image"].shape
    if image_size is None or "image" not in keys or len(shape) != 4 or shape[1:3] == (image_size, image_size):
        return []
    return [f"`image` must have the size that was asked for, image_size={image_size}, but has {shape[1]} x {shape[2]}"]


def _step_faults(env: "gymnasium.Env", space: spaces.Space, names: Sequence[str]) -> list[str]:
    env.action_space.seed(0)
    result = env.step(env.action_space.sample())
    if not isinstance(result, tuple) or len(result) != 5:
        return [f"`step` must return observation, reward, terminated, truncated and info, but returns {_kind(result)}"]
    observation, reward, _, _, info = result
    found = _observation_faults("step", observation, space, names)
    if not _is_number(reward) or not np.isfinite(reward):
        found.append(f"the reward must be a finite number, but is {reward}")
    if not isinstance(info, Mapping):
        found.append(f"`info` must be a dict, but is {_kind(info)}")
    elif not _is_number(info.get("success", False)):
        found.append(f'`info["success"]` must be True or False, but is {info["success"]}')
    return found


def _observation_faults(method: str, observation: object, space: Any, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    if not isinstance(observation, Mapping):
        return [f"`{method}` must return observations that are a dict, but returns {_kind(observation)}"]
    missing = [f"`{name}` is missing in what `{method}` returns" for name in names if name not in observation]
    given = {name: np.asarray(observation[name]) for name in names if name in observation}
    return missing + [sentence for name, value in given.items() for sentence in _value_faults(name, value, space[name])]


def _value_faults(name: str, value: np.ndarray, space: spaces.Box) -> list[str]:
    fitting = space.dtype == value.dtype if name == "image" else value.dtype.kind in NUMBERS
    if value.shape != space.shape or not fitting:
        promised, seen = (f"{each.dtype} {list(each.shape)}" for each in (space, value))
        return [f"`{name}` must be what the space says, {promised}, but is {seen}"]
    if name == "image":
        return []
    if name not in CAMERA_CHECKS:
        return [] if np.isfinite(value).all() else [f"`{name}` must be finite, but has NaN or infinite values"]
    if name == "intrinsics" and (value[:, :2, 2] > PIXELS).all():
        return [
            "`intrinsics` must be normalised, so that the image spans [-1, 1], but look like pixels: "
            f"the principal point of the first camera is {value[0, :2, 2].tolist()}"
        ]
    try:
        CAMERA_CHECKS[name](value)
    except ValueError as error:
        return [str(error)]
    return []


def _notices(env: "gymnasium.Env", first: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    found = []
    first, again = ({name: np.asarray(shown[name]) for name in names} for shown in (first, env.reset(seed=0)[0]))
    different = [name for name in names if not np.array_equal(first[name], again[name])]
    if different:
        found.append(
            f"`reset` with the same seed gives another {', '.join(different)}: evaluations will not repeat exactly"
        )
    *_, info = env.step(env.action_space.sample())
    if "success" not in info:
        found.append('`info["success"]` is missing in a step: success rates stay unknown')
    if "image" in names:
        blank = [view for view, image in enumerate(first["image"]) if np.ptp(image.reshape(-1, 3), axis=0).max() == 0]
        found += [f"camera {view} shows one color only" for view in blank]
    if {"intrinsics", "extrinsics"} <= set(names) and _looks_away(first["intrinsics"], first["extrinsics"]):
        found.append(
            "what the optical axes have in common lies behind the cameras: are `extrinsics` from world to camera, "
            "with x right, y down, z forward?"
        )
    return found


def _looks_away(intrinsics: np.ndarray, extrinsics: np.ndarray) -> bool:
    try:
        centre = workspace(intrinsics[None], extrinsics[None]).centre
    except ValueError:  # one camera, or parallel ones
        return False
    depths = extrinsics[:, 2, :3] @ centre + extrinsics[:, 2, 3]
    return bool((depths < 0).all())


def _is_number(value: Any) -> bool:
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in NUMBERS


def _kind(value: object) -> str:
    return f"{len(value)} values" if isinstance(value, tuple) else f"a {type(value).__name__}"
