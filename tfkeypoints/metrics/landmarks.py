"""How much unsupervised keypoints know about true landmarks: a linear map from one to the other, its error and PCK."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.metrics._arrays import as_array

PENALTIES = np.logspace(-6, 1, 15)
"""Candidates for the ridge penalty, in units of the standardised keypoints' variance."""


class RidgeMap:
    """Affine map from the K keypoints of one view to the L landmarks of its object, all in the object's frame.

    y = ȳ + W ((x - x̄) / σ),   W = argmin mean |y - ȳ - W z|² + λ |W|²

    with x the K·3 coordinates, y the L·3 ones and z the standardised x. λ, one for each landmark, is the
    candidate with the least error on a held-out quarter of the groups; the map is then fitted to all of them.

    Args:
        points_world: `[N, V, K, 3]` float, world units; each view is a sample.
        landmarks: `[N, L, 3]` float, world units.
        groups: `[N]` of any type: examples that are alike, such as the frames of an episode, and so are held out
            together. By default those with equal landmarks: one object.
        seed: Chooses the held-out groups.

    Attributes:
        penalties: `[L]` float64, the chosen λ.

    Raises:
        ValueError: If a shape does not fit, a value is not finite, or there are fewer than two groups.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(50, 2, 3, 3))
        >>> RidgeMap(points, points.mean(1)).predict(points).shape
        (50, 2, 3, 3)
    """

    def __init__(
        self, points_world: ArrayLike, landmarks: ArrayLike, groups: ArrayLike | None = None, seed: int = 0
    ) -> None:
        points = as_array("points_world", points_world, None, None, None, 3)
        landmarks = as_array("landmarks", landmarks, len(points), None, 3)
        self._shape = (points.shape[2], landmarks.shape[1])
        groups = landmarks.reshape(len(landmarks), -1) if groups is None else np.asarray(groups)
        if len(groups) != len(points):
            raise ValueError(f"`groups` must hold one for each of {len(points)} examples. Received: {len(groups)}")
        held_out = np.repeat(_held_out_quarter(groups, seed), points.shape[1])
        inputs = points.reshape(len(held_out), -1)
        targets = np.repeat(landmarks.reshape(len(landmarks), -1), points.shape[1], axis=0)
        trials = _fit(inputs[~held_out], targets[~held_out], PENALTIES)
        squares = [(inputs[held_out] @ weights + bias - targets[held_out]) ** 2 for weights, bias in trials]
        best = np.mean(squares, 1).reshape(len(PENALTIES), -1, 3).sum(-1).argmin(0)
        self.penalties = PENALTIES[best]
        ((self._weights, self._bias),) = _fit(inputs, targets, [np.repeat(self.penalties, 3)])

    def predict(self, points_world: ArrayLike) -> np.ndarray:
        """Maps keypoints `[N, V, K, 3]` to landmarks `[N, V, L, 3]`, both in world units."""
        keypoints, landmarks = self._shape
        points = as_array("points_world", points_world, None, None, keypoints, 3)
        mapped = points.reshape(*points.shape[:2], -1) @ self._weights + self._bias
        return mapped.reshape(*points.shape[:2], landmarks, 3)


def landmark_error(predicted: ArrayLike, landmarks: ArrayLike) -> np.ndarray:
    """Measures each landmark's distance from its prediction.

    Args:
        predicted: `[N, V, L, 3]` float, world units.
        landmarks: `[N, L, 3]` float, world units.

    Returns:
        World units, `[N, V, L]` float64. `.mean((0, 1))` is the error a landmark, `.mean()` that of all.

    Raises:
        ValueError: If a shape does not fit or a value is not finite.
    """
    predicted = as_array("predicted", predicted, None, None, None, 3)
    landmarks = as_array("landmarks", landmarks, len(predicted), predicted.shape[2], 3)
    return np.linalg.norm(predicted - landmarks[:, None], axis=-1)


def object_size(landmarks: ArrayLike) -> np.ndarray:
    """Measures each object by the diagonal of its landmarks' bounding box: `[N, L, 3]` -> `[N]`, world units."""
    return np.linalg.norm(np.ptp(as_array("landmarks", landmarks, None, None, 3), axis=1), axis=-1)


def pck(errors: ArrayLike, sizes: ArrayLike, thresholds: Iterable[float] = (0.05, 0.1, 0.2)) -> dict[float, float]:
    """Measures the percentage of correct keypoints (PCK), as a share: those within a fraction of the object's size.

    PCK(t) = mean over all errors of [e ≤ t · size]

    Args:
        errors: `[N, V, L]` float, world units, from `landmark_error`.
        sizes: `[N]` float, world units, from `object_size`.
        thresholds: Fractions of the object's size.

    Returns:
        {threshold: share in [0, 1]}.

    Raises:
        ValueError: If a shape does not fit, a value is not finite, or a size is not positive.

    Example:
        >>> pck([[[0.1, 0.3]]], [2.0], thresholds=[0.1])
        {0.1: 0.5}
    """
    errors = as_array("errors", errors, None, None, None)
    sizes = as_array("sizes", sizes, len(errors))
    if (sizes <= 0).any():
        raise ValueError(f"`sizes` must be positive. Received: sizes.min()={sizes.min()}")
    relative = errors / sizes[:, None, None]
    return {float(threshold): float((relative <= threshold).mean()) for threshold in thresholds}


def _held_out_quarter(groups: np.ndarray, seed: int) -> np.ndarray:
    """Marks the examples `[N]` of a quarter of the different groups `[N, …]`."""
    different, group = np.unique(groups, axis=0 if groups.ndim > 1 else None, return_inverse=True)
    if len(different) < 2:
        raise ValueError(
            f"`landmarks` must come from two or more different objects or groups. Received: {len(different)}"
        )
    chosen = np.random.default_rng(seed).permutation(len(different))[: max(1, len(different) // 4)]
    return np.isin(group.reshape(-1), chosen)


def _fit(
    inputs: np.ndarray, targets: np.ndarray, penalties: Iterable[float | np.ndarray]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Solves ridge regression for several penalties by one singular value decomposition: a list of (W, bias).

    A penalty is a number, or one for each column of `targets`.
    """
    mean, deviation = inputs.mean(0), inputs.std(0)
    deviation = np.where(deviation > 1e-9, deviation, 1.0)
    u, singular, vt = np.linalg.svd((inputs - mean) / deviation, full_matrices=False)
    rotated = u.T @ (targets - targets.mean(0))
    fits = []
    for penalty in penalties:
        shrunk = singular[:, None] / (singular[:, None] ** 2 + len(inputs) * penalty)
        weights = (vt.T @ (shrunk * rotated)) / deviation[:, None]
        fits.append((weights, targets.mean(0) - mean @ weights))
    return fits
