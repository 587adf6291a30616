"""OpenCV's lens for pinhole cameras: rational radial, tangential and thin-prism distortion, and a tilted sensor.

s = x² + y²,   f = (1 + k1 s + k2 s² + k3 s³) / (1 + k4 s + k5 s² + k6 s³)
x' = x f + 2 p1 x y + p2 (s + 2 x²) + s1 s + s2 s²
y' = y f + p1 (s + 2 y²) + 2 p2 x y + s3 s + s4 s²
w (x'', y'', 1)ᵀ = T (x', y', 1)ᵀ,   T = [[R33, 0, -R13], [0, R33, -R23], [0, 0, 1]] R,   R = R_y(-τy) R_x(-τx)

Reference: OpenCV, "Camera Calibration and 3D Reconstruction"; for the tilt Louhichi et al. 2007.
"""

import functools
from collections.abc import Sequence

import numpy as np

DIRECTIONS = np.linspace(-np.pi, np.pi, 73)
"""Directions about the axis in which the fold is looked for; between them it is interpolated."""
RADII = np.concatenate([np.tan(np.linspace(0, np.radians(89), 1024)), np.geomspace(60, 1e9, 256)])
"""Distances from the axis at which it is looked for; between two of them it is bisected."""
MARGIN = 1.02
"""Until so far past the interpolated fold, the determinant at the point itself decides."""


def distort(xy: np.ndarray, coefficients: Sequence[float]) -> np.ndarray:
    """Takes ideal places `[..., 2]` to distorted ones; NaN past the fold."""
    x, y = np.ascontiguousarray(np.moveaxis(xy, -1, 0))
    (u, v), _, regular = evaluate(x, y, coefficients)
    seen = before_fold(x, y, regular, coefficients)
    return np.stack([np.where(seen, each, np.nan) for each in (u, v)], -1)


def evaluate(
    x: np.ndarray, y: np.ndarray, coefficients: Sequence[float] | np.ndarray
) -> tuple[Sequence[np.ndarray], Sequence[np.ndarray], np.ndarray]:
    """Distorted places u, v; their derivatives u_x, u_y, v_x, v_y; and whether the determinant of these is positive."""
    k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4, *tilt = full(coefficients)
    s = x * x + y * y
    below = 1 + s * (k4 + s * (k5 + s * k6))
    f = (1 + s * (k1 + s * (k2 + s * k3))) / below
    slope = 2 * ((k1 + s * (2 * k2 + s * 3 * k3)) - f * (k4 + s * (2 * k5 + s * 3 * k6))) / below
    prism_u, prism_v = 2 * s1 + 4 * s2 * s, 2 * s3 + 4 * s4 * s
    u = x * f + 2 * p1 * x * y + p2 * (s + 2 * x * x) + s * (s1 + s * s2)
    v = y * f + p1 * (s + 2 * y * y) + 2 * p2 * x * y + s * (s3 + s * s4)
    cross = x * y * slope + 2 * p1 * x + 2 * p2 * y
    derivatives = (
        f + x * x * slope + 2 * p1 * y + 6 * p2 * x + prism_u * x,
        cross + prism_u * y,
        cross + prism_v * x,
        f + y * y * slope + 6 * p1 * y + 2 * p2 * x + prism_v * y,
    )
    regular = (derivatives[0] * derivatives[3] - derivatives[1] * derivatives[2] > 0) & (below > 0)
    return (
        _tilted(u, v, derivatives, regular, tilt_matrix(coefficients)) if any(tilt) else ((u, v), derivatives, regular)
    )


def before_fold(
    x: np.ndarray, y: np.ndarray, regular: np.ndarray, coefficients: Sequence[float] | np.ndarray
) -> np.ndarray:
    """Whether places lie before the fold: `regular` says whether the determinant is positive there.

    The fold was looked for in some directions; near to it, the determinant alone decides.
    """
    inverse = _inverse_folds(tuple(coefficients))
    x, y, regular = np.atleast_1d(x), np.atleast_1d(y), np.asarray(regular)
    distance = np.hypot(x, y)
    before = distance * inverse.max() < 1
    far = np.nonzero(~before)
    place = (np.arctan2(y[far], x[far]) + np.pi) / (DIRECTIONS[1] - DIRECTIONS[0])
    first = np.clip(np.nan_to_num(place).astype(int), 0, len(DIRECTIONS) - 2)
    low, high = inverse[first], inverse[first + 1]
    smooth = np.maximum(low, high) <= 1.1 * np.minimum(low, high)
    between = np.where(smooth, low + (place - first) * (high - low), np.maximum(low, high))
    before[far] = distance[far] * between < MARGIN
    return before.reshape(regular.shape) & regular


def tilt_matrix(coefficients: Sequence[float] | np.ndarray) -> np.ndarray:
    """T of the formula, `[3, 3]`."""
    (sin_x, sin_y), (cos_x, cos_y) = (turn(full(coefficients)[12:]) for turn in (np.sin, np.cos))
    rotation = np.array(
        [
            [cos_y, sin_y * sin_x, -sin_y * cos_x],
            [0, cos_x, sin_x],
            [sin_y, -cos_y * sin_x, cos_y * cos_x],
        ]
    )
    depth = rotation[2, 2]
    return np.array([[depth, 0, -rotation[0, 2]], [0, depth, -rotation[1, 2]], [0, 0, 1]]) @ rotation


def full(coefficients: Sequence[float] | np.ndarray) -> np.ndarray:
    """All 14 coefficients, with zeros for those that are not given."""
    return np.pad(np.asarray(coefficients, np.float64), (0, 14 - len(coefficients)))


@functools.lru_cache
def _inverse_folds(coefficients: tuple[float, ...]) -> np.ndarray:
    """One over the distance of the fold from the axis in each of `DIRECTIONS`; 0 where there is none."""
    cosine, sine = np.cos(DIRECTIONS), np.sin(DIRECTIONS)
    regular = evaluate(RADII[:, None] * cosine, RADII[:, None] * sine, coefficients)[2]
    after = np.argmin(np.concatenate([regular, np.zeros_like(regular[:1])]), 0)
    low, high = RADII[after - 1], np.append(RADII, np.inf)[after]
    for _ in range(60):
        middle = (low + high) / 2
        inside = evaluate(middle * cosine, middle * sine, coefficients)[2]
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return 1 / high


def _tilted(
    u: np.ndarray, v: np.ndarray, derivatives: Sequence[np.ndarray], regular: np.ndarray, tilt: np.ndarray
) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """Takes places of a straight sensor and their derivatives to those of a tilted one; its horizon has no image."""
    u_x, u_y, v_x, v_y = derivatives
    depth = tilt[2, 0] * u + tilt[2, 1] * v + tilt[2, 2]
    places, changes = [], []
    for row in tilt[:2]:
        place = (row[0] * u + row[1] * v + row[2]) / depth
        by_u, by_v = ((row[i] - place * tilt[2, i]) / depth for i in (0, 1))
        places.append(place)
        changes += [by_u * u_x + by_v * v_x, by_u * u_y + by_v * v_y]
    return places, changes, regular & (depth > 0)
