"""A rig's projection in pixels as recorded, against one point at a time and exact arithmetic."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from tests import reference
from tests.cameras.test_lens import FISHEYE, STRONG, pinhole_by_hand
from tfkeypoints.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.lens import Lens

MATRIX = np.array([[812.5, 1.25, 655.25], [0, 790.25, 341.5], [0, 0, 1]])
LENSES = (Lens(), Lens("pinhole", STRONG["tilted"]), Lens("fisheye", FISHEYE))


@pytest.fixture
def rig(rng):
    _, extrinsics = reference.random_cameras(rng, (3,))
    cameras = [
        Camera(name, (1280 - 7 * i, 720 + 5 * i), MATRIX + [[i, 0, -i], [0, -i, i], [0, 0, 0]], lens, extrinsics[i])
        for i, (name, lens) in enumerate(zip("abc", LENSES, strict=True))
    ]
    return Calibration.from_cameras(cameras)


def by_hand(rig, view, point):
    """One world point in one camera's pixels."""
    x, y, z = rig.extrinsics[view, :3, :3] @ point + rig.extrinsics[view, :3, 3]
    lens = rig.lenses[view]
    if lens.kind == "fisheye":
        angle, across = np.arctan2(np.hypot(x, y), z), np.hypot(x, y)
        k1, k2, k3, k4 = lens.coefficients
        radius = angle * (1 + k1 * angle**2 + k2 * angle**4 + k3 * angle**6 + k4 * angle**8)
        u, v = radius * x / across, radius * y / across
    else:
        u, v = pinhole_by_hand(x / z, y / z, lens.coefficients)
    fx, skew, cx = MATRIX[0] + [view, 0, -view]
    fy, cy = MATRIX[1, 1:] + [-view, view]
    return np.array([fx * u + skew * v + cx, fy * v + cy])


def test_projection_is_that_of_one_point_at_a_time(rig, rng):
    points = rng.uniform(-1, 1, (7, 3))
    found = rig.project(points)
    assert found.dtype == np.float64
    for view, k in np.ndindex(3, 7):
        np.testing.assert_allclose(found[view, k], by_hand(rig, view, points[k]), rtol=0, atol=1e-9)


def test_points_behind_a_camera_and_past_its_lens_fold_have_no_pixel(rig):
    eyes = -np.einsum("vji,vj->vi", rig.extrinsics[:, :3, :3], rig.extrinsics[:, :3, 3])
    forward, right = rig.extrinsics[:, 2, :3], rig.extrinsics[:, 0, :3]
    for angle, seen in ((0.3, [1, 1, 1]), (1.2, [1, 0, 1]), (1.7, [0, 0, 1]), (2.9, [0, 0, 1])):
        points = eyes + np.cos(angle) * forward + np.sin(angle) * right
        found = np.isfinite(rig.project(points)).all(-1)
        np.testing.assert_array_equal(np.diagonal(found), np.array(seen, bool))
    assert np.isnan(rig.project([[np.nan, 0, 0]])).all()
    assert rig.project(np.zeros((0, 3))).shape == (3, 0, 2)


def test_recorded_and_ideal_places_are_each_others_inverse_up_to_the_corners(rig):
    recorded = np.stack(
        [
            np.stack(np.meshgrid(np.linspace(-0.5, w - 0.5, 21), np.linspace(-0.5, h - 0.5, 15)), -1)
            for w, h in rig.sizes
        ]
    )
    uv = rig.to_ideal(recorded)
    seen = np.isfinite(uv).all(-1)
    assert seen[[0, 2]].all()
    assert seen[1].mean() > 0.6
    np.testing.assert_allclose(rig.to_recorded(uv)[seen], recorded[seen], rtol=0, atol=1e-8)
    np.testing.assert_allclose(rig.to_ideal(rig.to_recorded(uv))[seen], uv[seen], rtol=0, atol=1e-9)
    np.testing.assert_allclose(uv[0], (2 * recorded[0] + 1) / rig.sizes[0] - 1, rtol=0, atol=1e-12)


def test_the_ideal_place_of_a_projected_point_is_that_of_a_pinhole_camera(rig, rng):
    points = rng.uniform(-1, 1, (9, 3))
    uv = rig.to_ideal(rig.project(points))
    for view, k in np.ndindex(3, 9):
        expected, _ = reference.project(points[k], rig.intrinsics[view], rig.extrinsics[view])
        np.testing.assert_allclose(uv[view, k], expected, rtol=0, atol=1e-10)


def moved(rig, origin):
    """The same rig in a world whose origin lies elsewhere; translations are exact sums, rounded once."""
    extrinsics = rig.extrinsics.copy()
    for view, row in np.ndindex(3, 3):
        terms = [Fraction(r) * Fraction(o) for r, o in zip(rig.extrinsics[view, row, :3], origin, strict=True)]
        extrinsics[view, row, 3] = float(Fraction(rig.extrinsics[view, row, 3]) - sum(terms))
    return dataclasses.replace(rig, extrinsics=extrinsics)


def test_a_rig_in_a_surveys_coordinates_is_as_exact_as_one_at_the_origin(rig, rng):
    origin = np.array([512345.0, 5412345.0, 312.0])
    points = np.round(rng.uniform(-1, 1, (9, 3)), 3)
    far = moved(rig, origin)
    there = points + origin
    found, local = far.project(there), there - origin
    # What a double holds of a coordinate of 5.4e6 is 5e-10; of the rig's own numbers that is all that may be lost.
    np.testing.assert_allclose(found, rig.project(local), rtol=0, atol=2e-9 * MATRIX[0, 0])
    for view, k in np.ndindex(3, 9):
        exact = [
            float(sum(Fraction(r) * Fraction(x) for r, x in zip(row[:3], there[k], strict=True)) + Fraction(row[3]))
            for row in far.extrinsics[view, :3]
        ]
        at_origin = dataclasses.replace(far, extrinsics=np.stack([np.eye(4)] * 3))
        np.testing.assert_allclose(found[view, k], at_origin.project([exact])[view, 0], rtol=0, atol=1e-9)


def test_a_rig_about_its_own_centre_sees_the_same(rig, rng):
    points = rng.uniform(-1, 1, (9, 3))
    for each, shift in ((rig, 0), (moved(rig, [512345.0, 5412345.0, 312.0]), [512345.0, 5412345.0, 312.0])):
        local, offset = each.recentred()
        eyes = -np.einsum("vji,vj->vi", local.extrinsics[:, :3, :3], local.extrinsics[:, :3, 3])
        np.testing.assert_allclose(eyes.mean(0), 0, atol=1e-8)
        np.testing.assert_allclose(local.project(points + shift - offset), each.project(points + shift), atol=1e-8)


def test_a_resized_rig_sees_the_same_in_its_own_pixels(rig, rng):
    uv = rng.uniform(-0.5, 0.5, (3, 6, 2))
    small = rig.resized(rig.sizes // 3)
    expected = (2 * rig.to_recorded(uv) + 1) / rig.sizes[:, None] - 1
    found = (2 * small.to_recorded(uv) + 1) / small.sizes[:, None] - 1
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("points", [np.zeros(3), np.zeros((2, 2)), np.zeros((1, 2, 3))])
def test_points_of_another_shape_are_refused(rig, points):
    with pytest.raises(ValueError, match=r"`points_world` must have shape \[N, 3\]"):
        rig.project(points)


@pytest.mark.parametrize(("name", "method"), [("uv", "to_recorded"), ("pixels", "to_ideal")])
def test_places_for_another_number_of_cameras_are_refused(rig, name, method):
    with pytest.raises(ValueError, match=rf"`{name}` must have shape \[3, ..., 2\]"):
        getattr(rig, method)(np.zeros((2, 5, 2)))
