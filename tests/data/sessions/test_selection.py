"""Tests of which frames are taken: parts of time that don't touch, episodes, and frames that differ."""

import numpy as np
import pytest

from tfkeypoints.data.sessions.selection import different, split_episodes, split_time


@pytest.mark.parametrize("count", [10, 11, 57, 100, 12345])
def test_parts_of_time_are_disjoint_with_a_gap_and_a_fifth_is_held_out(count):
    parts = split_time(count)
    assert list(parts) == ["train", "validation", "test"]
    (begin, train), (validation, behind), (test, end) = parts.values()
    assert begin == 0
    assert end == count
    gap = max(1, round(0.02 * count))
    assert validation - train == test - behind == gap
    assert behind - validation == end - test == max(1, round(count / 10))
    assert train > 0


def test_too_few_frames_are_refused():
    with pytest.raises(ValueError, match=r"10 frames or more.*Received: 9"):
        split_time(9)


@pytest.mark.parametrize(("count", "held_out"), [(3, 1), (9, 1), (20, 2)])
def test_each_recording_is_in_one_split(count, held_out):
    splits = split_episodes(count)
    assert splits.count("validation") == splits.count("test") == held_out
    assert splits.count("train") == count - 2 * held_out
    assert splits == split_episodes(count)


def test_frames_that_differ_are_taken_and_those_alike_are_not():
    looks = np.repeat(np.array([[0], [100], [102], [200]], np.uint8), 50, axis=1)
    looks = looks[[0, 0, 0, 1, 2, 3, 3]]
    assert different(looks, 3).tolist() == [0, 3, 5]
    assert different(looks, 100).tolist() == [0, 3, 4, 5]
