"""Cameras about an object: where the views are taken from. NumPy only, so that rendering workers stay light."""

import numpy as np

from tfkeypoints.geometry.poses import cameras_at, even_azimuths, on_circle

FIELD_OF_VIEW = np.deg2rad(5.0)
ELEVATION = np.deg2rad(25.0)


def sample_cameras(
    rng: np.random.Generator,
    num_views: int = 2,
    distance: float = 30.0,
    field_of_view: float = FIELD_OF_VIEW,
    shift: float = 0.1,
    roll: float = 0.0,
    max_elevation: float = np.pi / 2,
    aspect: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
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
    offsets = distance * on_circle(azimuth, np.sqrt(1 - height**2), height)
    return cameras_at(targets + offsets, targets, field_of_view, aspect, rolls)


def orbit_cameras(
    num_views: int,
    elevation: float = ELEVATION,
    distance: float = 30.0,
    field_of_view: float = FIELD_OF_VIEW,
    aspect: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Places cameras at equal steps of azimuth on a circle about the origin, the first one in front (+x).

    Returns:
        intrinsics `[V, 3, 3]` and extrinsics `[V, 4, 4]`, float32.
    """
    eyes = distance * on_circle(even_azimuths(num_views), np.cos(elevation), np.sin(elevation))
    return cameras_at(eyes, np.zeros(3), field_of_view, aspect)
