"""What moves in each camera's images of a recording: its convex outline, frame by frame."""

import dataclasses
from collections import deque
from collections.abc import Sequence

import numpy as np
from PIL import Image
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError
from tqdm import tqdm

from tfkeypoints.data.recordings import Missing, Recording, VideoFrame
from tfkeypoints.data.sessions.overview import rows_of

SIDE = 480
"""Longer side in pixels of the images in which motion is sought."""
STRETCHES, STRETCH = 3, 120
"""A long recording is looked at in so many stretches of so many frames, evenly spread."""
GAP = 60
"""Times without images that are put between two stretches, so that cameras that are late meet none of another one."""
APART = 0.07
"""Seconds between two images whose difference shows what moves; at least a frame."""
NOISE, LEAST_CHANGE = 9, 6
"""A pixel moves if it changes by more than `NOISE` times the median change of its image, plus `LEAST_CHANGE` of 255."""
LEAST_PIXELS, LEAST_PART, LEAST_SHARE = 30, 12, 0.05
"""Pixels that must move in an image; and in a part of what moves, there also as a share of its largest part."""
JOIN = 2
"""Parts of what moves that are closer than twice so many pixels are one."""
EDGE = 2
"""Pixels from the border within which an outline counts as cut off by it."""


@dataclasses.dataclass(frozen=True)
class Outlines:
    """The convex outlines of what moves in the images of one camera, at T times.

    Attributes:
        size: Width and height of the images as recorded.
        count: T.
        frames: int `[N]`, rising: the time of each point.
        points: `[N, 2]`, pixels of the images as recorded.
        cut: bool `[N]`, whether the image's border is there.
    """

    size: tuple[int, int]
    count: int
    frames: np.ndarray
    points: np.ndarray
    cut: np.ndarray

    @property
    def seen(self) -> int:
        """The number of times at which something moves."""
        return len(np.unique(self.frames))


def stretches(count: int) -> list[range]:
    """The times of a recording of `count` frames that are looked at."""
    if count <= STRETCHES * STRETCH:
        return [range(count)]
    starts = np.linspace(0, count - STRETCH, STRETCHES).round().astype(int)
    return [range(start, start + STRETCH) for start in starts]


def moments(count: int) -> np.ndarray:
    """The times of a recording that are looked at, one after the other, with -1 in the gaps between stretches."""
    gap = np.full(GAP, -1)
    return np.concatenate([part for stretch in stretches(count) for part in (gap, stretch)][1:])


def find_outlines(recording: Recording) -> list[Outlines]:
    """Finds what moves in each camera, at `moments`.

    Of two images that are `APART` seconds apart, the pixels that differ show the moving things at both times. Frames
    that are missing, and those at the beginning of a stretch, have no outline.
    """
    apart = max(1, round((recording.fps or 0) * APART))
    found: list[list[tuple[int, np.ndarray, np.ndarray]]] = [[] for _ in recording.names]
    base = 0
    times = stretches(len(recording))
    with tqdm(total=sum(map(len, times)), unit="frame", desc="Looking for what moves", disable=None) as progress:
        for stretch in times:
            past: deque[tuple[np.ndarray | Missing, ...]] = deque(maxlen=apart + 1)
            for time, images in enumerate(rows_of(recording, np.array(stretch)).read(_small)):
                past.append(images)
                for view, (before, now) in enumerate(zip(past[0], images, strict=True)):
                    if len(past) > apart and not isinstance(before, Missing) and not isinstance(now, Missing):
                        found[view].append((base + time, *_outline(before, now)))
                progress.update()
            base += len(stretch) + GAP
    sizes = map(tuple, recording.sizes.tolist())
    return [_joined(size, len(moments(len(recording))), parts) for size, parts in zip(sizes, found, strict=True)]


def _small(time: int, view: int, image: Image.Image | VideoFrame) -> np.ndarray:
    scale = min(1, SIDE / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    small = image.reduced(size) if isinstance(image, VideoFrame) else image.convert("RGB").resize(size, Image.BOX)
    return np.asarray(small)


def _outline(before: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points of the convex outline as shares of width and height, `[N, 2]`, and whether each is at the border."""
    moving = _moving(before, now)
    y, x = np.nonzero(moving)
    if len(x) < LEAST_PIXELS or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.zeros((0, 2)), np.zeros(0, bool)
    pixels = np.stack([x, y], -1)
    try:
        pixels = pixels[ConvexHull(pixels).vertices]
    except QhullError:  # on one line
        return np.zeros((0, 2)), np.zeros(0, bool)
    size = np.array(moving.shape[::-1])
    return (pixels + 0.5) / size, ((pixels < EDGE) | (pixels >= size - EDGE)).any(1)


def _moving(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Which pixels of an image show something that moved, bool `[h, w]`, without specks."""
    change = np.abs(now.astype(np.float32) - before).max(-1)
    change = ndimage.gaussian_filter(change, 1)
    moving = change > NOISE * np.median(change) + LEAST_CHANGE
    parts, count = ndimage.label(ndimage.binary_dilation(moving, iterations=JOIN))
    sizes = np.bincount(parts[moving], minlength=count + 1)
    return moving & (sizes >= max(LEAST_PART, LEAST_SHARE * sizes.max()))[parts]


def _joined(size: tuple[int, int], count: int, parts: Sequence) -> Outlines:
    frames = np.repeat([time for time, _, _ in parts], [len(points) for _, points, _ in parts]).astype(int)
    points = np.concatenate([np.zeros((0, 2)), *(points for _, points, _ in parts)]) * size - 0.5
    return Outlines(size, count, frames, points, np.concatenate([np.zeros(0, bool), *(cut for _, _, cut in parts)]))
