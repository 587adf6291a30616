"""Frames of several cameras are paired by their keys or by the nearest time."""

import numpy as np
import pytest

from tfkeypoints.data.recordings.pairing import by_key, by_time, step


def test_keys_are_joined_and_gaps_marked():
    keys, pairs = by_key([[(1,), (3,)], [(1,), (2,), (3,)]])
    assert keys == [(1,), (3,), (2,)]
    assert pairs.tolist() == [[0, 0], [1, 2], [-1, 1]]


def test_frames_at_the_same_times_are_paired_in_order():
    times = np.arange(5) / 30
    rows, pairs = by_time([times, times + 0.001, times - 0.001])
    assert pairs.tolist() == [[number] * 3 for number in range(5)]
    np.testing.assert_array_equal(rows, times)


def test_a_dropped_frame_leaves_a_gap_and_moves_nothing():
    whole = np.arange(10) / 30
    dropped = np.delete(whole, [3, 4, 8])
    for first, second in ((whole, dropped), (dropped, whole)):
        _, pairs = by_time([first, second])
        expected = np.stack([np.arange(10), [0, 1, 2, -1, -1, 3, 4, 5, -1, 6]], 1)
        np.testing.assert_array_equal(pairs, expected if first is whole else expected[:, ::-1])


def test_where_both_drop_different_frames_each_keeps_its_own():
    whole = np.arange(8) / 30
    _, pairs = by_time([np.delete(whole, 2), np.delete(whole, 5)])
    assert pairs.tolist() == [[0, 0], [1, 1], [-1, 2], [2, 3], [3, 4], [4, -1], [5, 5], [6, 6]]


@pytest.mark.parametrize("ratio", [2, 3, 4])
def test_the_lowest_rate_sets_the_times(ratio):
    slow, fast = np.arange(6) / 30, np.arange(6 * ratio) / (30 * ratio)
    rows, pairs = by_time([fast, slow])
    np.testing.assert_array_equal(rows[:6], slow)
    np.testing.assert_array_equal(pairs[:6], np.stack([np.arange(6) * ratio, np.arange(6)], 1))
    assert (pairs[6:, 1] == -1).all()  # what is left of the fast one behind the last slow frame


def test_rates_that_hardly_differ_drift_apart_by_whole_frames():
    first, second = np.arange(3000) / 30, np.arange(3000) * 1.001 / 30
    rows, pairs = by_time([first, second])
    both = (pairs >= 0).all(1)
    apart = np.abs(first[pairs[both, 0]] - second[pairs[both, 1]])
    assert apart.max() <= 0.75 / 30
    assert both.sum() >= 2995  # the second lasts three frames longer
    assert (np.diff(pairs[both, 0]) > 0).all() and (np.diff(pairs[both, 1]) > 0).all()
    assert rows[both][-1] == pytest.approx(first[-1])


@pytest.mark.parametrize("phase", [0.3, 0.5, -0.5])
def test_cameras_that_start_apart_have_partners_throughout(phase, rng):
    first = np.arange(200) / 30
    second = (np.arange(200) + phase + rng.uniform(-0.02, 0.02, 200)) / 30
    _, pairs = by_time([first, second])
    both = (pairs >= 0).all(1)
    assert both.sum() >= 199
    assert np.abs(first[pairs[both, 0]] - second[pairs[both, 1]]).max() <= 0.75 / 30


def test_a_camera_that_starts_late_has_no_frames_before():
    first = np.arange(6) / 30
    _, pairs = by_time([first, first[2:] + 0.004])
    assert pairs[:, 1].tolist() == [-1, -1, 0, 1, 2, 3]


def test_a_single_frame_goes_to_the_nearest():
    _, pairs = by_time([np.array([0.11]), np.array([0.0, 0.1, 0.2])])
    assert pairs[:, 0].tolist() == [-1, 0, -1]
    assert by_time([np.array([5.0]), np.array([5.0])])[1].tolist() == [[0, 0]]


def test_a_step_is_the_usual_one():
    assert step(np.array([0, 1, 2, 9, 10.0])) == 1
    assert step(np.array([3.0])) == np.inf
