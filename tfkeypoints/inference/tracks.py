"""What is found in the frames of a recording."""

import dataclasses
from collections.abc import Sequence

import numpy as np


@dataclasses.dataclass(frozen=True)
class Tracks:
    """Keypoints of T frames, seen by V cameras. NaN where a camera's image was missing.

    Attributes:
        keypoints: `[T, K, 3]` float64, world frame and length unit of the camera file; NaN where any image was missing.
        points_world: `[T, V, K, 3]` float64, the same as each camera alone sees them.
        uv: `[T, V, K, 2]`, where the network found them in each camera's undistorted image; normalised coordinates.
        pixels: `[T, V, K, 2]` float64, the same in the pixels of the image as recorded; the centre of the first pixel
            is (0, 0). NaN past the lens' fold.
        confidence: `[T, V, K]`, the heatmap's mass in its fullest cell.
        attention: `[T, V, K]`, what the fusion weighs the views with; sums to 1 over K.
    """

    keypoints: np.ndarray
    points_world: np.ndarray
    uv: np.ndarray
    pixels: np.ndarray
    confidence: np.ndarray
    attention: np.ndarray

    def __len__(self) -> int:
        return len(self.keypoints)

    def __getitem__(self, frames: slice | np.ndarray) -> "Tracks":
        """The tracks of some frames: a slice, numbers, or a mask."""
        return Tracks(*(getattr(self, name)[frames] for name in FIELDS))

    @property
    def known(self) -> np.ndarray:
        """bool `[T]`, whether no image of a frame was missing."""
        return np.isfinite(self.points_world).all((1, 2, 3))


FIELDS = tuple(field.name for field in dataclasses.fields(Tracks))


def joined(parts: Sequence[Tracks]) -> Tracks:
    """Puts tracks, or other dataclasses of arrays, one after another."""
    kind = type(parts[0])
    fields = (field.name for field in dataclasses.fields(kind))
    return kind(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))
