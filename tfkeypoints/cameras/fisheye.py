"""The fisheye lens of Kannala and Brandt, as OpenCV has it: a place's radius is a polynomial of its angle off the axis.

θ = atan2(√(x² + y²), z),   r = θ (1 + k1 θ² + k2 θ⁴ + k3 θ⁶ + k4 θ⁸),   image = r (x, y) / √(x² + y²)

Reference: Kannala, Brandt: A Generic Camera Model and Calibration Method, PAMI 2006; without its asymmetric terms.
"""

import functools
from collections.abc import Sequence

import numpy as np

ITERATIONS = 100
"""Far more than Newton's method with bisection needs; the loop ends when nothing moves any more."""


def image(points: np.ndarray, coefficients: Sequence[float]) -> np.ndarray:
    """Takes camera points `[..., 3]` to places in the image `[..., 2]`; NaN past the fold and straight behind."""
    across = np.hypot(points[..., 0], points[..., 1])
    angle = np.arctan2(across, points[..., 2])
    scale = np.where(across > 0, _radius(angle, coefficients) / across, 1 / points[..., 2])
    seen = (angle < fold(coefficients)) & np.isfinite(points).all(-1) & ((across > 0) | (points[..., 2] > 0))
    return np.where(seen[..., None], points[..., :2] * scale[..., None], np.nan)


def rays(xy: np.ndarray, coefficients: Sequence[float]) -> np.ndarray:
    """Takes places in the image `[..., 2]` to unit directions `[..., 3]`; NaN where the lens has no image."""
    radius = np.hypot(xy[..., 0], xy[..., 1])
    last = fold(coefficients)
    low, high = np.zeros_like(radius), np.full_like(radius, last)
    angle = np.clip(radius, 0, last)
    for _ in range(ITERATIONS):
        excess = _radius(angle, coefficients) - radius
        low, high = np.where(excess <= 0, angle, low), np.where(excess >= 0, angle, high)
        step = angle - excess / _slope(angle**2, coefficients)
        step = np.where((step >= low) & (step <= high), step, (low + high) / 2)
        moved, angle = np.abs(step - angle) > 4e-16 * angle, step
        if not moved.any():
            break
    across = np.where(radius > 0, np.sin(angle) / radius, 1)
    found = np.concatenate([xy * across[..., None], np.cos(angle)[..., None]], -1)
    return np.where((radius < _radius(last, coefficients))[..., None], found, np.nan)


@functools.lru_cache
def fold(coefficients: tuple[float, ...]) -> float:
    """The angle off the axis, in radians, at which the image's radius first stops growing; at most π."""
    k1, k2, k3, k4 = coefficients
    roots = np.roots(np.trim_zeros(np.array([9 * k4, 7 * k3, 5 * k2, 3 * k1, 1.0]), "f"))
    squares = roots.real[(np.abs(roots.imag) <= 1e-9 * np.abs(roots)) & (roots.real > 0)]
    return float(min([np.pi, *np.sqrt(squares)]))


def _radius(angle: float | np.ndarray, coefficients: Sequence[float]) -> float | np.ndarray:
    k1, k2, k3, k4 = coefficients
    square = angle**2
    return angle * (1 + square * (k1 + square * (k2 + square * (k3 + square * k4))))


def _slope(square: np.ndarray, coefficients: Sequence[float]) -> np.ndarray:
    k1, k2, k3, k4 = coefficients
    return 1 + square * (3 * k1 + square * (5 * k2 + square * (7 * k3 + square * 9 * k4)))
