"""Whether keypoints of several views agree: with each other, with the silhouette, and about where the object faces."""

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.geometry import camera
from tfkeypoints.metrics._arrays import as_array, check_several_views


def spread_3d(points_world: ArrayLike) -> np.ndarray:
    """Measures how far a keypoint's 3D positions from different views lie about their mean: the paper's 3D-SE.

    s = mean_k sqrt(mean_v |x_vk - x̄_k|²),   x̄_k = mean_v x_vk

    Args:
        points_world: `[N, V, K, 3]` float, world units, in the object's frame.

    Returns:
        World units, `[N]` float64: the root mean square distance over views, averaged over keypoints.

    Raises:
        ValueError: If the shape does not fit, there is a single view, or a value is not finite.

    Reference: Suwajanakorn et al. 2018, section 5.1 (3D-SE).
    Note: the paper leaves out pairs whose rotation is wrong by 90° or more; for that, average over
        `spread[angular_error < 90]`.

    Example:
        >>> spread_3d([[[[0.0, 0.0, 1.0]], [[0.0, 0.0, 3.0]]]]).tolist()
        [1.0]
    """
    points = as_array("points_world", points_world, None, None, None, 3)
    check_several_views("points_world", points)
    squared = np.sum((points - points.mean(1, keepdims=True)) ** 2, -1)
    return np.sqrt(squared.mean(1)).mean(1)


def view_disagreement(points_world: ArrayLike) -> np.ndarray:
    """Measures how far the views' opinions of a keypoint lie from their mean.

    d = mean over views v and keypoints k of |x_vk - x̄_k|,   x̄_k = mean_v x_vk

    Args:
        points_world: `[N, V, K, 3]` float, world units.

    Returns:
        World units, `[N]` float64; 0 for a single view.

    Raises:
        ValueError: If the shape does not fit or a value is not finite.

    Example:
        >>> view_disagreement([[[[0.0, 0.0, 1.0]], [[0.0, 0.0, 3.0]]]]).tolist()
        [1.0]
    """
    points = as_array("points_world", points_world, None, None, None, 3)
    return np.linalg.norm(points - points.mean(1, keepdims=True), axis=-1).mean((1, 2))


def keypoint_spacing(points_world: ArrayLike) -> np.ndarray:
    """Measures how far keypoints are from each other: points that share a place tell no more than one.

    s = mean over views v and keypoints k of min_{j ≠ k} |x_vk - x_vj|

    Args:
        points_world: `[N, V, K, 3]` float, world units, K two or more.

    Returns:
        World units, `[N]` float64.

    Raises:
        ValueError: If the shape does not fit, there is a single keypoint, or a value is not finite.

    Example:
        >>> keypoint_spacing([[[[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 3.0]]]]).round(3).tolist()
        [1.333]
    """
    points = as_array("points_world", points_world, None, None, None, 3)
    keypoints = points.shape[2]
    if keypoints < 2:
        raise ValueError(f"`points_world` must hold two or more keypoints. Received: shape {points.shape}")
    distances = np.linalg.norm(points[:, :, :, None] - points[:, :, None], axis=-1)
    distances[:, :, np.arange(keypoints), np.arange(keypoints)] = np.inf
    return distances.min(-1).mean((1, 2))


def reprojection_error(
    points_world: ArrayLike, uv: ArrayLike, intrinsics: ArrayLike, extrinsics: ArrayLike, width: float, height: float
) -> np.ndarray:
    """Measures how far the points of each view land from the keypoints of every other view, in pixels.

    e = mean over views n ≠ m and keypoints k of |S (π_m(x_nk) - uv_mk)|,   S = diag(width / 2, height / 2)

    Args:
        points_world: `[N, V, K, 3]` float, world units.
        uv: `[N, V, K, 2]` float, normalised image coordinates of the same keypoints.
        intrinsics: `[N, V, 3, 3]` float, camera to normalised image coordinates.
        extrinsics: `[N, V, 4, 4]` float, world to camera, rigid.
        width, height: Size of the images in pixels.

    Returns:
        Pixels, `[N]` float64.

    Raises:
        ValueError: If a shape does not fit, there is a single view, a value is not finite or a size not positive.
    """
    points = as_array("points_world", points_world, None, None, None, 3)
    views = points.shape[1]
    uv = as_array("uv", uv, *points.shape[:3], 2)
    intrinsics = as_array("intrinsics", intrinsics, *points.shape[:2], 3, 3)
    extrinsics = as_array("extrinsics", extrinsics, *points.shape[:2], 4, 4)
    check_several_views("points_world", points)
    if width <= 0 or height <= 0:
        raise ValueError(f"`width` and `height` must be positive. Received: width={width}, height={height}")
    projected, _ = camera.project(points[:, :, None], intrinsics[:, None], extrinsics[:, None])
    pixels = (projected.numpy() - uv[:, None]) * (width / 2, height / 2)
    distances = np.linalg.norm(pixels, axis=-1).mean(-1)
    return distances[:, ~np.eye(views, dtype=bool)].mean(-1)


def silhouette_hit_rate(uv: ArrayLike, alpha: ArrayLike) -> np.ndarray:
    """Measures the share of keypoints that lie on the object.

    Args:
        uv: `[N, V, K, 2]` float, normalised image coordinates.
        alpha: `[N, V, H, W]`, any type; above 0 on the object.

    Returns:
        Share in [0, 1], `[N]` float64. A keypoint hits if the pixel that it falls into has alpha > 0; outside the
        image it misses.

    Raises:
        ValueError: If a shape does not fit or a value is not finite.
    """
    return hits_by_view(uv, alpha).mean(1)


def hits_by_view(uv: ArrayLike, alpha: ArrayLike) -> np.ndarray:
    """Measures the share of each view's keypoints that lie on the object: `[N, V]` float64.

    Args and Raises: see `silhouette_hit_rate`.
    """
    uv = as_array("uv", uv, None, None, None, 2)
    alpha = as_array("alpha", np.asarray(alpha) > 0, *uv.shape[:2], None, None, dtype=bool)
    size = np.array([alpha.shape[3], alpha.shape[2]])
    cell = np.floor((uv + 1) / 2 * size)
    inside = ((cell >= 0) & (cell < size)).all(-1)
    column, row = np.moveaxis(np.clip(cell, 0, size - 1).astype(int), -1, 0)
    example, view = np.ogrid[: len(uv), : uv.shape[1]]
    return (inside & (alpha[example[..., None], view[..., None], row, column])).mean(2)


def orientation_accuracy(uv_axis: ArrayLike, intrinsics: ArrayLike, extrinsics: ArrayLike) -> np.ndarray:
    """Measures the share of views in which it is told correctly whether the object faces left or right.

    Args:
        uv_axis: `[N, V, 2, 2]` float, where the object's +x and then its -x axis point are predicted to project.
        intrinsics: `[N, V, 3, 3]` float, camera to normalised image coordinates.
        extrinsics: `[N, V, 4, 4]` float, world to camera, rigid.

    Returns:
        Share in [0, 1], `[N]` float64. An object faces right if u(+x) > u(-x).

    Raises:
        ValueError: If a shape does not fit or a value is not finite.

    Reference: Suwajanakorn et al. 2018 (orientation network).
    """
    uv_axis = as_array("uv_axis", uv_axis, None, None, 2, 2)
    intrinsics = as_array("intrinsics", intrinsics, *uv_axis.shape[:2], 3, 3)
    extrinsics = as_array("extrinsics", extrinsics, *uv_axis.shape[:2], 4, 4)
    return (_faces_right(uv_axis) == _faces_right(camera.facing(intrinsics, extrinsics).numpy())).mean(1)


def _faces_right(uv_axis: np.ndarray) -> np.ndarray:
    return uv_axis[..., 0, 0] > uv_axis[..., 1, 0]
