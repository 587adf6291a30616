"""A named point as a weighted sum of the keypoints of its frame, however the scene is moved, turned or scaled."""

import numpy as np
from numpy.typing import ArrayLike

PENALTIES = np.logspace(-6, 3, 19)
"""Candidates for the ridge penalty, in units of the keypoints' mean squared distance from their middle."""
FOLDS = 10


def fit(keypoints: np.ndarray, points: np.ndarray, penalties: ArrayLike = PENALTIES) -> np.ndarray:
    """Finds the weights of several penalties.

    y = Σ_k w_k x_k,   w = argmin Σ_n |y_n - Σ_k w_k x_nk|² + λ N s² Σ_k (w_k - 1/K)²   with Σ_k w_k = 1

    with s² the mean squared distance of keypoints from the middle of their frame, an axis. Since the weights sum to 1,
    the map follows every motion and change of scale.

    Args:
        keypoints: `[N, K, 3]`, world units.
        points: `[N, 3]`, the named point in the same frames.
        penalties: P penalties λ > 0.

    Returns:
        float64 `[P, K]`.
    """
    middle = keypoints.mean(1)
    rows = np.swapaxes(keypoints - middle[:, None], 1, 2).reshape(-1, keypoints.shape[1])
    u, singular, vt = np.linalg.svd(rows, full_matrices=False)
    floor = np.asarray(penalties)[:, None] * len(rows) * max(np.mean(rows**2), np.finfo(np.float64).tiny)
    shrunk = singular / (singular**2 + floor)
    found = (shrunk * (u.T @ (points - middle).reshape(-1))) @ vt
    return 1 / keypoints.shape[1] + found - found.mean(1, keepdims=True)


def apply(weights: ArrayLike, keypoints: ArrayLike) -> np.ndarray:
    """Takes keypoints `[..., K, 3]` to points `[..., L, 3]` by weights `[L, K]`; NaN where a keypoint is unknown."""
    return np.asarray(weights) @ np.asarray(keypoints, np.float64)


def chosen(keypoints: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The weights `[K]` of the penalty whose error is the least on held-out frames, fitted to all frames.

    Frames that follow each other are held out together, up to `FOLDS` times, for they are alike.
    """
    squares = np.zeros(len(PENALTIES))
    for held in folds(len(points)):
        kept = np.setdiff1d(np.arange(len(points)), held)
        predicted = apply(fit(keypoints[kept], points[kept]), keypoints[held])
        squares += ((predicted - points[held][:, None]) ** 2).sum((0, 2))
    return fit(keypoints, points, PENALTIES[[squares.argmin()]])[0]


def folds(count: int) -> list[np.ndarray]:
    """Divides frames in the order of time into up to `FOLDS` parts that follow each other."""
    return np.array_split(np.arange(count), min(count, FOLDS))
