"""What was found in a recording, as `interchange` writes it."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings import Recording
from tfkeypoints.inference.agreement import agreement
from tfkeypoints.inference.tracks import Tracks
from tfkeypoints.interchange.poses import UNITS, Layout, Poses


def layout_of(recording: Recording, calibration: Calibration, unit: str | None, fps: float | None) -> Layout:
    """Describes a recording.

    Args:
        recording, calibration: As they are predicted.
        unit: Length unit of the camera file, of `UNITS`; None if unknown.
        fps: Frames a second where neither videos nor names of images tell times; None if unknown.

    Raises:
        ValueError: If there is no such unit, or the rate is not positive or contradicts the recording's times.
    """
    if unit is not None and unit not in UNITS:
        raise ValueError(f"`unit` should be of {', '.join(UNITS)}. Received: unit={unit}")
    if fps is not None and not (np.isfinite(fps) and fps > 0):
        raise ValueError(f"`fps` should be greater than 0. Received: fps={fps}")
    if fps is not None and recording.times is not None:
        raise ValueError(
            f"`fps` is for images whose names tell no times; this recording has {recording.fps} frames a second by "
            f"its own. Received: fps={fps}"
        )
    sources = tuple(source.files for source in recording.sources)
    layout = Layout(recording.labels, recording.times, unit, calibration, sources, recording.pairs)
    return layout if fps is None else dataclasses.replace(layout, times=_times(layout.numbers, fps))


def poses_of(layout: Layout, parts: Iterable[Tracks], names: Sequence[str] | None = None) -> Iterator[Poses]:
    """Describes tracks of a recording, part by part.

    Args:
        layout: The recording.
        parts: Tracks of its T frames, in parts one after another.
        names: K names of the points; by default `keypoint_00` and so on.
    """
    first = 0
    for part in parts:
        error, ncams = agreement(part, layout.calibration)
        confidence = part.confidence.astype(np.float64)
        seen = np.isfinite(confidence)
        score = np.where(seen, confidence, 0).sum(1) / np.maximum(seen.sum(1), 1)
        yield Poses(
            layout=layout[first : first + len(part)],
            names=tuple(names) if names is not None else default_names(confidence.shape[-1]),
            points=part.keypoints,
            error=error,
            ncams=ncams,
            score=np.where(seen.any(1), score, np.nan),
            pixels=part.pixels,
            confidence=confidence,
        )
        first += len(part)


def _times(numbers: np.ndarray, fps: float) -> np.ndarray:
    """Seconds of numbered frames; those that lack leave gaps, and the usual step is one frame."""
    step = np.median(np.diff(numbers)) if len(numbers) > 1 else 1
    return (numbers - numbers[0]) / step / fps


def default_names(count: int) -> tuple[str, ...]:
    """Names of keypoints that are only numbered, in an order that sorting keeps."""
    digits = max(2, len(str(count - 1)))
    return tuple(f"keypoint_{number:0{digits}d}" for number in range(count))
