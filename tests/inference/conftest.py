import numpy as np
import pytest

from tests import reference
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.inference.tracks import Tracks


@pytest.fixture
def calibration(rng):
    """A wide camera of 120 × 60 and an upright one of 50 × 80."""
    intrinsics, extrinsics = reference.random_cameras(rng, (2,))
    sizes = np.array([[120, 60], [50, 80]])
    return Calibration(("left", "right"), sizes, intrinsics.astype(np.float32), extrinsics.astype(np.float32))


@pytest.fixture
def make_tracks():
    """Makes tracks of so many frames, of two points that two cameras see, which move by a little in each frame."""

    def make(count, first=0):
        times = np.arange(first, first + count)
        points = np.array([[0.1, -0.2, 0.3], [-0.3, 0.2, -0.1]]) + 0.001 * times[:, None, None]
        each = np.stack([points, points + 0.01], 1)
        ones = np.ones((count, 2, 2), np.float32)
        uv = np.float32(0.1 * each[..., :2])
        return Tracks(points, each, uv, 10.0 * uv + 20, 0.5 * ones, 0.5 * ones)

    return make
