import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests import reference
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.interchange.poses import Layout, Poses

FRAMES, LACKING, UNKNOWN = 7, 4, 2
"""Frames of the recording; where a frame was dropped; the frame whose points are unknown, for a camera lacks it."""
RATE = 25.0


@pytest.fixture
def layout(rng):
    """Three cameras, one of them with images, at 25 frames/s from second 3 on, without the fifth frame."""
    intrinsics, extrinsics = reference.random_cameras(rng, (3,))
    intrinsics[:, 0, 1] = 0  # no skew, which not every format holds
    lenses = (Lens("pinhole", (-0.1, 0.02, 0.001, -0.002)), Lens(), Lens("pinhole", (0.05, 0, 0, 0, 0.01)))
    sizes = np.array([[640, 480], [500, 800], [300, 200]])
    numbers = np.delete(np.arange(FRAMES + 1), LACKING)
    pairs = np.tile(np.arange(FRAMES)[:, None], (1, 3))
    pairs[UNKNOWN, 1] = -1
    images = tuple(Path(f"top/img{number:03d}.png") for number in range(FRAMES))
    return Layout(
        frames=tuple((10 + numbers).tolist()),
        times=3 + numbers / RATE,
        unit="mm",
        calibration=Calibration(("left", "right", "top"), sizes, intrinsics, extrinsics, lenses),
        sources=((Path("left.mp4"),), (Path("right.mp4"),), images),
        source_frames=pairs,
    )


@pytest.fixture
def poses(layout, rng):
    """Four named points, of which nothing is as sorted or as round as a writer could take for granted."""
    names = ("nose", "left_ear", "tail base", "Paw")
    points = rng.normal(size=(FRAMES, 4, 3))
    pixels = np.swapaxes(layout.calibration.project(points.reshape(-1, 3)).reshape(3, FRAMES, 4, 2), 0, 1)
    pixels = pixels + rng.normal(size=pixels.shape)
    confidence = rng.uniform(size=(FRAMES, 3, 4))
    points[UNKNOWN] = pixels[UNKNOWN, 1] = confidence[UNKNOWN, 1] = np.nan
    error = rng.uniform(1, 2, (FRAMES, 4))
    error[UNKNOWN] = np.nan
    ncams = rng.integers(1, 4, (FRAMES, 4))
    ncams[UNKNOWN] = 0
    return Poses(layout, names, points, error, ncams, np.nanmean(confidence, 1), pixels, confidence)


@pytest.fixture
def far(poses):
    """The same in a survey's coordinates, of which 32 bits keep half a metre."""
    return dataclasses.replace(poses, points=poses.points + [512345.678, 5412345.678, 312.5])
