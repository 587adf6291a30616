"""Smooth motion: values that travel between knots, values that wander, and rotations. NumPy only."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def eased(times: ArrayLike, knot_times: ArrayLike, knots: ArrayLike) -> np.ndarray:
    """Travels from knot to knot and comes to rest at each one.

    x(t) = a + (b - a) (3 s² - 2 s³),   s = share of the time between knots a and b that has passed

    Args:
        times: `[T]` float.
        knot_times: `[N]` float, rising; before the first and after the last one the value stands still.
        knots: `[N, D]` float.

    Returns:
        `[T, D]` float.
    """
    knot_times, knots = np.asarray(knot_times, float), np.asarray(knots, float)
    segment = np.clip(np.searchsorted(knot_times, times, side="right") - 1, 0, len(knot_times) - 2)
    length = knot_times[segment + 1] - knot_times[segment]
    share = np.clip((times - knot_times[segment]) / length, 0, 1)
    weight = (share**2 * (3 - 2 * share))[:, None]
    return (1 - weight) * knots[segment] + weight * knots[segment + 1]


def wander(rng: np.random.Generator, times: ArrayLike, size: int) -> np.ndarray:
    """Draws `size` curves that swing smoothly within [-1, 1]: each the mean of two sines of random phase and speed.

    Args:
        rng: `numpy.random.Generator`.
        times: `[T]` float, in episodes.
        size: Number of curves.

    Returns:
        `[T, size]` float.
    """
    cycles = rng.uniform(0.3, 0.8, (2, size))
    phase = rng.uniform(0, 2 * np.pi, (2, size))
    return np.sin(2 * np.pi * cycles * np.asarray(times)[:, None, None] + phase).mean(axis=1)


def rotation_about(axis: Sequence[float] | np.ndarray, angles: ArrayLike) -> np.ndarray:
    """Returns `[T, 3, 3]` rotations by `angles` `[T]` (radians) about the unit vector `axis` `[3]`.

    R = I + sin(angle) [axis]ₓ + (1 - cos(angle)) [axis]ₓ²
    """
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]], float)
    angles = np.asarray(angles, float)[..., None, None]
    return np.eye(3) + np.sin(angles) * cross + (1 - np.cos(angles)) * cross @ cross
