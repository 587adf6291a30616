"""Cameras whose file does not say the size of their images."""

import dataclasses

import numpy as np
import pytest

from tests.cameras.files import rig
from tests.cameras.formats import by_hand
from tfkeypoints.cameras import checks
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats import native
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.cameras.values import joined

CAMERAS = [
    Camera(
        name=name,
        size=size if name == "middle" else None,
        matrix=matrix,
        lens=Lens("pinhole", tuple(lens)),
        extrinsics=joined(turned, shift),
    )
    for name, size, matrix, lens, turned, shift in zip(
        rig.NAMES, rig.SIZES, rig.MATRICES, rig.PINHOLE, rig.ROTATIONS, rig.TRANSLATIONS, strict=True
    )
]


@pytest.fixture
def calibration():
    return Calibration.from_cameras(CAMERAS)


def test_pixels_do_not_depend_on_the_size(calibration):
    checks.check_cameras("rig", CAMERAS)
    np.testing.assert_array_equal(calibration.sizes, [(0, 0), rig.SIZES[1], (0, 0)])
    np.testing.assert_allclose(calibration.matrices, rig.MATRICES, rtol=1e-12)
    pixels = calibration.project(rig.POINTS)
    np.testing.assert_allclose(pixels, by_hand.rig_pixels(), atol=1e-6)
    np.testing.assert_allclose(calibration.to_recorded(calibration.to_ideal(pixels)), pixels, atol=1e-6)


def test_a_recording_tells_the_sizes_that_are_missing_and_no_other(calibration):
    known = Calibration.from_cameras([dataclasses.replace(c, size=s) for c, s in zip(CAMERAS, rig.SIZES, strict=True)])
    found = calibration.with_sizes([rig.SIZES[0], (8, 8), rig.SIZES[2]])
    np.testing.assert_array_equal(found.sizes, rig.SIZES)
    np.testing.assert_allclose(found.intrinsics, known.intrinsics, rtol=1e-12)
    np.testing.assert_allclose(found.project(rig.POINTS), by_hand.rig_pixels(), atol=1e-6)


def test_it_is_told(calibration):
    said = checks.alarms(calibration)
    assert [sentence for sentence in said if "does not say the size" in sentence] == [
        f"camera `{name}`: its file does not say the size of its images" for name in ("left", "right")
    ]


def test_our_own_file_cannot_be_written_without_it(tmp_path, calibration):
    with pytest.raises(ValueError, match="camera `left` should have the size of its images"):
        native.write(tmp_path / "cameras.json", calibration)
    assert not list(tmp_path.iterdir())
