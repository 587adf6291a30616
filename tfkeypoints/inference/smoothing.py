"""Smooth tracks: a low-pass filter over time that shifts nothing, and never reaches across frames that lack."""

import dataclasses
from collections.abc import Iterator

import numpy as np
from scipy import signal

from tfkeypoints.inference.parts import Parts
from tfkeypoints.inference.tracks import Tracks
from tfkeypoints.interchange.poses import Layout
from tfkeypoints.interchange.timing import slots

ORDER = 2
"""Of the filter in each direction; 4 in both, as is usual for people's and animals' movements."""

SETTLING = 3
"""Periods of the cut-off by which a stretch is continued at its ends, in which the filter's memory falls to 1e-6."""


def check_smooth(cutoff: float | None, layout: Layout) -> None:
    """Checks that a recording can be smoothed, before it is predicted.

    Raises:
        ValueError: If nothing tells its times, or the cut-off is not between 0 and half its rate.
    """
    if cutoff is None:
        return
    if layout.times is None or len(layout) < 2:
        raise ValueError(
            f"`smooth` needs times, which neither videos nor names of images tell: --fps, and two frames or more. "
            f"Received: smooth={cutoff}, {len(layout)} frames"
        )
    _, rate = slots(layout.times)
    if not 0 < cutoff < rate / 2:
        raise ValueError(
            f"`smooth` should be a frequency in Hz above 0 and below half of the {rate:.4g} frames a second. "
            f"Received: smooth={cutoff}"
        )


def smoothed(points: np.ndarray, times: np.ndarray, cutoff: float) -> tuple[np.ndarray, np.ndarray]:
    """Passes what is slower than a frequency, without delay: a Butterworth filter, forth and back.

    Gain g(f) = 1 / (1 + (tan(π f / rate) / w)⁴),   w chosen so that g(cutoff)² = 1/2

    Each stretch of frames without a gap is filtered by itself. A frame with an unknown point, or one that was dropped,
    is a gap; what is known stays as it is there, and where a stretch is a single frame.

    Args:
        points: `[T, K, 3]` float64, NaN where unknown.
        times: `[T]` seconds, rising.
        cutoff: Frequency in Hz at which half of the power passes, below half the rate.

    Returns:
        Points `[T, K, 3]`, and `[T]`: the cut-off where they were filtered, NaN elsewhere.

    Reference: Winter 2009, Biomechanics and Motor Control of Human Movement, section 3.4.4.
    """
    numbers, rate = slots(times)
    known = np.isfinite(points).all((1, 2))
    warped = np.tan(np.pi * cutoff / rate) / (np.sqrt(2) - 1) ** (1 / (2 * ORDER))  # two passes lower the cut-off
    sections = signal.butter(ORDER, 2 / np.pi * np.arctan(warped), output="sos")
    settling = int(np.ceil(SETTLING * rate / cutoff))
    result, hertz = points.copy(), np.full(len(points), np.nan)
    for run in np.split(np.arange(len(points)), np.flatnonzero((np.diff(numbers) > 1) | (np.diff(known) != 0)) + 1):
        if known[run[0]] and len(run) > 1:
            result[run] = signal.sosfiltfilt(sections, points[run], axis=0, padlen=min(settling, len(run) - 1))
            hertz[run] = cutoff
    return result, hertz


class SmoothedParts:
    """Parts of tracks with other keypoints, each made when it is asked for.

    Args:
        parts: Tracks of T frames, in parts one after another.
        points: `[T, K, 3]`, what takes the place of their keypoints.
    """

    def __init__(self, parts: Parts, points: np.ndarray):
        self.parts, self.points = parts, points

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[Tracks]:
        first = 0
        for part in self.parts:
            yield dataclasses.replace(part, keypoints=self.points[first : first + len(part)])
            first += len(part)
