"""Images of another size than the calibration says: what can be known is applied, and told."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from PIL import Image

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings.image_sequence import ImageSequence
from tfkeypoints.data.recordings.missing import Missing
from tfkeypoints.data.recordings.recording import Recording
from tfkeypoints.data.recordings.video import Video

BLACK = 16
"""Of 255: what bars stay below, as videos store them; what is shown beside them is twice as bright."""


def fitted(recording: Recording, calibration: Calibration) -> tuple[Recording, Calibration, list[str]]:
    """Brings a recording and its cameras to the same sizes; those that the camera file does not say are the images'.

    Where a camera's images are larger or smaller by a whole factor, or were scaled to fit between black bars, the
    camera follows. Where they have the right form only as they are stored, not as their files ask to turn them, they
    are not turned.

    Args:
        recording: The cameras' images.
        calibration: The same cameras in the same order.

    Returns:
        The recording, the calibration with the recording's sizes, and a remark on each camera that was changed.

    Raises:
        ValueError: If images have another size for any other reason, such as a crop: where it lies can't be known.
    """
    if not calibration.sizes.all():
        calibration = calibration.with_sizes(recording.sizes)
    sources, makings, remarks = list(recording.sources), [], []
    for view, (name, wanted) in enumerate(zip(calibration.names, calibration.sizes.tolist(), strict=True)):
        sources[view], making, told = made(sources[view], name, tuple(wanted))
        if making is None:
            raise ValueError(_message(name, wanted, sources[view].size))
        makings.append(making)
        remarks += told
    recording = dataclasses.replace(recording, sources=tuple(sources))
    return recording, calibration.redrawn(np.stack(makings), recording.sizes), remarks


def made(
    source: ImageSequence | Video, name: str, wanted: tuple[int, int]
) -> tuple[ImageSequence | Video, np.ndarray | None, list[str]]:
    """How a camera's images were made of images of the calibration's size, as far as it can be known.

    Args:
        source: The camera's images.
        name: The camera, for remarks.
        wanted: Width and height in the calibration.

    Returns:
        The source, perhaps as it is stored; `[2, 3]`, pixels of its images to those of the calibration, or None where
        it can't be known; and remarks.
    """
    remarks = []
    stored = source.as_stored()
    if _factor(source.size, wanted) is None and _factor(stored.size, wanted) is not None:
        source = stored
        remarks.append(f"images of `{name}` are read as they are stored, not turned: so they fit the camera file")
    own, factor = np.array(source.size), _factor(source.size, wanted)
    if factor is not None:
        if factor != 1:
            told = f"{factor} times as large" if factor > 1 else f"smaller by the factor {round(1 / factor)}"
            remarks.append(f"images of `{name}` are {told} as in the camera file: the camera is scaled with them")
        return source, scaled(np.array(wanted) / own, np.zeros(2)), remarks
    scale, bars = between_bars(own, np.array(wanted))
    if not _has_bars(source, bars):
        return source, None, remarks
    remarks.append(
        f"images of `{name}` were scaled by {scale:.4f} to fit between black bars of {bars.max():.1f} pixels: the "
        "camera follows"
    )
    return source, scaled(np.ones(2) / scale, bars), remarks


def between_bars(own: np.ndarray, wanted: np.ndarray) -> tuple[float, np.ndarray]:
    """How images of the sizes `wanted` `[2]` fit into `own` `[2]`: their scale, and the bars `[2]` on either side.

    s = min(own / wanted),   bars = (own - s wanted) / 2
    """
    scale = (own / wanted).min()
    return scale, (own - scale * wanted) / 2


def scaled(factor: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Takes `offset` pixels off and scales, about the corner of the first pixel: `[2]` and `[2]` to `[2, 3]`."""
    return np.concatenate([np.diag(factor), ((0.5 - offset) * factor - 0.5)[:, None]], 1)


def _has_bars(source: ImageSequence | Video, bars: np.ndarray) -> bool:
    """Whether images are black on two sides by so many pixels, `[2]`, and no farther."""
    axis = int(np.argmax(bars))
    if bars[axis] < 2:
        return False
    images = source.read(sorted({0, len(source) // 2, len(source) - 1}))
    pictures = [
        each if isinstance(each, Image.Image) else each.picture() for each in images if not isinstance(each, Missing)
    ]
    if not pictures:
        return False
    grey = np.mean([np.asarray(picture.convert("L"), np.float32) for picture in pictures], 0)
    lines = grey.mean(axis)  # axis 0: columns are means over rows
    low, high = int(bars[axis]) - 1, int(np.ceil(bars[axis])) + 1
    sides = lines, lines[::-1]
    return all(side[:low].max() < BLACK and side[high] > 2 * BLACK for side in sides)


def _factor(size: Sequence[int], wanted: Sequence[int]) -> float | None:
    """How many times larger both sides are than wanted: 1, 2, … or 1/2, …; None if by no whole factor.

    Of sides that are no multiple, programs drop the rest or round it up.
    """
    if tuple(size) == tuple(wanted):
        return 1
    large, small = np.array(size), np.array(wanted)
    larger = bool((large > small).all())
    if not larger:
        large, small = small, large
    factor = round(float(np.max(large / small)))
    fits = factor > 1 and ((large // factor <= small) & (small <= -(-large // factor))).all()
    return None if not fits else (factor if larger else 1 / factor)


def _message(name: str, wanted: Sequence[int], size: tuple[int, int]) -> str:
    advice = (
        "If they were cut out, subtract the columns and rows that are missing at the left and above from cx and cy, "
        "and set width and height; if they were resized, scale fx, fy, cx, cy, width and height"
    )
    if _factor(size[::-1], wanted) is not None:
        advice = "They seem to be turned by a quarter, but no file says which way: turn them back, or their cameras"
    return (
        f"Images of camera `{name}` should have {wanted[0]} × {wanted[1]} pixels as in the camera file, or these times "
        f"or divided by a whole number. {advice}. Received: {size[0]} × {size[1]}"
    )
