"""Cameras about an object: where the views are taken from. NumPy only, so that rendering workers stay light."""

import numpy as np

FIELD_OF_VIEW = np.deg2rad(5.0)
ELEVATION = np.deg2rad(25.0)


def sample_cameras(
    rng,
    num_views=2,
    distance=30.0,
    field_of_view=FIELD_OF_VIEW,
    shift=0.1,
    roll=0.0,
    max_elevation=np.pi / 2,
    aspect=1.0,
):
    """Draws cameras uniformly over the upper hemisphere, each looking at a point near the world's origin.

    Args:
        rng: `numpy.random.Generator`; the only source of chance.
        num_views: Number of cameras, V.
        distance: From the camera to the point it looks at, in world units.
        field_of_view: Vertical, radians.
        shift: The point looked at is uniform in the cube [-shift, shift]³, in world units.
        roll: The camera turns about its axis by an angle uniform in [-roll, roll], radians.
        max_elevation: Highest elevation above the ground plane, radians.
        aspect: Width / height.

    Returns:
        intrinsics `[V, 3, 3]` and extrinsics `[V, 4, 4]`, float32; camera axes are x right, y down, z forward.

    Reference: Suwajanakorn et al. 2018, section 6 (views from the upper hemisphere, distance 30, field of view 5°).
    """
    if num_views < 1:
        raise ValueError(f"`num_views` must be at least 1. Received: num_views={num_views}")
    if not 0 <= max_elevation <= np.pi / 2:
        raise ValueError(f"`max_elevation` must lie in [0, pi/2]. Received: max_elevation={max_elevation}")
    azimuth = rng.uniform(0, 2 * np.pi, num_views)
    height = rng.uniform(0, np.sin(max_elevation), num_views)  # uniform on a sphere: equal heights have equal areas
    targets = rng.uniform(-shift, shift, (num_views, 3))
    rolls = rng.uniform(-roll, roll, num_views)
    radius = np.sqrt(1 - height**2)
    offsets = distance * np.stack([radius * np.cos(azimuth), radius * np.sin(azimuth), height], axis=1)
    extrinsics = [
        look_at(target + offset, target, turn) for offset, target, turn in zip(offsets, targets, rolls, strict=True)
    ]
    intrinsics = np.tile(perspective(field_of_view, aspect), (num_views, 1, 1))
    return intrinsics.astype(np.float32), np.stack(extrinsics).astype(np.float32)


def orbit_cameras(num_views, elevation=ELEVATION, distance=30.0, field_of_view=FIELD_OF_VIEW, aspect=1.0):
    """Places cameras at equal steps of azimuth on a circle about the origin, the first one in front (+x).

    Returns:
        intrinsics `[V, 3, 3]` and extrinsics `[V, 4, 4]`, float32.
    """
    azimuth = 2 * np.pi * np.arange(num_views) / num_views
    level = np.cos(elevation)
    eyes = np.stack([level * np.cos(azimuth), level * np.sin(azimuth), np.full(num_views, np.sin(elevation))], axis=1)
    extrinsics = np.stack([look_at(distance * eye, np.zeros(3)) for eye in eyes])
    intrinsics = np.tile(perspective(field_of_view, aspect), (num_views, 1, 1))
    return intrinsics.astype(np.float32), extrinsics.astype(np.float32)


def perspective(field_of_view, aspect=1.0):
    """Returns `[3, 3]` intrinsics of a centred pinhole; `field_of_view` is vertical, in radians."""
    focal = 1 / np.tan(field_of_view / 2)
    return np.diag([focal / aspect, focal, 1.0])


def look_at(eye, target, roll=0.0):
    """Returns `[4, 4]` extrinsics of a camera at `eye` that looks at `target` with world +z up in the image.

    Straight above or below the target, where +z has no direction in the image, world +x points up instead.
    """
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    if np.linalg.norm(right) < 1e-6:
        right = np.cross(forward, [1.0, 0.0, 0.0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    cosine, sine = np.cos(roll), np.sin(roll)
    rotation = np.stack([cosine * right + sine * down, cosine * down - sine * right, forward])
    extrinsics = np.eye(4)
    extrinsics[:3, :3] = rotation
    extrinsics[:3, 3] = -rotation @ eye
    return extrinsics
