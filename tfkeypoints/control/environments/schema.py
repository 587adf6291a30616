"""The observation schema as spaces of Gymnasium, and in what a space differs from it."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

VISIBLE_KEYS = ("image", "intrinsics", "extrinsics", "proprioception")
"""What a policy sees that does not know the true state."""

KEYS = (*VISIBLE_KEYS, "state")

SHAPES = {
    "image": ("V", "H", "W", 3),
    "intrinsics": ("V", 3, 3),
    "extrinsics": ("V", 4, 4),
    "proprioception": ("P",),
    "state": ("D",),
}
"""Entry to its shape; letters are free, V is the same everywhere."""


def observation_space(
    keys: Sequence[str], num_views: int, image_size: int, proprioception: int, state: int
) -> spaces.Dict:
    """Returns the space of an observation that has these entries.

    Args:
        keys: Some of `KEYS`.
        num_views: V.
        image_size: Height and width in pixels.
        proprioception, state: Number of components of these vectors.

    Raises:
        ValueError: If a key is none of `KEYS`.
    """
    if not keys or not set(keys) <= set(KEYS):
        raise ValueError(f"`keys` must be some of {KEYS}. Received: keys={tuple(keys)}")
    sizes = {"V": num_views, "H": image_size, "W": image_size, "P": proprioception, "D": state}
    shapes = {name: [size if isinstance(size, int) else sizes[size] for size in SHAPES[name]] for name in keys}
    return spaces.Dict({name: _entry(name, shape) for name, shape in shapes.items()})


def adapted_space(space: spaces.Space, keys: Sequence[str]) -> spaces.Dict:
    """Returns the space of the entries `keys` of another environment's observations.

    Args:
        space: Space of its observations: a Dict, or a Box with one axis, which is the state.
        keys: Some of `KEYS`.

    Raises:
        ValueError: If there are `faults`; it lists them.
    """
    found = faults(space, keys)
    if found:
        raise ValueError(f"`env` must show itself as docs/control.md has it. Received: {'; '.join(found)}")
    entries = {"state": space} if is_vector(space) else space
    return spaces.Dict({name: _entry(name, entries[name].shape) for name in keys})


def faults(space: spaces.Space, keys: Sequence[str]) -> list[str]:
    """Lists in what a space of observations differs from the schema.

    Args:
        space: Of `gymnasium.spaces`.
        keys: Entries that are needed.

    Returns:
        List of sentences, empty if nothing is wrong.
    """
    if is_vector(space) and tuple(keys) == ("state",):
        return []
    if not isinstance(space, spaces.Dict):
        return [f"observations must be a gymnasium.spaces.Dict with {_listed(keys)}, but are {space}"]
    found = [
        f"`{name}` is missing: {_listed(keys)} are needed, and there are {_listed(space) or 'none'}"
        for name in keys
        if name not in space.spaces
    ]
    present = [name for name in keys if name in space.spaces]
    found += [sentence for name in present for sentence in entry_faults(name, space[name])]
    views = {name: space[name].shape[0] for name in present if "V" in SHAPES[name] and space[name].shape}
    if len(set(views.values())) > 1:
        counts = ", ".join(f"{count} in `{name}`" for name, count in views.items())
        found.append(f"the number of cameras must be the same everywhere, but is {counts}")
    return found


def entry_faults(name: str, space: spaces.Space) -> list[str]:
    """Lists in what the space of one entry differs from the schema."""
    if not isinstance(space, spaces.Box):
        return [f"`{name}` must be a gymnasium.spaces.Box, but is {space}"]
    found = []
    if name == "image" and space.dtype != np.uint8:
        found.append(f"`image` must be uint8 from 0 to 255, but is {space.dtype}")
    if name in ("intrinsics", "extrinsics") and not np.issubdtype(space.dtype, np.floating):
        found.append(f"`{name}` must be float32, but is {space.dtype}")
    wanted = SHAPES[name]
    fits = len(space.shape) == len(wanted) and all(
        size == want or (isinstance(want, str) and size > 0) for size, want in zip(space.shape, wanted, strict=True)
    )
    if not fits:
        found.append(f"`{name}` must have the shape [{', '.join(map(str, wanted))}], but has {list(space.shape)}")
    return found


def described(space: spaces.Dict) -> dict[str, Any]:
    """What a run's configuration says of an observation: entry to {"shape": [S, ...], "dtype": name}."""
    return {name: {"shape": list(entry.shape), "dtype": entry.dtype.name} for name, entry in space.items()}


def is_vector(space: spaces.Space) -> bool:
    """Whether observations are nothing but a vector."""
    return isinstance(space, spaces.Box) and len(space.shape) == 1


def _entry(name: str, shape: Sequence[int]) -> spaces.Box:
    if name == "image":
        return spaces.Box(0, 255, tuple(shape), np.uint8)
    return spaces.Box(-np.inf, np.inf, tuple(shape), np.float32)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
