"""World points of what cameras saw, against points that are known."""

import dataclasses

import numpy as np
import pytest

from tests import reference
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.cameras.triangulation import triangulate

LENSES = (
    Lens("pinhole", (-0.6, 0.0, 0.01, -0.02)),
    Lens("fisheye", (-0.3, 0.01, 0.0, 0.0)),
    Lens(),
    Lens("pinhole", (0.9, -0.1, 0.001, 0.001, 0.03, 0.1, 0.02, 0.01)),
)


@pytest.fixture
def rig(rng):
    """Four cameras of unlike sizes and lenses, about 5 units from the origin."""
    intrinsics, extrinsics = reference.random_cameras(rng, (4,))
    return Calibration(
        tuple("abcd"), np.array([[640, 480], [500, 800], [300, 200], [999, 999]]), intrinsics, extrinsics, LENSES
    )


@pytest.fixture
def points(rng):
    return rng.uniform(-0.8, 0.8, (60, 3))


def test_points_through_strong_lenses_come_back_exactly(rig, points):
    pixels = rig.project(points)
    assert np.isfinite(pixels).all()
    bent = np.abs(pixels - dataclasses.replace(rig, lenses=()).project(points)).max((1, 2))
    assert (bent[[0, 1, 3]] > 4).all()  # an undistorted triangulation would be far off
    found = triangulate(pixels, rig)
    np.testing.assert_allclose(found.points, points, rtol=0, atol=1e-9)
    assert found.ncams.tolist() == [4] * 60
    assert found.error.max() < 1e-6 and found.deviation.max() < 1e-8


def test_cameras_that_do_not_see_a_point_do_not_count(rig, points):
    pixels = rig.project(points)
    pixels[0, :20] = pixels[1:3, 10:30] = np.nan
    pixels[1, 40, 0] = np.nan  # half a pixel is none
    found = triangulate(pixels, rig)
    assert found.ncams.tolist() == [3] * 10 + [0] * 10 + [2] * 10 + [4] * 10 + [3] + [4] * 19
    lost = np.arange(60) // 10 == 1
    np.testing.assert_allclose(found.points[~lost], points[~lost], rtol=0, atol=1e-8)
    for values in (found.points, found.error, found.deviation):
        assert np.isnan(values[lost]).all()


def test_noise_gives_the_least_reprojection_error_and_its_own_error_estimate(rig, rng):
    points = rng.uniform(-0.8, 0.8, (2000, 3))
    pixels = rig.project(points) + rng.normal(size=(4, 2000, 2)) * 0.5
    found = triangulate(pixels, rig)
    squares = ((rig.project(found.points) - pixels) ** 2).sum((0, 2))
    for axis in np.eye(3):
        for step in (-1e-5, 1e-5):
            assert (((rig.project(found.points + step * axis) - pixels) ** 2).sum((0, 2)) >= squares - 1e-9).all()
    off = np.linalg.norm(found.points - points, axis=1)
    # 2000 points' mean square: its relative deviation is about sqrt(2 / 2000), so 10 % are three of them
    assert np.mean(off**2) == pytest.approx(np.mean(found.deviation**2), rel=0.1)
    assert np.mean((off / found.deviation) ** 2) == pytest.approx(1, rel=0.1)
    np.testing.assert_allclose(found.error, np.sqrt(squares / 4), rtol=1e-9)


def test_a_surveys_coordinates_are_as_exact_as_the_origins(rig, points):
    origin = np.array([512345.678, 5412345.678, 312.5])
    there = rig.extrinsics.copy()
    there[:, :3, 3] -= there[:, :3, :3] @ origin
    far = dataclasses.replace(rig, extrinsics=there)
    found = triangulate(rig.project(points), far)
    np.testing.assert_allclose(found.points - origin, points, rtol=0, atol=1e-8)  # a float64 of 5e6 has steps of 1e-9


def test_rays_that_meet_nowhere_are_unknown(rig, points):
    same = dataclasses.replace(rig, extrinsics=np.repeat(rig.extrinsics[:1], 4, 0))
    assert np.isnan(triangulate(same.project(points), same).points).all()


def test_what_lies_past_a_fold_does_not_count(rig, points):
    pixels = rig.project(points)
    pixels[0] = 1e5
    found = triangulate(pixels, rig)
    np.testing.assert_allclose(found.points, points, rtol=0, atol=1e-8)
    assert (found.ncams == 3).all()


def test_no_points_and_a_wrong_shape(rig):
    assert triangulate(np.zeros((4, 0, 2)), rig).points.shape == (0, 3)
    with pytest.raises(ValueError, match=r"`pixels` must have shape \[4, N, 2\]. Received: pixels.shape=\(3, 5, 2\)"):
        triangulate(np.zeros((3, 5, 2)), rig)
