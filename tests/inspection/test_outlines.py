"""Which times of a recording are looked at."""

import numpy as np

from tests.inspection import scenes
from tfkeypoints.data.recordings import find_recording
from tfkeypoints.inspection.outlines import GAP, find_outlines, moments


def test_a_recording_of_360_frames_is_looked_at_whole():
    assert moments(360).tolist() == list(range(360))


def test_cameras_that_are_late_meet_no_other_stretch():
    """Of 1000 frames, 120 from 0, 440 and 880 on: none is less than `GAP` times from one of another stretch."""
    looked = moments(1000)
    times = np.flatnonzero(looked >= 0)
    assert looked[times].tolist() == [*range(120), *range(440, 560), *range(880, 1000)]
    assert np.diff(times)[[119, 239]].tolist() == [GAP + 1, GAP + 1]
    assert len(looked) == 3 * 120 + 2 * GAP


def test_what_moves_is_found_at_its_place_and_time(tmp_path):
    """One frame is missing in one camera: so are the two outlines that need it, and nothing else."""
    calibration, points = scenes.rig(), scenes.body(24)
    scenes.write(tmp_path, calibration, points)
    (tmp_path / "cam1" / "0010.png").unlink()
    found = find_outlines(find_recording(tmp_path, calibration.names))
    for view, (each, exact) in enumerate(zip(found, scenes.outlines(calibration, points), strict=True)):
        times = set(range(1, 24)) - ({10, 11} if view == 1 else set())
        assert set(each.frames) == times
        apart = []
        for time in times:  # what moved is seen where it was and where it is
            here = each.points[each.frames == time]
            there = exact.points[(exact.frames == time) | (exact.frames == time - 1)]
            there = np.clip(there, 0, np.array(exact.size) - 1)
            apart += [here.min(0) - there.min(0), here.max(0) - there.max(0)]
        assert np.median(np.abs(apart)) < 2  # blurred by a pixel; pointed corners lose more
