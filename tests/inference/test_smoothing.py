"""The filter passes what is slow, halves the power at its cut-off, shifts nothing, and stops at gaps."""

import dataclasses

import numpy as np
import pytest

from tfkeypoints.inference.smoothing import SmoothedParts, check_smooth, smoothed
from tfkeypoints.inference.tracks import joined

RATE = 60.0


def waves(hertz, count=1200):
    """Two points that move in waves, each axis by another phase and size; `[T, 2, 3]`, and the times."""
    times = 5 + np.arange(count) / RATE
    phases, sizes = np.arange(6).reshape(2, 3), np.arange(1, 7).reshape(2, 3)
    return sizes * np.sin(2 * np.pi * hertz * times[:, None, None] + phases), times


@pytest.mark.parametrize("cutoff", [3.0, 6.0, 12.0])
@pytest.mark.parametrize("times_cutoff", [0.25, 1.0, 1.6])
def test_the_gain_is_that_of_the_formula_and_nothing_is_delayed(cutoff, times_cutoff):
    hertz = times_cutoff * cutoff
    points, times = waves(hertz)
    found, filtered = smoothed(points, times, cutoff)
    ratio = np.tan(np.pi * hertz / RATE) / np.tan(np.pi * cutoff / RATE)
    gain = 1 / (1 + (np.sqrt(2) - 1) * ratio**4)  # at the cut-off 1 / √2
    inner = slice(200, -200)  # transients of the ends fall by e in a sixth of a second or less
    np.testing.assert_allclose(found[inner], gain * points[inner], atol=6e-4)
    assert (filtered == cutoff).all()


def test_points_that_stand_still_or_move_evenly_stay():
    times = np.arange(100) / RATE
    points = np.array([[3.0, -2.0, 500_000.0]]) + times[:, None, None] * [1.0, 0.0, -2.0]
    np.testing.assert_allclose(smoothed(points, times, 6.0)[0], points, atol=1e-6)  # memory of the ends, see SETTLING


def test_no_frame_reaches_across_one_that_lacks(rng):
    """Dropped or unknown: each stretch is what it would be without the others."""
    points, times = rng.normal(size=(90, 2, 3)), np.arange(90) / RATE
    points[40, 1] = np.nan  # a gap, though the other point is known
    kept = np.delete(np.arange(90), [20, 70])  # 70 was dropped, 20 too
    found, filtered = smoothed(points[kept], times[kept], 6.0)
    for run in (slice(0, 20), slice(21, 40), slice(41, 70), slice(71, 90)):
        places = np.searchsorted(kept, np.arange(90)[run])
        np.testing.assert_allclose(found[places], smoothed(points[run], times[run], 6.0)[0], atol=1e-12)
    gap = np.searchsorted(kept, 40)
    assert np.isnan(filtered).nonzero()[0].tolist() == [gap]
    np.testing.assert_array_equal(found[gap], points[40])


def test_a_stretch_of_one_frame_stays_and_is_told(rng):
    points, times = rng.normal(size=(5, 1, 3)), np.arange(5) / RATE
    points[[1, 3]] = np.nan
    found, filtered = smoothed(points, times, 6.0)
    np.testing.assert_array_equal(found, points)
    assert np.isnan(filtered).all()
    found, filtered = smoothed(points[[0, 2, 4]], times[:3], 6.0)  # three in a row
    assert np.isfinite(found).all() and (filtered == 6).all()


def test_parts_get_the_points_of_their_frames(make_tracks):
    parts = [make_tracks(3), make_tracks(4, first=3)]
    points = np.arange(7 * 2 * 3.0).reshape(7, 2, 3)
    found = joined(list(SmoothedParts(parts, points)))
    np.testing.assert_array_equal(found.keypoints, points)
    np.testing.assert_array_equal(found.pixels, joined(parts).pixels)


@dataclasses.dataclass
class Timed:
    times: np.ndarray | None

    def __len__(self):
        return 30


def test_what_cannot_be_smoothed_is_told():
    check_smooth(None, Timed(None))
    check_smooth(14.9, Timed(np.arange(30) / 30))
    with pytest.raises(ValueError, match=r"`smooth` needs times.*--fps.*Received: smooth=6"):
        check_smooth(6.0, Timed(None))
    for wrong in (15.0, 0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match=r"below half of the 30 frames a second. Received: smooth="):
            check_smooth(wrong, Timed(np.arange(30) / 30))
