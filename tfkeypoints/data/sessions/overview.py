"""A first look at a recording: small ideal images of frames spread over it, and what differs from the background."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from tqdm import tqdm

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings import Missing, Recording
from tfkeypoints.data.sessions.ideal import ideal, ideal_mask

if TYPE_CHECKING:
    from PIL import Image

    from tfkeypoints.cameras.undistortion import Undistorter
    from tfkeypoints.data.recordings.video_frame import VideoFrame


LONGER_SIDE = 160
"""Of the small images, in pixels."""
MOST_FRAMES, MOST_BYTES = 1000, 2**28
"""Frames that are looked at, and what their small images may take."""
LEAST_MEDIAN_FRAMES, MEDIAN_FRAMES = 15, 101
"""Frames that a median is taken of, however large they are, and at most."""
MEDIAN_BYTES = 2**28
"""What the frames that a median is taken of may take in memory."""
LEAST_DIFFERENCE = 0.04
"""Mean difference of the color channels, of 1, from which a pixel may count as moving."""
ABOVE_NOISE = 5
"""How many standard deviations of the noise it must be."""
CHANGED = 0.2
"""Share of a camera's pixels from which on its recording shows another scene at rest than the rig's others."""


@dataclasses.dataclass(frozen=True)
class Overview:
    """Small images of N frames of a recording, by V cameras.

    Attributes:
        rows: `[N]`, the frames' places in the recording.
        images: For each camera, uint8 `[N, h, w, 3]`.
        backgrounds: For each camera, uint8 `[h, w, 3]`.
        at_rest: What they are made of: the recording whose median they are, or V images.
        subject: The user's masks: for each camera, uint8 `[N, h, w]`; None without.
    """

    rows: np.ndarray
    images: tuple[np.ndarray, ...]
    backgrounds: tuple[np.ndarray, ...]
    at_rest: "Recording | tuple[Image.Image, ...]"
    subject: tuple[np.ndarray, ...] | None = None

    def masks(self) -> list[np.ndarray]:
        """What moves, or what the user's masks say: for each camera, bool `[N, h, w]`."""
        if self.subject is not None:
            return [mask > 127 for mask in self.subject]
        return [moving(images, background) for images, background in zip(self.images, self.backgrounds, strict=True)]


def look(
    recording: Recording,
    calibration: Calibration,
    empty: Recording | None = None,
    masks: Recording | None = None,
    together: "tuple[Image.Image, ...] | None" = None,
) -> Overview:
    """Reads small images of at most `MOST_FRAMES` frames, evenly spread; frames that a camera lacks are left out.

    Args:
        recording: The cameras' images.
        calibration: The same cameras, of the recording's sizes.
        empty: A recording of the scene without what moves, of the same cameras and sizes; its median is the background
            then, otherwise the recording's own.
        masks: The user's, of the recording's times; what they show is no part of the recording's own median.
        together: V images as recorded, the scene at rest as all recordings of the same rig tell it, in the place of the
            recording's own median; unless they differ in the share `CHANGED` of a camera's pixels, for then light or
            scene changed between the recordings.

    Raises:
        ValueError: If there are less than two frames that all cameras have.
    """
    sizes = [small_size(size) for size in calibration.sizes.tolist()]
    count = min(MOST_FRAMES, max(MEDIAN_FRAMES, MOST_BYTES // sum(3 * width * height for width, height in sizes)))
    rows, images = _small(recording, calibration, sizes, count, "Looking for what moves")
    subject = None
    if masks is not None:
        read, subject = _small(rows_of(masks, rows), calibration, sizes, count, "Reading masks", ideal_mask)
        rows, images = rows[read], tuple(each[read] for each in images)
    if len(rows) < 2:
        raise ValueError(
            f"`recording` should hold at least two frames that all cameras have. Received: {len(rows)} such frames"
        )
    if empty is not None:
        still = _small(empty, calibration, sizes, MEDIAN_FRAMES, "Reading the empty scene")[1]
        return Overview(rows, images, tuple(map(median, still)), empty, subject)
    backgrounds = tuple(map(median, images, subject or [None] * len(images)))
    if together is not None:
        undistorters = calibration.resized(sizes).undistorters
        common = tuple(map(ideal, together, undistorters))
        if not any(map(_changed, common, backgrounds)):
            return Overview(rows, images, common, together, subject)
    return Overview(rows, images, backgrounds, recording, subject)


def _changed(background: np.ndarray, other: np.ndarray) -> bool:
    """Whether two of a camera's backgrounds, uint8 `[h, w, 3]`, are of a scene or light that changed between them."""
    different = np.abs(np.subtract(background, other, dtype=np.float32)).mean(-1) / 255
    return bool((different > LEAST_DIFFERENCE).mean() > CHANGED)


def rows_of(recording: Recording, rows: np.ndarray) -> Recording:
    """The recording of these times only, int `[M]`."""
    return dataclasses.replace(
        recording,
        pairs=recording.pairs[rows],
        labels=tuple(recording.labels[row] for row in rows),
        times=None if recording.times is None else recording.times[rows],
    )


def unbroken(frame: Sequence[np.ndarray | Missing]) -> list[np.ndarray] | None:
    """The images of a time; None if one of them is missing."""
    images = [image for image in frame if not isinstance(image, Missing)]
    return images if len(images) == len(frame) else None


def whole_rows(recording: Recording) -> np.ndarray:
    """The times of which every camera has a frame, as far as the files' names and headers tell."""
    return np.flatnonzero((recording.pairs >= 0).all(1))


def spread(count: int, most: int) -> np.ndarray:
    """The places of at most so many of `count` things, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def median_frames(size: int) -> int:
    """Of how many frames a median is taken that are of so many bytes each."""
    return int(np.clip(MEDIAN_BYTES // size, LEAST_MEDIAN_FRAMES, MEDIAN_FRAMES))


def median(images: np.ndarray, masks: np.ndarray | None = None) -> np.ndarray:
    """The median over time, of `MEDIAN_FRAMES` evenly spread: uint8 `[N, h, w, 3]` to `[h, w, 3]`.

    Args:
        images: The frames.
        masks: uint8 `[N, h, w]`; where one is not 0, its frame does not count. Where none counts, all do.
    """
    some = spread(len(images), MEDIAN_FRAMES)
    if masks is None:
        return np.median(images[some], 0).astype(np.uint8)
    rows = (each[some].swapaxes(0, 1) for each in (images, masks))
    return np.stack([_median_of_row(*row) for row in zip(*rows, strict=True)])


def _median_of_row(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """The median of frames where masks are 0: uint8 `[N, w, 3]` and `[N, w]` to `[w, 3]`."""
    counted = (masks == 0) | (masks != 0).all(0)
    ordered = np.sort(np.where(counted[..., None], images, np.uint16(256)), 0)
    count = counted.sum(0)
    middle = [np.take_along_axis(ordered, each[None, :, None], 0)[0] for each in ((count - 1) // 2, count // 2)]
    return (sum(middle) // 2).astype(np.uint8)


def moving(images: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Where images differ from their background by more than noise and changes of light: bool `[N, h, w]`.

    The difference of a pixel is the mean of |I - B - m| over the color channels and 3 × 3 pixels, where m is the
    median of I - B over the image, which exposure and light change. Noise is judged by its median over everything,
    most of which stands still.
    """
    different = np.empty(images.shape[:3], np.float32)
    for number, image in enumerate(images):
        signed = np.subtract(image, background, dtype=np.float32)
        signed -= np.median(signed, (0, 1))
        different[number] = ndimage.uniform_filter(np.abs(signed).mean(-1) / 255, 3)
    noise = 1.4826 * float(np.median(different[spread(len(images), MEDIAN_FRAMES)]))
    return different > max(LEAST_DIFFERENCE, ABOVE_NOISE * noise)


def small_size(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the small images of a camera."""
    width, height = size
    scale = min(1.0, LONGER_SIDE / max(size))
    return max(1, math.ceil(width * scale)), max(1, math.ceil(height * scale))


def _small(
    recording: Recording,
    calibration: Calibration,
    sizes: Sequence[tuple[int, int]],
    count: int,
    title: str,
    prepare: "Callable[[Image.Image | VideoFrame, Undistorter], np.ndarray]" = ideal,
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    rows = whole_rows(recording)
    rows = rows[spread(len(rows), count)] if len(rows) else rows
    undistorters = calibration.resized(sizes).undistorters
    kept, images = [], []
    frames = rows_of(recording, rows).read(lambda _, view, image: prepare(image, undistorters[view]))
    for row, frame in zip(rows, tqdm(frames, title, len(rows), unit=" frames", disable=None), strict=True):
        if (whole := unbroken(frame)) is not None:
            kept.append(row)
            images.append(whole)
    return np.array(kept, int), tuple(np.stack(each) for each in zip(*images, strict=True))
