"""Cameras that stand or sway around the table, all looking at its middle. NumPy only."""

import numpy as np

from tfkeypoints.geometry.poses import cameras_at, even_azimuths, on_circle
from tfkeypoints.rendering.scenes.paths import wander

TARGET = np.array([0.0, 0.0, 0.22])
DISTANCE, ELEVATION, FIELD_OF_VIEW = 1.65, np.deg2rad(35.0), np.deg2rad(45.0)
SWAY = np.array([0.35, 0.15, 0.15])  # azimuth and elevation in radians, distance in metres


def standing_cameras(num_views: int) -> tuple[np.ndarray, np.ndarray]:
    """Places V cameras on a circle around the table, the first one opposite the arm.

    Returns:
        intrinsics `[V, 3, 3]` and extrinsics `[V, 4, 4]`, float32.
    """
    return _cameras(np.zeros((num_views, 3)))


def swaying_cameras(rng: np.random.Generator, num_views: int, num_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Lets each camera wander smoothly, by itself, about the place where it would stand.

    Returns:
        intrinsics `[T, V, 3, 3]` and extrinsics `[T, V, 4, 4]`, float32.
    """
    sway = wander(rng, np.linspace(0, 1, num_frames), 3 * num_views).reshape(num_frames, num_views, 3) * SWAY
    intrinsics, extrinsics = zip(*map(_cameras, sway), strict=True)
    return np.stack(intrinsics), np.stack(extrinsics)


def _cameras(sway: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns cameras that are moved by `sway` `[V, 3]` (azimuth, elevation, distance) from where they stand."""
    azimuths, elevations = even_azimuths(len(sway)) + sway[:, 0], ELEVATION + sway[:, 1]
    distances = DISTANCE + sway[:, 2:]
    eyes = TARGET + distances * on_circle(azimuths, np.cos(elevations), np.sin(elevations))
    return cameras_at(eyes, TARGET, FIELD_OF_VIEW)
