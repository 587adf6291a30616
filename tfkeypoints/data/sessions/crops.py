"""The windows of chosen frames as examples, with cameras that follow, and what they show of the scene at rest."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings import Missing, Recording
from tfkeypoints.data.sessions.ideal import crop_size, cut, ideal
from tfkeypoints.data.sessions.overview import MEDIAN_FRAMES, median, rows_of, spread, whole_rows
from tfkeypoints.geometry import camera

MEDIAN_BYTES = 2**28
"""What the frames that a median is taken of may take in memory."""
LEAST_MEDIAN_FRAMES = 15


@dataclasses.dataclass(frozen=True)
class Crops:
    """The windows of some frames of a recording.

    Attributes:
        rows: `[N]`, the frames' places in the recording.
        images: uint8 `[N, V, side, side, 3]`.
        backgrounds: The same windows of the scene at rest; None without one.
        intrinsics: float32 `[N, V, 3, 3]`, those of the windows.
        extrinsics: float32 `[V, 4, 4]`.
    """

    rows: np.ndarray
    images: np.ndarray
    backgrounds: np.ndarray | None
    intrinsics: np.ndarray
    extrinsics: np.ndarray


def read_crops(
    recording: Recording,
    calibration: Calibration,
    boxes: np.ndarray,
    rows: Sequence[int],
    side: int,
    background: Recording | None,
) -> Crops:
    """Reads frames a second time, as large as their windows need it.

    Args:
        recording: The cameras' images.
        calibration: The cameras, of the same sizes.
        boxes: `[T, V, 4]`, the windows; see `Windows`.
        rows: The frames wanted, rising.
        side: Of the crops, in pixels.
        background: A recording whose median is the scene at rest, perhaps `recording` itself; None: none is wanted.

    Returns:
        The crops; frames that can't be read are left out.
    """
    sizes = [crop_size(calibration, view, boxes[rows, view], side) for view in range(len(calibration.names))]
    undistorters = calibration.resized(sizes).undistorters
    still = _spread_rows(background, sizes) if background is recording else np.empty(0, int)
    wanted = np.union1d(rows, still)
    frames = rows_of(recording, wanted).read(lambda _, view, image: ideal(image, undistorters[view]))
    kept, images, whole = [], [], []
    for row, frame in zip(wanted, tqdm(frames, "Cutting", len(wanted), unit=" frames", disable=None), strict=True):
        if any(isinstance(image, Missing) for image in frame):
            continue
        if row in still:
            whole.append(frame)
        if row in rows:
            kept.append(row)
            images.append([cut(image, box, side) for image, box in zip(frame, boxes[row], strict=True)])
    if background is not None and background is not recording:
        frames = rows_of(background, _spread_rows(background, sizes)).read(
            lambda _, view, image: ideal(image, undistorters[view])
        )
        whole = [frame for frame in frames if not any(isinstance(image, Missing) for image in frame)]
    kept = np.array(kept, int)
    return Crops(
        kept,
        np.array(images, np.uint8).reshape(-1, len(sizes), side, side, 3),
        None if background is None else _backgrounds(whole, boxes[kept], side),
        np.float32(camera.crop(calibration.intrinsics, boxes[kept])),
        np.float32(calibration.extrinsics),
    )


def _spread_rows(recording, sizes):
    rows = whole_rows(recording)
    fit = MEDIAN_BYTES // sum(3 * width * height for width, height in sizes)
    return rows[spread(len(rows), int(np.clip(fit, LEAST_MEDIAN_FRAMES, MEDIAN_FRAMES)))]


def _backgrounds(whole, boxes, side):
    medians = [median(np.stack(images)) for images in zip(*whole, strict=True)]
    standing = not np.ptp(boxes, axis=0).any()
    cropped = [
        [cut(image, box, side) for image, box in zip(medians, frame, strict=True)]
        for frame in (boxes[:1] if standing else boxes)
    ]
    return np.broadcast_to(np.array(cropped, np.uint8), (len(boxes), len(medians), side, side, 3))
