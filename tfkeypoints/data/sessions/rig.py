"""Recordings by the same cameras in the same places: together they tell more of the scene at rest than one alone."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings import Missing, Recording, VideoFrame
from tfkeypoints.data.sessions.overview import median_frames, spread, whole_rows

ROWS = 64
"""Rows of the images whose median is taken at once."""


def rigs(calibrations: Sequence[Calibration]) -> list[list[int]]:
    """The places of those that are equal: cameras of the same images, lenses and places in the same world."""
    found: list[list[int]] = []
    for number, calibration in enumerate(calibrations):
        for places in found:
            if calibration.equals(calibrations[places[0]]):
                places.append(number)
                break
        else:
            found.append([number])
    return found


def still(recordings: Sequence[Recording]) -> tuple[Image.Image, ...]:
    """The scene at rest: for each camera the median of frames that are spread over all recordings of a rig.

    Args:
        recordings: One or more, of the same cameras and sizes.

    Raises:
        ValueError: If a camera has no frame that can be read.
    """
    return tuple(_median(recordings, view) for view in range(len(recordings[0].names)))


def _median(recordings: Sequence[Recording], view: int) -> Image.Image:
    rows = [whole_rows(recording) for recording in recordings]
    ends = np.cumsum([len(each) for each in rows])
    width, height = recordings[0].sizes[view]
    wanted = spread(int(ends[-1]), median_frames(3 * int(width) * int(height)))
    parts = np.split(wanted, np.searchsorted(wanted, ends[:-1]))
    frames = []
    for recording, each, some, end in zip(recordings, rows, parts, ends, strict=True):
        numbers = recording.pairs[each[some - (end - len(each))], view].tolist()
        for frame in recording.sources[view].read(numbers):
            if not isinstance(frame, Missing):
                picture = frame.picture() if isinstance(frame, VideoFrame) else frame
                frames.append(np.asarray(picture.convert("RGB")))
    if not frames:
        raise ValueError(f"`recording` should have frames of {recordings[0].names[view]} that can be read. Received: 0")
    strips = [
        np.median([frame[begin : begin + ROWS] for frame in frames], 0).astype(np.uint8)
        for begin in range(0, len(frames[0]), ROWS)
    ]
    return Image.fromarray(np.concatenate(strips))
