"""How well keypoints tell the relative pose of two views: angular error in degrees."""

import itertools

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.geometry import rotation
from tfkeypoints.metrics._arrays import as_array, check_several_views


def angular_error(points_camera: ArrayLike, extrinsics: ArrayLike) -> np.ndarray:
    """Measures the angle between the relative rotation that the keypoints imply and the true one.

    e = mean over views m < n of ∠(procrustes(x_m, x_n), R_n R_mᵀ)

    Args:
        points_camera: `[N, V, K, 3]` float, world units, each view's points in its own camera frame; without noise.
        extrinsics: `[N, V, 4, 4]` float, world to camera, rigid.

    Returns:
        Degrees in [0, 180], `[N]` float64.

    Raises:
        ValueError: If a shape does not fit, there is a single view, or a value is not finite.

    Reference: Suwajanakorn et al. 2018, section 5 (angular distance error).
    Note: the original evaluates with the noise that its training adds to the points; here there is none.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(1, 1, 4, 3)).repeat(2, axis=1)
        >>> bool(angular_error(points, np.tile(np.eye(4), (1, 2, 1, 1)))[0] < 1e-3)
        True
    """
    points = as_array("points_camera", points_camera, None, None, None, 3)
    extrinsics = as_array("extrinsics", extrinsics, *points.shape[:2], 4, 4)
    check_several_views("points_camera", points)
    first, second = np.array(list(itertools.combinations(range(points.shape[1]), 2))).T
    rotations = extrinsics[..., :3, :3]
    implied = rotation.procrustes(points[:, first], points[:, second])
    true = rotations[:, second] @ np.swapaxes(rotations[:, first], -1, -2)
    return np.degrees(rotation.angular_distance(implied, true).numpy()).mean(1)


def summary(errors: ArrayLike) -> dict[str, float]:
    """Condenses errors `[N]` to {"mean", "median"} as floats.

    Example:
        >>> summary([1.0, 2.0, 6.0])
        {'mean': 3.0, 'median': 2.0}
    """
    errors = as_array("errors", errors, None)
    return {"mean": float(errors.mean()), "median": float(np.median(errors))}
