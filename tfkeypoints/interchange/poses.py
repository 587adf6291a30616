"""What is written of a recording for other programs."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings.images import SUFFIXES

UNITS = ("m", "cm", "mm")
"""Length units that files name."""


@dataclasses.dataclass(frozen=True)
class Layout:
    """What is known of a recording before anything is found in it.

    Attributes:
        frames: T numbers or names, as in `keypoints.csv`.
        times: `[T]` float64 seconds; None if nothing tells them.
        unit: Length unit of the camera file, of `UNITS`; None if nothing tells it.
        calibration: V cameras.
        sources: For each camera its video, or its images.
        source_frames: int `[T, V]`, the number of the frame in each camera's source; -1 where it has none.
    """

    frames: tuple[int | str, ...]
    times: np.ndarray | None
    unit: str | None
    calibration: Calibration
    sources: tuple[tuple[Path, ...], ...]
    source_frames: np.ndarray

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, frames: slice) -> "Layout":
        """What is known of some frames."""
        times = None if self.times is None else self.times[frames]
        return dataclasses.replace(
            self, frames=self.frames[frames], times=times, source_frames=self.source_frames[frames]
        )

    @property
    def seconds(self) -> np.ndarray:
        """`times`, for formats that need them.

        Raises:
            ValueError: If nothing tells them.
        """
        if self.times is None:
            raise ValueError("`times` should be known for this format. Received: times=None")
        return self.times

    @property
    def numbers(self) -> np.ndarray:
        """int `[T]`, the frames' numbers; counted from 0 where some have names."""
        return np.array(self.frames) if all(isinstance(each, int) for each in self.frames) else np.arange(len(self))

    @property
    def source_names(self) -> np.ndarray:
        """`[T, V]`, names of each camera's images without suffix; empty where it has a video, or no image."""
        columns = []
        for paths, numbers in zip(self.sources, self.source_frames.T, strict=True):
            stems = [path.stem for path in paths] if is_images(paths) else []
            columns.append([stems[number] if stems and number >= 0 else "" for number in numbers.tolist()])
        return np.array(columns).T


def is_images(paths: tuple[Path, ...]) -> bool:
    """Whether a camera's source is images, not a video."""
    return paths[0].suffix.lower() in SUFFIXES


@dataclasses.dataclass(frozen=True)
class Poses:
    """K points of T frames that V cameras saw. NaN where unknown.

    Attributes:
        layout: The recording.
        names: K names.
        points: `[T, K, 3]` float64, world frame and length unit of the camera file.
        error: `[T, K]` float64, reprojection error in pixels; `ncams`: int `[T, K]`, cameras that agree. Both as in
            `inference.agreement`.
        score: `[T, K]` float64 in [0, 1], mean confidence of the cameras.
        pixels: `[T, V, K, 2]` float64, where each camera has a point, in its image as recorded; the centre of the first
            pixel is (0, 0).
        confidence: `[T, V, K]` in [0, 1].
    """

    layout: Layout
    names: tuple[str, ...]
    points: np.ndarray
    error: np.ndarray
    ncams: np.ndarray
    score: np.ndarray
    pixels: np.ndarray
    confidence: np.ndarray


def joined(pieces: Sequence[Poses]) -> Poses:
    """Puts the poses of frames one after another."""
    layouts = [piece.layout for piece in pieces]
    layout = dataclasses.replace(
        layouts[0],
        frames=tuple(frame for each in layouts for frame in each.frames),
        times=None if layouts[0].times is None else np.concatenate([each.times for each in layouts]),
        source_frames=np.concatenate([each.source_frames for each in layouts]),
    )
    arrays = ("points", "error", "ncams", "score", "pixels", "confidence")
    return Poses(
        layout, pieces[0].names, *(np.concatenate([getattr(each, name) for each in pieces]) for name in arrays)
    )
