"""Cameras in NumPy: where they stand, what they look at, how wide they see. For what must not import TensorFlow.

World +z points up. `tfkeypoints.geometry.camera` has the conventions, and `look_at` and `intrinsics_from_fov` in
TensorFlow, which agree with these and have gradients.
"""

import numpy as np
from numpy.typing import ArrayLike

PARALLEL = 1e-6
"""Sine of the angle between view and vertical below which the camera counts as looking straight up or down."""


def perspective(field_of_view: float, aspect: float = 1.0) -> np.ndarray:
    """Makes the intrinsics of a centred pinhole camera.

    Args:
        field_of_view: Vertical, radians, in (0, π).
        aspect: Width / height of the image.

    Returns:
        `[3, 3]` float64, camera to normalised image coordinates.

    Raises:
        ValueError: If the field of view lies outside (0, π).

    Example:
        >>> perspective(np.deg2rad(90.0), aspect=2.0).round(6).tolist()
        [[0.5, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if not 0 < field_of_view < np.pi:
        raise ValueError(f"`field_of_view` must lie between 0 and π radians. Received: field_of_view={field_of_view}")
    focal = 1 / np.tan(field_of_view / 2)
    return np.diag([focal / aspect, focal, 1.0])


def look_at(eye: ArrayLike, target: ArrayLike, roll: float = 0.0) -> np.ndarray:
    """Makes the extrinsics of a camera that looks at a point, with world +z up in the image.

    z = (target - eye)/|…|,   x = z × (0, 0, 1)/|…|,   y = z × x,   R = roll about z · [x; y; z],   t = -R eye

    Straight above or below the target, where +z has no direction in the image, world +x points up instead.

    Args:
        eye, target: `[3]` world points.
        roll: Angle in radians by which the image's axes turn about its centre.

    Returns:
        `[4, 4]` float64, world to camera; x right, y down, z forward.

    Raises:
        ValueError: If eye and target coincide.

    Example:
        >>> look_at([3.0, 0.0, 0.0], [0.0, 0.0, 0.0])[2].tolist()
        [-1.0, 0.0, 0.0, 3.0]
    """
    eye, target = np.asarray(eye, np.float64), np.asarray(target, np.float64)
    distance = np.linalg.norm(target - eye)
    if not distance > 0:
        raise ValueError(f"`eye` and `target` must differ. Received: eye={eye}, target={target}")
    forward = (target - eye) / distance
    right = np.cross(forward, [0.0, 0.0, 1.0])
    if np.linalg.norm(right) < PARALLEL:
        right = np.cross(forward, [1.0, 0.0, 0.0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    cosine, sine = np.cos(roll), np.sin(roll)
    rotation = np.stack([cosine * right + sine * down, cosine * down - sine * right, forward])
    extrinsics = np.eye(4)
    extrinsics[:3, :3] = rotation
    extrinsics[:3, 3] = -rotation @ eye
    return extrinsics


def on_circle(azimuths: ArrayLike, radius: ArrayLike, height: ArrayLike) -> np.ndarray:
    """Places points on a horizontal circle about the z axis.

    p = (radius cos azimuth, radius sin azimuth, height)

    Args:
        azimuths: `[V]`, about +z, from +x, radians.
        radius: Of the circle, world units; a number, or `[V]` for a circle each.
        height: Of its plane, world units; a number or `[V]`.

    Returns:
        `[V, 3]` float64 world points.

    Example:
        >>> on_circle(even_azimuths(4), radius=2.0, height=1.0).round(6)[1].tolist()
        [0.0, 2.0, 1.0]
    """
    azimuths, radius, height = np.broadcast_arrays(azimuths, radius, height)
    return np.stack([radius * np.cos(azimuths), radius * np.sin(azimuths), height], axis=1)


def even_azimuths(count: int) -> np.ndarray:
    """Returns `count` azimuths at equal steps around a circle, radians, the first one 0."""
    return 2 * np.pi * np.arange(count) / count


def cameras_at(
    eyes: np.ndarray, targets: ArrayLike, field_of_view: float, aspect: float = 1.0, rolls: ArrayLike = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Makes cameras of one field of view that look at points.

    Args:
        eyes: `[V, 3]` world points.
        targets: `[V, 3]` world points, or `[3]`, one for all.
        field_of_view, aspect: As for `perspective`.
        rolls: As for `look_at`; a number or `[V]`.

    Returns:
        intrinsics `[V, 3, 3]` and extrinsics `[V, 4, 4]`, float32, world to camera.

    Example:
        >>> cameras_at(on_circle(even_azimuths(3), radius=2.0, height=1.0), np.zeros(3), np.deg2rad(50.0))[1].shape
        (3, 4, 4)
    """
    targets, rolls = np.broadcast_to(targets, np.shape(eyes)), np.broadcast_to(rolls, len(eyes))
    extrinsics = np.stack([look_at(*each) for each in zip(eyes, targets, rolls, strict=True)])
    intrinsics = np.tile(perspective(field_of_view, aspect), (len(eyes), 1, 1))
    return intrinsics.astype(np.float32), extrinsics.astype(np.float32)
