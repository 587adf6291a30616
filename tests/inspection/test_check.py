"""What is said of a rig, from its exact outlines."""

import dataclasses

import numpy as np
import pytest

from tests.inspection import scenes
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.inspection.check import judge
from tfkeypoints.inspection.faults import Rig
from tfkeypoints.inspection.tangents import placed


def rig(calibration=None, count=90):
    calibration = calibration or scenes.rig()
    return calibration, Rig(tuple(scenes.outlines(calibration, scenes.body(count))), tuple(placed(calibration)))


def part(calibration, views):
    """Some of a rig's cameras."""
    arrays = {name: getattr(calibration, name)[views] for name in ("sizes", "intrinsics", "extrinsics")}
    lenses, names = ([each[view] for view in views] for each in (calibration.lenses, calibration.names))
    return Calibration(tuple(names), lenses=tuple(lenses), **arrays)


def first_times(seen, count):
    """Outlines of the first times only, as if nothing moved later."""
    kept = seen.frames < count
    return dataclasses.replace(seen, frames=seen.frames[kept], points=seen.points[kept], cut=seen.cut[kept])


def test_what_was_seen_too_seldom_is_not_said_to_fit():
    calibration, right = rig()
    few = right.replaced(outlines={view: first_times(right.outlines[view], 9) for view in range(3)})
    with pytest.raises(ValueError, match="Received: 18 places that it touches in two cameras, of 20"):
        judge(few, calibration, 30)


@pytest.mark.parametrize("times", [0, 9])
def test_a_camera_that_sees_too_little_raises_no_alarm_and_hides_none(times):
    """One of three: told of once, and a fault of the others is named as if it were not there."""
    calibration, right = rig()
    right = right.replaced(outlines={0: first_times(right.outlines[0], times)})
    found = judge(right, calibration, 30)
    assert found.alarms == () and found.repaired is found.given
    assert ["`cam0`" in each and "not checked" in each for each in found.remarks] == [True]
    late = right.replaced(outlines={2: scenes.later(right.outlines[2], 6)})
    (fault,) = judge(late, calibration, 30).faults
    assert (fault.kind, fault.views, fault.value) in (("late", (2,), 6), ("late", (1,), -6))


def test_two_cameras_that_are_swapped():
    """Seen from behind a rig is another one: its epipolar planes are exchanged, too."""
    calibration, right = rig(part(scenes.rig(), [0, 2]))
    one, other = right.outlines
    found = judge(right.replaced(outlines={0: other, 1: one}), calibration, 30)
    assert [(fault.kind, fault.views) for fault in found.faults] == [("swapped", (0, 1))]
    assert found.repaired.median((0,)) == pytest.approx(0, abs=1e-6)


def test_cameras_of_different_sizes_that_are_swapped_are_no_quarter_turn():
    calibration, right = rig()
    one, other = right.outlines[:2]
    assert one.size == other.size[::-1]
    found = judge(right.replaced(outlines={0: other, 1: one}), calibration, 30)
    assert [(fault.kind, fault.views) for fault in found.faults] == [("swapped", (0, 1))]
    (alarm,) = found.alarms
    assert alarm.startswith("the recordings of `cam0` and `cam1` are swapped")
    assert found.given.outlines == (other, one, right.outlines[2])  # as they were recorded: so they are drawn


def test_of_two_cameras_the_sentence_says_what_is_not_known():
    calibration, right = rig(part(scenes.rig(), [0, 2]), 45)
    late = right.replaced(outlines={1: scenes.later(right.outlines[1], 5)})
    (alarm,) = judge(late, calibration, 30).alarms
    assert "than the others" not in alarm
    assert (
        "`cam0` started 5 frames (0.167 s) earlier than `cam2`" in alarm
        or "`cam2` started 5 frames (0.167 s) later than `cam0`" in alarm
    )
    longer = right.replaced({1: right.cameras[1].zoomed(1.08)})
    alarms = judge(longer, calibration, 30).alarms
    assert alarms and all("Two cameras do not tell which of them it is" in each for each in alarms)


@pytest.mark.parametrize("origin", [np.array([5.1e5, 5.4e6, 120.0]), np.array([5.1e8, 5.4e9, 0.0])])
def test_a_rig_far_from_the_origin_is_as_exact(origin):
    """Eyes are differences of numbers below 6e9, so known to 1e-6; lines move by that times 300 pixels a unit, at most
    a few times as much as the nearest camera is 2.5 units away."""
    calibration, right = rig()
    extrinsics = calibration.extrinsics.copy()
    extrinsics[:, :3, 3] -= extrinsics[:, :3, :3] @ origin
    far = Rig(right.outlines, tuple(placed(dataclasses.replace(calibration, extrinsics=extrinsics))))
    found = judge(far, calibration, 30)
    assert found.faults == () and found.alarms == ()
    for each in found.given.distances.values():
        assert np.nanmax(np.abs(each)) < 1e-6 * 300 * 4 * origin.max() / 5.4e9 + 1e-6


@pytest.mark.parametrize(("signs", "told"), [((-1, 1), "mirrored"), ((-1, -1), "upside down")])
def test_images_of_all_cameras_that_are_mirrored_or_turned(signs, told):
    calibration, right = rig()
    flipped = {}
    for view, seen in enumerate(right.outlines):
        last = (np.array(seen.size) - 1) * (np.array(signs) < 0)
        flipped[view] = dataclasses.replace(seen, points=seen.points * signs + last)
    found = judge(right.replaced(outlines=flipped), calibration, 30)
    (alarm,) = found.alarms
    assert alarm.startswith(f"images of all cameras are {told}. ")
    assert found.repaired.median((0, 1, 2)) == pytest.approx(0, abs=1e-6)


def test_a_distance_without_a_reason_accuses_no_camera_more_than_the_others():
    """All three recordings show other things, so that all pairs are as far apart."""
    calibration, right = rig(count=45)
    rng = np.random.default_rng(0)
    wrong = {
        view: dataclasses.replace(seen, points=seen.points + rng.normal(size=(seen.count, 2))[seen.frames] * 30)
        for view, seen in enumerate(right.outlines)
    }
    alarms = judge(right.replaced(outlines=wrong), calibration, 30).alarms
    assert sum("for which no reason was found" in each for each in alarms) == 3
    assert not any("was it moved" in each for each in alarms)


@pytest.mark.parametrize(("shift", "alarm"), [(2.0, False), (12.0, True)])
def test_two_cameras_that_are_some_pixels_apart_raise_an_alarm_from_half_of_what_fits_on(shift, alarm):
    """Some turns of one of two cameras move few lines: many degrees explain few pixels, of 320 up to 2.4 unalarmed."""
    calibration, right = rig(part(scenes.rig(), [0, 2]), 45)
    moved = dataclasses.replace(right.outlines[1], points=right.outlines[1].points + [0, shift])
    found = judge(right.replaced(outlines={1: moved}), calibration, 30)
    assert bool(found.alarms) == alarm
