"""Each fault is found where it was put, and none where there is none."""

import dataclasses

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.inspection import scenes
from tfkeypoints.data.recordings.sizes import scaled
from tfkeypoints.inspection.faults import Rig, find_faults
from tfkeypoints.inspection.tangents import placed


@pytest.fixture(scope="module")
def right():
    calibration = scenes.rig()
    return Rig(tuple(scenes.outlines(calibration, scenes.body())), tuple(placed(calibration)))


def found(rig):
    faults, repaired = find_faults(rig, fps=30)
    return [(fault.kind, fault.views, fault.value) for fault in faults], repaired


def test_nothing_is_found_where_nothing_is_wrong(right):
    faults, repaired = found(right)
    assert faults == [] and repaired is right


def test_two_recordings_that_are_swapped(right):
    rig = right.replaced(outlines={0: right.outlines[2], 2: right.outlines[0]})
    faults, repaired = found(rig)
    assert faults == [("swapped", (0, 2), 0)]
    assert repaired.outlines == right.outlines


def test_bars_go_with_the_recording_that_is_swapped(right):
    """The images of one camera were scaled by 0.9, to a place 16 pixels from the left and 12 from above."""
    points = (right.outlines[0].points + 0.5) * 0.9 + [16, 12] - 0.5
    barred = dataclasses.replace(right.outlines[0], points=points)
    back = scaled(np.ones(2) / 0.9, np.array([16.0, 12.0]))
    wrong = dataclasses.replace(right.cameras[2], to_calibrated=back)  # as `made` finds it: of this recording
    faults, repaired = found(right.replaced({2: wrong}, {0: right.outlines[2], 2: barred}))
    assert faults == [("swapped", (0, 2), 0)]
    np.testing.assert_allclose(repaired.median((0, 2)), 0, atol=1e-6)


@pytest.mark.parametrize("view", [0, 1, 2])
@pytest.mark.parametrize("frames", [5, -4])
def test_a_camera_that_started_late_or_early(right, view, frames):
    others = [each for each in range(3) if each != view]
    late = [view] if frames > 0 else others
    outlines = {each: scenes.later(right.outlines[each], abs(frames)) for each in late}
    faults, _ = found(right.replaced(outlines=outlines))
    assert faults == [("late", (view,), frames)]


@pytest.mark.parametrize("factor", [0.95, 1.05])
def test_a_focal_length_that_is_wrong(right, factor):
    faults, _ = found(right.replaced({1: right.cameras[1].zoomed(factor)}))
    ((kind, views, value),) = faults
    assert (kind, views) == ("zoomed", (1,))
    assert value == pytest.approx(factor, rel=0.01)  # factors are tried at steps of 1 %


def test_a_camera_that_was_turned(right):
    degrees = np.array([1.5, -2.0, 1.0])
    rotation = Rotation.from_rotvec(degrees, degrees=True).as_matrix()
    faults, repaired = found(right.replaced({2: right.cameras[2].turned(rotation)}))
    ((kind, views, value),) = faults
    assert (kind, views) == ("turned", (2,))
    assert value == pytest.approx(np.linalg.norm(degrees), abs=0.3)
    assert repaired.median((2,)) < 0.3


def test_images_that_are_mirrored(right):
    width = right.outlines[0].size[0]
    points = right.outlines[0].points * [-1, 1] + [width - 1, 0]
    faults, repaired = found(right.replaced(outlines={0: dataclasses.replace(right.outlines[0], points=points)}))
    assert faults == [("flipped", (0,), 0)]
    np.testing.assert_allclose(repaired.median((0,)), 0, atol=1e-6)
