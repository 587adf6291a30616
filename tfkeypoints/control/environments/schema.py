"""The observation schema as a space of Gymnasium."""

import numpy as np
from gymnasium import spaces

VISIBLE_KEYS = ("image", "intrinsics", "extrinsics", "proprioception")
"""What a policy sees that does not know the true state."""

KEYS = (*VISIBLE_KEYS, "state")


def observation_space(keys, num_views, image_size, proprioception, state):
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
    every = {
        "image": spaces.Box(0, 255, (num_views, image_size, image_size, 3), np.uint8),
        "intrinsics": _unbounded(num_views, 3, 3),
        "extrinsics": _unbounded(num_views, 4, 4),
        "proprioception": _unbounded(proprioception),
        "state": _unbounded(state),
    }
    return spaces.Dict({name: every[name] for name in keys})


def described(space):
    """What a run's configuration says of an observation: entry to {"shape": [S, ...], "dtype": name}."""
    return {name: {"shape": list(entry.shape), "dtype": entry.dtype.name} for name, entry in space.items()}


def _unbounded(*shape):
    return spaces.Box(-np.inf, np.inf, shape, np.float32)
