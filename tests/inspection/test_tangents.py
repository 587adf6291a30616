"""Planes that touch what moves: exact for exact outlines, in pixels for those that are shifted."""

import dataclasses
import itertools

import numpy as np
import pytest

from tests.inspection import scenes
from tfkeypoints.inspection.tangents import distances, look, placed


@pytest.fixture(scope="module")
def seen():
    calibration = scenes.rig()
    return [look(*each) for each in zip(scenes.outlines(calibration, scenes.body()), placed(calibration), strict=True)]


def test_a_plane_that_touches_a_body_in_one_image_touches_it_in_the_other(seen):
    for one, other in itertools.combinations(seen, 2):
        apart = distances(one, other)
        assert np.isfinite(apart).all()
        np.testing.assert_allclose(apart, 0, atol=1e-6)  # the inverse lens is exact to 1e-11 focal lengths of 300 px


def test_a_shift_across_the_lines_is_measured_in_pixels(seen):
    """Both cameras of the pair see lines that are nearly level here, so that a shift upwards is the distance."""
    one, other = seen[1], seen[1]
    beside = dataclasses.replace(one.camera, extrinsics=one.camera.extrinsics + 0.0)
    beside.extrinsics[0, 3] += 0.5  # half a unit to the left, the same directions: lines are exactly level
    calibration = scenes.rig()
    moved = dataclasses.replace(
        calibration,
        names=("a", "b"),
        sizes=calibration.sizes[[1, 1]],
        intrinsics=calibration.intrinsics[[1, 1]],
        extrinsics=np.stack([one.camera.extrinsics, beside.extrinsics]),
        lenses=(calibration.lenses[1],) * 2,
    )
    first, second = scenes.outlines(moved, scenes.body())
    second = dataclasses.replace(second, points=second.points + [0, 3.0], cut=np.zeros(len(second.cut), bool))
    first = dataclasses.replace(first, cut=np.zeros(len(first.cut), bool))
    one, other = (look(*each) for each in zip((first, second), placed(moved), strict=True))
    # A radian about the baseline is f / cos² pixels: over 3 of them, its change is below 2 tan(20°) · 3 / f = 0.7 %.
    np.testing.assert_allclose(np.abs(distances(one, other)), 3.0, rtol=0.01)


def test_frames_are_shifted_by_what_a_camera_started_late(seen):
    one, other = seen[0], seen[2]
    late = look(scenes.later(other.outlines, 5), dataclasses.replace(other.camera, late=5))
    apart = distances(one, late)
    assert np.isnan(apart[:5]).all()
    np.testing.assert_allclose(apart[5:], 0, atol=1e-6)


def test_what_the_border_cuts_off_or_does_not_move_is_nan(seen):
    one, other = seen[0], seen[1]
    cut = dataclasses.replace(one.outlines, cut=one.outlines.frames == 7)
    kept = cut.frames != 9
    cut = dataclasses.replace(cut, frames=cut.frames[kept], points=cut.points[kept], cut=cut.cut[kept])
    apart = distances(look(cut, one.camera), other)
    assert np.isnan(apart).any(1).nonzero()[0].tolist() == [7, 9]
    nothing = dataclasses.replace(cut, frames=cut.frames[:0], points=cut.points[:0], cut=cut.cut[:0])
    assert np.isnan(distances(look(nothing, one.camera), other)).all()


def test_two_cameras_at_one_place_have_no_planes(seen):
    assert np.isnan(distances(seen[0], seen[0])).all()
