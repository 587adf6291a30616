"""Images as recorded to ideal ones: what stands where, what is black, and what is left alone."""

import numpy as np
import pytest

from tfkeypoints.cameras import undistortion
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.lens import Lens

LENSES = (Lens("pinhole", (-0.35, 0.1, 0.004, -0.003, 0.02)), Lens("fisheye", (-0.04, 0.01, -0.003, 0.0005)))
SIZES = np.array([[90, 60], [64, 101]])


@pytest.fixture
def calibration():
    intrinsics = np.array([[[1.9, 0.02, 0.05], [0, 2.6, -0.1], [0, 0, 1]], [[2.4, 0, -0.1], [0, 1.5, 0.2], [0, 0, 1]]])
    return Calibration(("a", "b"), SIZES, intrinsics, np.stack([np.eye(4)] * 2), LENSES)


def grid(size):
    width, height = size
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(float)


def pattern(uv):
    """A smooth picture, defined by where in the ideal image one looks: two channels in [20, 220]."""
    u, v = np.nan_to_num(uv[..., 0]), np.nan_to_num(uv[..., 1])
    return 120 + 100 * np.stack([np.sin(2 * u + v), np.cos(u - 2.5 * v)], -1)


def test_the_ideal_image_shows_what_a_pinhole_camera_would_have_seen(calibration):
    pixels = [grid(size) for size in SIZES]
    recorded = []
    for view, each in enumerate(pixels):
        both = np.broadcast_to(each, (2, *each.shape))
        recorded.append(pattern(calibration.to_ideal(both)[view]))
    ideal = calibration.undistort([np.uint8(np.rint(image)) for image in recorded])
    for view, (each, image) in enumerate(zip(pixels, ideal, strict=True)):
        uv = (2 * each + 1) / SIZES[view] - 1
        expected = pattern(uv)
        places = calibration.to_recorded(np.broadcast_to(uv, (2, *uv.shape)))[view]
        within = ((places >= 0) & (places <= SIZES[view] - 1)).all(-1)
        assert within.mean() > 0.7
        # Rounding twice, 1, and a parabola between pixels: step² / 8 × second derivative, in both directions.
        curvature = 100 * 2.5**2 * (2 / SIZES[view].min()) ** 2 * 2 / 8
        assert np.abs(image[within] - expected[within]).max() < 1 + 1.5 * curvature
        outside = ~((places >= -0.5) & (places <= SIZES[view] - 0.5)).all(-1)
        assert not image[outside].any()


def test_images_of_an_ideal_lens_are_left_alone(calibration, rng):
    ideal = Calibration(calibration.names, SIZES, calibration.intrinsics, calibration.extrinsics)
    images = [rng.integers(0, 256, (height, width, 3), np.uint8) for width, height in SIZES]
    for found, image in zip(ideal.undistort(images), images, strict=True):
        np.testing.assert_array_equal(found, image)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_a_plain_image_stays_plain_up_to_its_border(calibration, dtype):
    value = np.array(251.0 if dtype == "uint8" else 60001.0).astype(dtype)
    ideal = calibration.undistort([np.full((height, width), value, dtype) for width, height in SIZES])
    for view, image in enumerate(ideal):
        assert image.dtype == dtype
        shown = image > 0
        assert shown.mean() > 0.7
        np.testing.assert_allclose(image[shown], value, rtol=0 if "int" in dtype else 1e-6)
        uv = (2 * grid(SIZES[view]) + 1) / SIZES[view] - 1
        places = calibration.to_recorded(np.broadcast_to(uv, (2, *uv.shape)))[view]
        np.testing.assert_array_equal(shown, ((places >= -0.5) & (places <= SIZES[view] - 0.5)).all(-1))


def test_a_lens_so_weak_that_it_moves_nothing_changes_no_pixel(rng):
    weak = Lens("pinhole", (1e-12, 0, 0, 0))
    calibration = Calibration(("a",), SIZES[:1], np.diag([2.0, 3.0, 1.0])[None], np.eye(4)[None], (weak,))
    image = rng.integers(0, 256, (60, 90, 3), np.uint8)
    np.testing.assert_array_equal(calibration.undistort([image])[0], image)


def test_an_image_of_another_size_and_a_missing_one_are_named(calibration):
    images = [np.zeros((60, 90)), np.zeros((64, 101))]
    with pytest.raises(ValueError, match=r"camera `b` should have shape \[101, 64, ...\].*\(64, 101\)"):
        calibration.undistort(images)
    with pytest.raises(ValueError, match=r"one a camera.*1"):
        calibration.undistort(images[:1])


def test_each_camera_of_a_large_rig_finds_its_weights_once(monkeypatch, rng):
    count = 40
    lenses = tuple(Lens("pinhole", (-0.3 + 0.01 * number, 0.1, 0, 0)) for number in range(count))
    pinholes = np.tile(np.diag([2.0, 3.0, 1.0]), (count, 1, 1))
    names = tuple(map(str, range(count)))
    calibration = Calibration(names, np.tile([[9, 6]], (count, 1)), pinholes, np.tile(np.eye(4), (count, 1, 1)), lenses)
    used, distort = [], Lens.distort
    monkeypatch.setattr(Lens, "distort", lambda lens, xy: used.append(lens) or distort(lens, xy))
    images = rng.integers(0, 256, (count, 6, 9, 3), np.uint8)
    first = calibration.undistort(images)
    np.testing.assert_array_equal(calibration.undistort(images), first)
    assert used == list(lenses)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (50, 41)])
def test_weights_do_not_depend_on_the_blocks_in_which_they_are_found(monkeypatch, rng, size):
    images = [rng.normal(size=(size[1], size[0], 2))]
    calibrations = [
        Calibration(("a",), np.array([size]), np.diag([2.0, 3.0, 1.0])[None], np.eye(4)[None], LENSES[:1])
        for _ in range(2)
    ]
    whole = calibrations[0].undistort(images)[0]
    monkeypatch.setattr(undistortion, "BLOCK", 13)
    np.testing.assert_array_equal(calibrations[1].undistort(images)[0], whole)
    assert np.isfinite(whole).all() and whole.any()
