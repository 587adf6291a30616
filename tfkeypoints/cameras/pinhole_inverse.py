"""The inverse of the pinhole lens (pinhole.py): ideal places from distorted ones, by Newton's method.

OpenCV's own fixed-point iteration stops early and does not converge for strong lenses; this one either finds the place
or says that there is none.
"""

import functools
from collections.abc import Sequence

import numpy as np

from tfkeypoints.cameras import pinhole

ITERATIONS = 100
PRECISION, TOLERANCE = 4e-15, 1e-11
"""The error that ends the search for a solution, and the greatest that one has; relative to 1 + |x'', y''|."""
UNEVEN, TILT = np.isin(range(14), (2, 3, 8, 9, 10, 11)), np.isin(range(14), (12, 13))
"""Which coefficients are tangential and prism terms, which not even a table of radii undoes, and which the tilt."""
CHUNK = 1000
"""Places at a time for which the nearest of many is looked for."""
SHORTEST = 2.0**-12
"""Part of a Newton step below which there is no solution to go to."""


def undistort(xy_distorted: np.ndarray, coefficients: Sequence[float]) -> np.ndarray:
    """Takes distorted places `[..., 2]` to ideal ones; NaN where no place before the fold fits.

    Newton's method, from a start that is exact but for tangential and prism terms; a step that would cross the fold or
    does not make the error less is halved. What that does not find is looked for again from the nearest of many places.
    """
    target = np.ascontiguousarray(xy_distorted.reshape(-1, 2).T)
    found = _newton(_start(target, coefficients), target, coefficients)
    missing = np.flatnonzero(np.isnan(found[0]) & np.isfinite(target).all(0) & pinhole.full(coefficients)[UNEVEN].any())
    if len(missing):
        found[:, missing] = _newton(_nearest(target[:, missing], coefficients), target[:, missing], coefficients)
    return found.T.reshape(xy_distorted.shape)


def _newton(xy: np.ndarray, target: np.ndarray, coefficients: Sequence[float]) -> np.ndarray:
    """Solves for the ideal places `[2, N]` of targets `[2, N]`; NaN where the error stays."""
    allowed = 1 + np.abs(target).max(0)
    size = np.full(len(allowed), np.inf)
    active = np.flatnonzero(np.isfinite(xy).all(0))
    error, jacobian = _error(xy[:, active], target[:, active], coefficients)
    for _ in range(ITERATIONS):
        size[active] = np.abs(error).max(0)
        going = size[active] > PRECISION * allowed[active]
        active, error, jacobian = active[going], error[:, going], jacobian[:, going]
        if not len(active):
            break
        xy[:, active], error, jacobian, moved = _step(xy[:, active], error, jacobian, target[:, active], coefficients)
        active, error, jacobian = active[moved], error[:, moved], jacobian[:, moved]
    return np.where(size <= TOLERANCE * allowed, xy, np.nan)


def _step(
    xy: np.ndarray, error: np.ndarray, jacobian: np.ndarray, target: np.ndarray, coefficients: Sequence[float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One damped Newton step: where it leads, error and Jacobian there, and whether it led anywhere."""
    a, b, c, d = jacobian
    step = np.stack([d * error[0] - b * error[1], a * error[1] - c * error[0]]) / (a * d - b * c)
    size = np.abs(error).max(0)
    moved = np.zeros(len(size), bool)
    length = 1.0
    while length >= SHORTEST and not moved.all():
        waiting = np.flatnonzero(~moved)
        tried = xy[:, waiting] - length * step[:, waiting]
        tried_error, tried_jacobian = _error(tried, target[:, waiting], coefficients)
        good = np.abs(tried_error).max(0) <= (1 - length / 4) * size[waiting]
        taken = waiting[good]
        xy[:, taken], error[:, taken] = tried[:, good], tried_error[:, good]
        jacobian[:, taken] = tried_jacobian[:, good]
        moved[taken] = True
        length /= 2
    return xy, error, jacobian, moved


def _error(xy: np.ndarray, target: np.ndarray, coefficients: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """How far the image of `xy` is from the target (infinitely far past the fold), and the Jacobian; `[2 or 4, N]`."""
    x, y = xy
    distorted, jacobian, regular = pinhole.evaluate(x, y, coefficients)
    seen = pinhole.before_fold(x, y, regular, coefficients)
    return np.where(seen, np.stack(distorted) - target, np.inf), np.stack(jacobian)


def _start(target: np.ndarray, coefficients: Sequence[float]) -> np.ndarray:
    """Undoes the tilt, then the radial distortion by a table; NaN where even the tilt has no inverse. `[2, N]`."""
    back = np.linalg.inv(pinhole.tilt_matrix(coefficients))
    depth = back[2, :2] @ target + back[2, 2]
    straight = (back[:2, :2] @ target + back[:2, 2:]) / np.where(depth > 0, depth, np.nan)
    radial = np.where(UNEVEN | TILT, 0, pinhole.full(coefficients))
    (distances, _), _, regular = pinhole.evaluate(pinhole.RADII, np.zeros_like(pinhole.RADII), radial)
    last = int(np.argmin(np.append(regular, False)))
    distance = np.hypot(*straight)
    xy = straight * (np.interp(distance, distances[:last], pinhole.RADII[:last]) / np.maximum(distance, 1e-300))
    for _ in range(40):
        x, y = xy
        regular = pinhole.evaluate(x, y, coefficients)[2]
        outside = np.isfinite(xy).all(0) & ~pinhole.before_fold(x, y, regular, coefficients)
        if not outside.any():
            break
        xy[:, outside] *= 0.8
    return xy


def _nearest(target: np.ndarray, coefficients: Sequence[float]) -> np.ndarray:
    """Of a fan of places before the fold those whose images come nearest to the targets, `[2, N]`."""
    ideal, distorted = _fan(tuple(coefficients))
    chunks = np.array_split(target, target.shape[1] // CHUNK + 1, 1)
    nearest = [np.argmin(((chunk[:, :, None] - distorted[:, None]) ** 2).sum(0), 1) for chunk in chunks]
    return ideal[:, np.concatenate(nearest)]


@functools.lru_cache
def _fan(coefficients: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Places before the fold, and their images, each `[2, M]`."""
    x, y = (pinhole.RADII[::24, None] * turn(pinhole.DIRECTIONS[::3]) for turn in (np.cos, np.sin))
    distorted, _, regular = pinhole.evaluate(x, y, coefficients)
    seen = pinhole.before_fold(x, y, regular, coefficients)
    return np.stack([x[seen], y[seen]]), np.stack(distorted)[:, seen]
