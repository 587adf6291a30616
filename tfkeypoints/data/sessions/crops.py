"""The windows of chosen frames as examples, with cameras that follow, and what they show of the scene at rest."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings import Missing, Recording
from tfkeypoints.data.sessions.ideal import crop_size, cut, ideal, ideal_mask
from tfkeypoints.data.sessions.overview import median, median_frames, rows_of, spread, unbroken, whole_rows
from tfkeypoints.geometry import camera

if TYPE_CHECKING:
    from PIL import Image

    from tfkeypoints.cameras.undistortion import Undistorter
    from tfkeypoints.data.recordings.video_frame import VideoFrame


@dataclasses.dataclass(frozen=True)
class Crops:
    """The windows of some frames of a recording.

    Attributes:
        rows: `[N]`, the frames' places in the recording.
        images: uint8 `[N, V, side, side, 3]`.
        backgrounds: The same windows of the scene at rest; None without one.
        intrinsics: float32 `[N, V, 3, 3]`, those of the windows.
        extrinsics: float32 `[V, 4, 4]`.
        masks: uint8 `[N, V, side, side]`, the user's, 255 where nothing but the subject is seen; None without.
    """

    rows: np.ndarray
    images: np.ndarray
    backgrounds: np.ndarray | None
    intrinsics: np.ndarray
    extrinsics: np.ndarray
    masks: np.ndarray | None = None

    def background(self, place: int) -> np.ndarray:
        """What a frame shows without what matters, uint8 `[V, side, side, 3]`.

        The scene at rest; with masks m the image I itself beside the subject, so that nothing else counts as moving:

        m B + (1 - m) I
        """
        if self.backgrounds is None:
            raise ValueError("`background` needs crops that were read with a background")
        if self.masks is None:
            return self.backgrounds[place]
        share = self.masks[place, ..., None].astype(np.float32) / 255
        return np.rint(share * self.backgrounds[place] + (1 - share) * self.images[place]).astype(np.uint8)


def read_crops(
    recording: Recording,
    calibration: Calibration,
    boxes: np.ndarray,
    rows: np.ndarray,
    side: int,
    background: "Recording | tuple[Image.Image, ...] | None",
    masks: Recording | None = None,
) -> Crops:
    """Reads frames a second time, as large as their windows need it.

    Args:
        recording: The cameras' images.
        calibration: The cameras, of the same sizes.
        boxes: `[T, V, 4]`, the windows; see `Windows`.
        rows: The frames wanted, rising.
        side: Of the crops, in pixels.
        background: A recording whose median is the scene at rest, perhaps `recording` itself; an image of it by each
            camera, as recorded; None: none is wanted.
        masks: The user's, of the recording's times; what they show is no part of the recording's own median.

    Returns:
        The crops; frames that can't be read are left out.
    """
    sizes = [crop_size(calibration, view, boxes[rows, view], side) for view in range(len(calibration.names))]
    undistorters = calibration.resized(sizes).undistorters
    still = _spread_rows(recording, sizes) if background is recording else np.empty(0, int)
    wanted = np.union1d(rows, still)
    frames = _read(recording, wanted, undistorters, ideal)
    silhouettes = itertools.repeat(()) if masks is None else _read(masks, wanted, undistorters, ideal_mask)
    kept, images, cut_masks, whole, whole_masks = [], [], [], [], []
    for row, frame, mask in zip(tqdm(wanted, "Cutting", unit=" frames", disable=None), frames, silhouettes):  # noqa: B905
        seen, subject = unbroken(frame), unbroken(mask)
        if seen is None or subject is None:
            continue
        if row in still:
            whole.append(seen)
            whole_masks.append(subject)
        if row in rows:
            kept.append(row)
            images.append(_cut(seen, boxes[row], side))
            cut_masks.append(_cut(subject, boxes[row], side) if subject else [])
    if isinstance(background, tuple):
        whole, whole_masks = [list(map(ideal, background, undistorters))], []
    elif background is not None and background is not recording:
        frames = _read(background, _spread_rows(background, sizes), undistorters, ideal)
        whole = [seen for frame in frames if (seen := unbroken(frame)) is not None]
        whole_masks = []
    shown, shape = np.array(kept, int), (-1, len(sizes), side, side)
    return Crops(
        shown,
        np.array(images, np.uint8).reshape(*shape, 3),
        None if background is None else _backgrounds(whole, whole_masks, boxes[shown], side),
        camera.crop(calibration.intrinsics, boxes[shown]).numpy().astype(np.float32),
        calibration.extrinsics.astype(np.float32),
        None if masks is None else np.array(cut_masks, np.uint8).reshape(shape),
    )


def _read(
    recording: Recording,
    rows: np.ndarray,
    undistorters: "Sequence[Undistorter]",
    prepare: "Callable[[Image.Image | VideoFrame, Undistorter], np.ndarray]",
) -> Iterator[tuple[np.ndarray | Missing, ...]]:
    return rows_of(recording, rows).read(lambda _, view, image: prepare(image, undistorters[view]))


def _cut(images: Sequence[np.ndarray], boxes: np.ndarray, side: int) -> list[np.ndarray]:
    return [cut(image, box, side) for image, box in zip(images, boxes, strict=True)]


def _spread_rows(recording: Recording, sizes: Sequence[tuple[int, int]]) -> np.ndarray:
    rows = whole_rows(recording)
    return rows[spread(len(rows), median_frames(sum(3 * width * height for width, height in sizes)))]


def _backgrounds(
    whole: Sequence[Sequence[np.ndarray]], masks: Sequence[Sequence[np.ndarray]], boxes: np.ndarray, side: int
) -> np.ndarray:
    stacks = [
        (np.stack(images), np.stack([mask[view] for mask in masks]) if any(masks) else None)
        for view, images in enumerate(zip(*whole, strict=True))
    ]
    medians = [median(*stack) for stack in stacks]
    standing = not np.ptp(boxes, axis=0).any()
    cropped = [_cut(medians, frame, side) for frame in (boxes[:1] if standing else boxes)]
    return np.broadcast_to(np.array(cropped, np.uint8), (len(boxes), len(medians), side, side, 3))
