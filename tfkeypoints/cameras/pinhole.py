"""OpenCV's lens for pinhole cameras: rational radial, tangential and thin-prism distortion, and a tilted sensor.

s = x² + y²,   f = (1 + k1 s + k2 s² + k3 s³) / (1 + k4 s + k5 s² + k6 s³)
x' = x f + 2 p1 x y + p2 (s + 2 x²) + s1 s + s2 s²
y' = y f + p1 (s + 2 y²) + 2 p2 x y + s3 s + s4 s²
w (x'', y'', 1)ᵀ = T (x', y', 1)ᵀ,   T = [[R33, 0, -R13], [0, R33, -R23], [0, 0, 1]] R,   R = R_y(-τy) R_x(-τx)

Reference: OpenCV, "Camera Calibration and 3D Reconstruction"; for the tilt Louhichi et al. 2007.
"""

import functools

import numpy as np

DIRECTIONS = np.linspace(-np.pi, np.pi, 73)
"""Directions about the axis in which the fold is looked for; between them it is interpolated."""
RADII = np.concatenate([np.tan(np.linspace(0, np.radians(89), 1024)), np.geomspace(60, 1e9, 256)])
"""Distances from the axis at which it is looked for; between two of them it is bisected."""
MARGIN = 1.02
"""Until so far past the interpolated fold, the determinant at the point itself decides."""
ITERATIONS = 100
PRECISION, TOLERANCE = 4e-15, 1e-11
"""The error that ends the search for a solution, and the greatest that one has; relative to 1 + |x'', y''|."""
SHORTEST = 2.0**-12
"""Part of a Newton step below which there is no solution to go to."""


def distort(xy, coefficients) -> np.ndarray:
    """Takes ideal places `[..., 2]` to distorted ones; NaN past the fold."""
    return np.where(_before_fold(xy, coefficients)[..., None], _distort(xy, coefficients)[0], np.nan)


def undistort(xy_distorted, coefficients) -> np.ndarray:
    """Takes distorted places `[..., 2]` to ideal ones; NaN where no place before the fold fits.

    Newton's method, from a start that is exact but for tangential and prism terms; a step that would cross the fold or
    does not make the error less is halved.
    """
    target = xy_distorted.reshape(-1, 2)
    xy = _start(target, coefficients)
    active = np.flatnonzero(np.isfinite(xy).all(-1))
    allowed = 1 + np.abs(target).max(-1)
    error, jacobian = _error(xy[active], target[active], coefficients)
    size = np.full(len(target), np.inf)
    for _ in range(ITERATIONS):
        size[active] = np.abs(error).max(-1)
        going = size[active] > PRECISION * allowed[active]
        active, error, jacobian = active[going], error[going], jacobian[going]
        if not len(active):
            break
        xy[active], error, jacobian, moved = _step(xy[active], error, jacobian, target[active], coefficients)
        active, error, jacobian = active[moved], error[moved], jacobian[moved]
    return np.where((size <= TOLERANCE * allowed)[:, None], xy, np.nan).reshape(xy_distorted.shape)


def _step(xy, error, jacobian, target, coefficients):
    """One damped Newton step: where it leads, error and Jacobian there, and whether it led anywhere."""
    step = _solve(jacobian, error)
    size = np.abs(error).max(-1)
    xy, error, jacobian = xy.copy(), error.copy(), jacobian.copy()
    length, open_ = 1.0, np.arange(len(xy))
    while len(open_) and length >= SHORTEST:
        tried = xy[open_] - length * step[open_]
        tried_error, tried_jacobian = _error(tried, target[open_], coefficients)
        good = np.abs(tried_error).max(-1) <= (1 - length / 4) * size[open_]
        taken = open_[good]
        xy[taken], error[taken], jacobian[taken] = tried[good], tried_error[good], tried_jacobian[good]
        open_, length = open_[~good], length / 2
    moved = np.ones(len(xy), bool)
    moved[open_] = False
    return xy, error, jacobian, moved


def _error(xy, target, coefficients):
    """How far the image of `xy` is from the target (infinitely far past the fold), and the Jacobian."""
    distorted, jacobian, _ = _distort(xy, coefficients)
    return np.where(_before_fold(xy, coefficients)[..., None], distorted - target, np.inf), jacobian


def _start(target, coefficients):
    """Undoes the tilt, then the radial distortion by a table; NaN where even the tilt has no inverse."""
    radial = _full(coefficients)
    radial[[2, 3, 8, 9, 10, 11, 12, 13]] = 0
    on_axis = np.stack([RADII, np.zeros_like(RADII)], -1)
    distances = _distort(on_axis, radial)[0][:, 0]
    last = int(np.argmin(np.append(_before_fold(on_axis, tuple(radial)), False)))
    homogeneous = np.concatenate([target, np.ones_like(target[:, :1])], -1) @ np.linalg.inv(_tilt(coefficients)).T
    straight = homogeneous[:, :2] / np.where(homogeneous[:, 2:] > 0, homogeneous[:, 2:], np.nan)
    distance = np.hypot(*straight.T)
    xy = straight * (np.interp(distance, distances[:last], RADII[:last]) / np.maximum(distance, 1e-300))[:, None]
    for _ in range(40):
        outside = np.isfinite(xy).all(-1) & ~_before_fold(xy, coefficients)
        if not outside.any():
            break
        xy[outside] *= 0.8
    return xy


def _before_fold(xy, coefficients):
    """Whether the Jacobian determinant is positive all the way from the axis to each place `[..., 2]`."""
    inverse = _inverse_folds(tuple(coefficients))
    place = (np.arctan2(xy[..., 1], xy[..., 0]) + np.pi) / (DIRECTIONS[1] - DIRECTIONS[0])
    first = np.clip(np.nan_to_num(place).astype(int), 0, len(DIRECTIONS) - 2)
    low, high = inverse[first], inverse[first + 1]
    smooth = np.maximum(low, high) <= 1.1 * np.minimum(low, high)
    curvature = np.where(smooth, low + (place - first) * (high - low), np.maximum(low, high))
    return (np.hypot(xy[..., 0], xy[..., 1]) * curvature < MARGIN) & _distort(xy, coefficients)[2]


@functools.lru_cache
def _inverse_folds(coefficients):
    """One over the distance of the fold from the axis in each of `DIRECTIONS`; 0 where there is none."""
    outwards = np.stack([np.cos(DIRECTIONS), np.sin(DIRECTIONS)], -1)
    regular = _distort(RADII[:, None, None] * outwards, coefficients)[2]
    after = np.argmin(np.concatenate([regular, np.zeros_like(regular[:1])]), 0)
    low, high = RADII[after - 1], np.append(RADII, np.inf)[after]
    for _ in range(60):
        middle = (low + high) / 2
        inside = _distort(middle[:, None] * outwards, coefficients)[2]
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return 1 / high


def _distort(xy, coefficients):
    """The distorted places, their Jacobians `[..., 2, 2]`, and whether these keep the image's orientation."""
    k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4, _, _ = _full(coefficients)
    x, y = xy[..., 0], xy[..., 1]
    s = x * x + y * y
    above, below = 1 + s * (k1 + s * (k2 + s * k3)), 1 + s * (k4 + s * (k5 + s * k6))
    f = above / below
    slope = ((k1 + s * (2 * k2 + s * 3 * k3)) - f * (k4 + s * (2 * k5 + s * 3 * k6))) / below
    prism_x, prism_y = 2 * (s1 + 2 * s2 * s), 2 * (s3 + 2 * s4 * s)
    flat_x = x * f + 2 * p1 * x * y + p2 * (s + 2 * x * x) + s * (s1 + s * s2)
    flat_y = y * f + p1 * (s + 2 * y * y) + 2 * p2 * x * y + s * (s3 + s * s4)
    cross = 2 * x * y * slope + 2 * p1 * x + 2 * p2 * y
    rows = [
        [f + 2 * x * x * slope + 2 * p1 * y + 6 * p2 * x + prism_x * x, cross + prism_x * y],
        [cross + prism_y * x, f + 2 * y * y * slope + 6 * p1 * y + 2 * p2 * x + prism_y * y],
    ]
    flat = np.stack([flat_x, flat_y], -1)
    jacobian = np.stack([np.stack(row, -1) for row in rows], -2)
    tilt = _tilt(coefficients)
    depth = flat @ tilt[2, :2] + tilt[2, 2]
    distorted = (flat @ tilt[:2, :2].T + tilt[:2, 2]) / depth[..., None]
    outer = (tilt[:2, :2] - distorted[..., None] * tilt[2, :2]) / depth[..., None, None]
    regular = (_determinant(jacobian) > 0) & (below > 0) & (depth > 0)
    return distorted, outer @ jacobian, regular


def _tilt(coefficients):
    (sin_x, sin_y), (cos_x, cos_y) = (turn(_full(coefficients)[12:]) for turn in (np.sin, np.cos))
    rotation = np.array(
        [
            [cos_y, sin_y * sin_x, -sin_y * cos_x],
            [0, cos_x, sin_x],
            [sin_y, -cos_y * sin_x, cos_y * cos_x],
        ]
    )
    depth = rotation[2, 2]
    return np.array([[depth, 0, -rotation[0, 2]], [0, depth, -rotation[1, 2]], [0, 0, 1]]) @ rotation


def _full(coefficients):
    return np.pad(np.asarray(coefficients, np.float64), (0, 14 - len(coefficients)))


def _determinant(matrix):
    return matrix[..., 0, 0] * matrix[..., 1, 1] - matrix[..., 0, 1] * matrix[..., 1, 0]


def _solve(matrix, vector):
    """Cramer's rule; no number, and no exception either, where the matrix is singular."""
    x = matrix[..., 1, 1] * vector[..., 0] - matrix[..., 0, 1] * vector[..., 1]
    y = matrix[..., 0, 0] * vector[..., 1] - matrix[..., 1, 0] * vector[..., 0]
    return np.stack([x, y], -1) / _determinant(matrix)[..., None]
