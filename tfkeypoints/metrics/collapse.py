"""Alarms: signs that keypoints have collapsed or that cameras are wrong, each with a sentence on what to change."""

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.geometry import camera
from tfkeypoints.metrics._arrays import as_array
from tfkeypoints.metrics.consistency import view_disagreement

ONE_PLACE = 0.02
"""Root mean square distance of keypoints from their centre, as a share of the scene's distance."""

ONE_POINT = 0.9
"""Share of a view's attention on its strongest keypoint."""

OFF_SCENE = 0.25
"""Share of the keypoints that two cameras (or the only one) do not see together."""

MARGIN = 1.1
"""A keypoint counts as seen up to here; the image ends at 1."""

STILL_UV = 0.02
"""Root mean square motion in the image below which a keypoint stands still: a hundredth of the image's width."""

CHANGE = 2e-5
"""Variance of pixels over the frames, in squared brightness of [0, 1], from which images change."""

EXPLAINED = 0.05
"""Share of the images' change that a reconstruction should at least explain."""

DISAGREEMENT = 0.05
"""Mean distance of the views' points from their mean, as a share of the scene's distance."""

SAME_PLACE = 0.01
"""Distance between two cameras, as a share of the scene's distance."""

PARALLEL = 1e-3
"""Optical axes with less spread of direction than this (least eigenvalue) may meet anywhere."""

COLLAPSE = {
    "one_place": "All keypoints lie in one place. Raise the weight of separation, or lower that of multi-view "
    "consistency and ramp it up over the training.",
    "one_point": "Nearly all attention is on one keypoint. Lower the scale of the logits or the learning rate.",
    "off_scene": "Many keypoints lie where fewer than two cameras look. Check that extrinsics take world to camera "
    "with OpenCV's axes (z forward), and that mean_depth is the distance of the scene in the world unit.",
    "still": "The images change and no keypoint moves. Lower the weight of multi-view consistency and ramp it up over "
    "the training, or weigh the pixels that change more.",
    "mean_image": "The reconstruction is no better than each camera's mean image. Train longer, or raise the weight of "
    "reconstruction against the other terms.",
    "views": "The cameras put the same keypoint far apart. Train longer or raise the weight of multi-view consistency; "
    "if that does not help, check that images and cameras are in the same order and that the calibration is right.",
}


def alarms(
    keypoints: ArrayLike,
    points_world: ArrayLike,
    uv: ArrayLike,
    attention: ArrayLike,
    intrinsics: ArrayLike,
    extrinsics: ArrayLike,
    reconstruction_error: ArrayLike | None = None,
    image_variance: ArrayLike | None = None,
) -> list[str]:
    """Looks for collapsed keypoints and for suspicious cameras in the answers of `Keypoint3D` to many frames.

    Args:
        keypoints: `[N, K, 3]` float, world units.
        points_world: `[N, V, K, 3]` float, world units.
        uv: `[N, V, K, 2]` float, normalised image coordinates.
        attention: `[N, V, K]` float, shares that sum to 1 over K.
        intrinsics: `[N, V, 3, 3]` float, camera to normalised image coordinates.
        extrinsics: `[N, V, 4, 4]` float, world to camera, rigid.
        reconstruction_error: `[V]` float, mean squared error of each view's reconstructions in [0, 1], or None.
        image_variance: `[V]` float, mean squared difference of each view's images from their mean image, or None.

    Returns:
        A sentence for each alarm, the same one whenever it is raised; an empty list if all is well.

    Raises:
        ValueError: If a shape does not fit or a value is not finite.
    """
    points = as_array("points_world", points_world, None, None, None, 3)
    count, views, num_keypoints = points.shape[:3]
    keypoints = as_array("keypoints", keypoints, count, num_keypoints, 3)
    uv = as_array("uv", uv, *points.shape[:3], 2)
    attention = as_array("attention", attention, *points.shape[:3])
    intrinsics = as_array("intrinsics", intrinsics, count, views, 3, 3)
    extrinsics = as_array("extrinsics", extrinsics, count, views, 4, 4)
    distance = np.median(np.linalg.norm(points - _places(extrinsics)[:, :, None], axis=-1))
    raised = {}
    if num_keypoints > 1:
        raised["one_place"] = _rms(keypoints - keypoints.mean(1, keepdims=True), (0, 1)) < ONE_PLACE * distance
        raised["one_point"] = attention.max(-1).mean() > ONE_POINT
    raised["off_scene"] = 1 - _seen(keypoints, intrinsics, extrinsics).mean() > OFF_SCENE
    found = []
    if image_variance is not None:
        variance = as_array("image_variance", image_variance, views)
        changes = variance.max() > CHANGE
        raised["still"] = changes and _rms(uv - uv.mean(0), 0).max() < STILL_UV
        found = _missing_views(variance) if changes else []
        if reconstruction_error is not None:
            error = as_array("reconstruction_error", reconstruction_error, views)
            raised["mean_image"] = changes and error.mean() > (1 - EXPLAINED) * variance.mean()
    raised["views"] = view_disagreement(points).mean() > DISAGREEMENT * distance
    return (
        [COLLAPSE[name] for name in COLLAPSE if raised.get(name)]
        + found
        + camera_alarms(intrinsics, extrinsics, distance)
    )


def camera_alarms(intrinsics: ArrayLike, extrinsics: ArrayLike, distance: float) -> list[str]:
    """Looks for cameras that stand at one place, or that do not look at a common one.

    Args:
        intrinsics: `[N, V, 3, 3]` float, camera to normalised image coordinates.
        extrinsics: `[N, V, 4, 4]` float, world to camera, rigid.
        distance: About how far the scene is from the cameras, world units.

    Returns:
        A sentence for each alarm; an empty list if all is well or there is a single camera.

    Raises:
        ValueError: If a shape does not fit or a value is not finite.
    """
    intrinsics = as_array("intrinsics", intrinsics, None, None, 3, 3)
    extrinsics = as_array("extrinsics", extrinsics, *intrinsics.shape[:2], 4, 4)
    places = _places(extrinsics)
    found = []
    for first, second in zip(*np.triu_indices(places.shape[1], 1), strict=True):
        if np.linalg.norm(places[:, first] - places[:, second], axis=-1).mean() < SAME_PLACE * distance:
            found.append(
                f"Cameras {first} and {second} stand at one place, so that together they tell no depth. Check that "
                "extrinsics take world to camera (not camera to world), or leave one out."
            )
    if places.shape[1] > 1 and not found and _look_apart(intrinsics, extrinsics).mean() > 0.5:
        found.append(
            "The cameras do not look at a common place. Check that extrinsics take world to camera (not camera to "
            "world) with OpenCV's axes: x right, y down, z forward."
        )
    return found


def _missing_views(variance: np.ndarray) -> list[str]:
    return [
        f"Camera {view} shows the same image all the time while others change. Check that its view is not missing."
        for view in np.flatnonzero(variance <= CHANGE / 10)
    ]


def _places(extrinsics: np.ndarray) -> np.ndarray:
    """Where the cameras stand in the world: `[..., 4, 4]` to `[..., 3]`."""
    return -np.squeeze(np.swapaxes(extrinsics[..., :3, :3], -1, -2) @ extrinsics[..., :3, 3:], -1)


def _seen(keypoints: np.ndarray, intrinsics: np.ndarray, extrinsics: np.ndarray) -> np.ndarray:
    """Whether two cameras, or the only one, see a keypoint: `[N, K]`."""
    uv, depth = (each.numpy() for each in camera.project(keypoints[:, None], intrinsics, extrinsics))
    inside = (np.abs(uv) <= MARGIN).all(-1) & (depth[..., 0] > 0)
    return inside.sum(1) >= min(2, inside.shape[1])


def _look_apart(intrinsics: np.ndarray, extrinsics: np.ndarray) -> np.ndarray:
    """Whether the place nearest to all optical axes is out of some camera's sight: `[N]`."""
    rotations, places = extrinsics[..., :3, :3], _places(extrinsics)
    axes = np.swapaxes(rotations, -1, -2) @ np.linalg.inv(intrinsics)[..., 2:]
    axes /= np.linalg.norm(axes, axis=-2, keepdims=True)
    across = np.eye(3) - axes @ np.swapaxes(axes, -1, -2)
    normal = across.mean(1)
    meets = np.linalg.eigvalsh(normal)[..., 0] > PARALLEL
    nearest = np.linalg.pinv(normal) @ (across @ places[..., None]).mean(1)
    uv, depth = (each.numpy() for each in camera.project(nearest[:, None, None, :, 0], intrinsics, extrinsics))
    sees = (np.abs(uv) <= 1).all(-1) & (depth[..., 0] > 0)
    return meets & ~sees.all((1, 2))


def _rms(vectors: np.ndarray, axes: int | tuple[int, ...]) -> np.ndarray:
    return np.sqrt(np.sum(vectors**2, -1).mean(axes))
