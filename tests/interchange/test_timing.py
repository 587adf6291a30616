"""Frames of a constant rate."""

import numpy as np
import pytest

from tfkeypoints.interchange.timing import slots


@pytest.mark.parametrize("rate", [25.0, 30000 / 1001, 119.88])
def test_times_rounded_to_milliseconds_leave_no_gap_however_long(rate):
    times = np.round(np.arange(20000) / rate, 3)
    numbers, found = slots(times)
    np.testing.assert_array_equal(numbers, np.arange(20000))
    assert found == pytest.approx(rate, rel=1e-5)


def test_dropped_frames_leave_gaps_of_their_length():
    kept = np.array([0, 1, 2, 5, 6, 7, 8, 10])
    numbers, rate = slots(7 + kept / 50)
    np.testing.assert_array_equal(numbers, kept)
    assert rate == pytest.approx(50)


@pytest.mark.parametrize("times", [[0.0], [0.0, 0.1, 0.1], [0.2, 0.1]])
def test_times_that_do_not_rise_are_refused(times):
    with pytest.raises(ValueError, match="two or more that rise"):
        slots(times)
