"""A rig of known geometry in numbers: what a ruler, a protractor and a calculator give."""

import dataclasses

import numpy as np
import pytest

from tfkeypoints.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.cameras.report import describe
from tfkeypoints.cameras.summary import largest_difference, lens_effect, summarize

SIZE = (640, 480)
MATRIX = np.array([[320.0, 0, 319.5], [0, 240 * np.sqrt(3), 239.5], [0, 0, 1]])
SQUARE = np.array([[320.0, 0, 319.5], [0, 320, 239.5], [0, 0, 1]])


def camera(name, eye, right, down, forward, **changes):
    extrinsics = np.eye(4)
    extrinsics[:3, :3] = [right, down, forward]
    extrinsics[:3, 3] = -extrinsics[:3, :3] @ np.array(eye, float)
    return dataclasses.replace(Camera(name, SIZE, MATRIX, Lens(), extrinsics), **changes)


def cameras():
    """Two level cameras and one that looks straight down, all at the world's origin."""
    return [
        camera("east", (4, 0, 0), [0, 1, 0], [0, 0, -1], [-1, 0, 0]),
        camera("north", (0, 3, 0), [-1, 0, 0], [0, 0, -1], [0, -1, 0]),
        camera("above", (0, 0, 5), [1, 0, 0], [0, -1, 0], [0, 0, -1]),
    ]


def test_distances_angles_and_where_the_axes_meet():
    found = summarize(Calibration.from_cameras(cameras()))
    np.testing.assert_allclose(found.eyes, [[4, 0, 0], [0, 3, 0], [0, 0, 5]], atol=1e-14)
    apart = [[0, 5, np.sqrt(41)], [5, 0, np.sqrt(34)], [np.sqrt(41), np.sqrt(34), 0]]
    np.testing.assert_allclose(found.distances, apart, atol=1e-14)
    np.testing.assert_allclose(found.angles, 90 * (1 - np.eye(3)), atol=1e-12)
    np.testing.assert_allclose(found.meeting_point, 0, atol=1e-14)
    np.testing.assert_allclose(found.ranges, [4, 3, 5], atol=1e-14)
    np.testing.assert_allclose(found.misses, 0, atol=1e-14)
    np.testing.assert_array_equal(found.up, [0, 0, 1])
    np.testing.assert_allclose(found.pitches, [0, 0, -90], atol=1e-12)


def test_axes_that_miss_each_other_are_halfway_from_the_middle_of_their_gap():
    east, north, _ = cameras()
    raised = camera("east", (4, 0, 0.3), *east.extrinsics[:3, :3])
    found = summarize(Calibration.from_cameras([raised, north]))
    np.testing.assert_allclose(found.meeting_point, [0, 0, 0.15], atol=1e-14)
    np.testing.assert_allclose(found.misses, [0.15, 0.15], atol=1e-14)
    np.testing.assert_allclose(found.ranges, np.hypot([4, 3], 0.15), atol=1e-14)


def test_small_angles_are_exact_and_parallel_axes_meet_nowhere():
    tilt = 1e-7
    forward, down = [np.sin(tilt), 0, np.cos(tilt)], [0, 1, 0]
    turned = camera("b", (1, 0, 0), np.cross(down, forward), down, forward)
    straight = camera("a", (0, 0, 0), [1, 0, 0], [0, 1, 0], [0, 0, 1])
    found = summarize(Calibration.from_cameras([straight, turned]))
    assert found.angles[0, 1] == pytest.approx(np.degrees(tilt), rel=1e-8)
    assert found.meeting_point is None
    assert np.isnan([found.ranges, found.misses]).all()
    np.testing.assert_array_equal(found.up, [0, -1, 0])
    alone = summarize(Calibration.from_cameras([straight]))
    assert alone.meeting_point is None
    assert alone.distances.shape == (1, 1)


def test_fields_of_view_and_principal_points():
    matrix = MATRIX + [[0, 0, 12.5], [0, 0, -7], [0, 0, 0]]
    east, north, above = cameras()
    rig = [east, dataclasses.replace(north, matrix=matrix), dataclasses.replace(above, size=None)]
    found = summarize(Calibration.from_cameras(rig))
    np.testing.assert_allclose(found.fields_of_view[0], [90, 60], atol=1e-12)
    np.testing.assert_allclose(found.off_centre[:2], [[0, 0], [12.5, -7]], atol=1e-12)
    np.testing.assert_allclose(found.focal_lengths, [[320, 240 * np.sqrt(3)]] * 3, rtol=1e-14)
    for unknown in (found.fields_of_view, found.off_centre, found.displacements, found.unseen):
        assert np.isnan(unknown[2]).all()


def test_a_barrel_lens_moves_the_corners_most():
    # a corner lies at 1.25 focal lengths, where it shows the direction r with r (1 - 0.05 r²) = 1.25
    ideal = min(root.real for root in np.roots([-0.05, 0, 1, -1.25]) if abs(root.imag) < 1e-9 and root.real > 0)
    moved, unseen = lens_effect(SIZE, SQUARE, Lens("pinhole", (-0.05, 0, 0, 0)))
    assert moved == pytest.approx(320 * (ideal - 1.25), abs=1e-9)
    assert unseen == 0


def test_a_lens_that_folds_inside_shows_nothing_in_the_corners():
    # it folds at r² = 1/0.3, which lies at r (1 - 0.1 r²) = 2/3 r in the image
    fold = 2 / 3 * np.sqrt(1 / 0.3)
    x, y = np.meshgrid(np.linspace(-1, 1, 65), np.linspace(-0.75, 0.75, 65))
    _, unseen = lens_effect(SIZE, SQUARE, Lens("pinhole", (-0.1, 0, 0, 0)))
    assert unseen == pytest.approx((np.hypot(x, y) >= fold).mean())
    assert 0 < unseen < 0.1


def test_a_fisheye_lens_that_sees_sideways_has_no_ideal_image_there():
    matrix = np.array([[150.0, 0, 319.5], [0, 150, 239.5], [0, 0, 1]])
    assert lens_effect(SIZE, matrix, Lens("fisheye", (0, 0, 0, 0))) == (np.inf, 0)
    # of a corner that lies at an angle of 400 / 600, the ideal image is at its tangent
    moved, _ = lens_effect(SIZE, matrix + np.diag([450, 450, 0]), Lens("fisheye", (0, 0, 0, 0)))
    assert moved == pytest.approx(600 * np.tan(400 / 600) - 400, abs=1e-9)
    assert lens_effect(SIZE, MATRIX, Lens()) == (pytest.approx(0, abs=1e-10), 0)


def test_two_rigs_differ_by_what_a_camera_was_moved():
    one, other = cameras(), cameras()[::-1]
    rig = Calibration.from_cameras(one)
    assert largest_difference(rig, Calibration.from_cameras(other)) == 0
    other[1] = dataclasses.replace(other[1], matrix=MATRIX + [[0, 0, 3], [0, 0, 4], [0, 0, 0]])
    assert largest_difference(rig, Calibration.from_cameras(other)) == pytest.approx(5, abs=1e-10)
    alone = Calibration.from_cameras(one[:1])
    assert largest_difference(alone, alone) == 0


def test_the_report_tells_it_in_the_rigs_own_measure():
    far = [
        dataclasses.replace(each, extrinsics=each.extrinsics @ translation(-512345.5, -5412345.25, 0))
        for each in cameras()
    ]
    far[1] = dataclasses.replace(far[1], lens=Lens("pinhole", (-0.05, 0, 0, 0)))
    calibration = Calibration.from_cameras(far)
    lines = [" ".join(line.split()) for line in describe(calibration, summarize(calibration)).splitlines()]
    assert "east 640 × 480 320.0 × 415.7 90.0° × 60.0° +0.0 +0.0 ideal" in lines
    assert any(line.startswith("north 640 × 480") and "pinhole (4), moves up to" in line for line in lines)
    assert "above 512345.500 5412345.250 5.000 -90.0° 5.000 0.000" in lines
    assert any("nearest to each other at 512345.500, 5412345.250, 0.000" in line for line in lines)
    assert "above 6.403 5.831" in lines
    assert "above 90.0° 90.0°" in lines


def test_of_many_cameras_the_extremes_are_told():
    many = [camera(f"c{at}", (at**2, 0, 0), [1, 0, 0], [0, 1, 0], [0, 0, 1], size=None) for at in range(9)]
    calibration = Calibration.from_cameras(many)
    report = describe(calibration, summarize(calibration))
    assert "distance: least 1.00 (c0, c1), greatest 64.00 (c0, c8)" in report
    assert "optical axes are parallel and meet nowhere" in report
    assert ["c8", "?", "320.0", "×", "415.7", "?", "?", "ideal"] in [line.split() for line in report.splitlines()]
    single = Calibration.from_cameras(many[:1])
    assert "distance" not in describe(single, summarize(single))


def translation(x, y, z):
    found = np.eye(4)
    found[:3, 3] = x, y, z
    return found
