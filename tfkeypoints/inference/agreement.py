"""How well what each camera sees agrees with the world keypoints: reprojection errors."""

import numpy as np

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.inference.tracks import Tracks

TOLERANCE = 0.02
"""A camera agrees if its own point lies this near to the projected world keypoint, in diagonals of its image."""


def agreement(tracks: Tracks, calibration: Calibration) -> tuple[np.ndarray, np.ndarray]:
    """Measures each keypoint's reprojection error, and counts the cameras that agree with it.

    d_v = |project_v(x) - pixel_v|,   camera v agrees if d_v ≤ TOLERANCE · diagonal_v
    error = mean d_v of the cameras that agree; of all that see the point where none does

    Args:
        tracks: Of T frames.
        calibration: V cameras, with the sizes of their images.

    Returns:
        error `[T, K]` float64 in pixels of the images as recorded, NaN where it is unknown; ncams `[T, K]` int.
    """
    frames, keypoints = tracks.keypoints.shape[:2]
    projected = calibration.project(tracks.keypoints.reshape(-1, 3)).reshape(-1, frames, keypoints, 2)
    distances = np.linalg.norm(projected - np.swapaxes(tracks.pixels, 0, 1), axis=-1)
    diagonals = np.hypot(*calibration.sizes.T)[:, None, None]
    seen = np.isfinite(distances)
    agree = seen & (np.where(seen, distances, np.inf) <= TOLERANCE * diagonals)
    ncams = agree.sum(0)
    counted = np.where(ncams > 0, agree, seen)
    count = counted.sum(0)
    total = np.where(counted, distances, 0.0).sum(0)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0), ncams
