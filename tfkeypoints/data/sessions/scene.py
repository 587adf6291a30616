"""One recording and its cameras, and where in it something moves."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings import Recording
from tfkeypoints.data.sessions.hull import Hull, find_hull
from tfkeypoints.data.sessions.ideal import cut
from tfkeypoints.data.sessions.overview import Overview, look

if TYPE_CHECKING:
    from PIL import Image


LOOK_SIDE = 12
"""Pixels of what is kept of each camera's view of what moves."""


@dataclasses.dataclass(frozen=True)
class Scene:
    """A recording that was looked at.

    Attributes:
        recording, calibration: Of the same sizes.
        rows: `[N]`, the frames that were looked at: their places in the recording.
        hull: What moves in them.
        at_rest: The recording whose median is the scene at rest, or an image of it by each camera.
        looks: uint8 `[N, D]`, how they differ from the background where something moves: to compare frames by.
    """

    recording: Recording
    calibration: Calibration
    rows: np.ndarray
    hull: Hull
    at_rest: "Recording | tuple[Image.Image, ...]"
    looks: np.ndarray

    @classmethod
    def of(
        cls,
        recording: Recording,
        calibration: Calibration,
        empty: Recording | None = None,
        scene_centre: ArrayLike | None = None,
        masks: Recording | None = None,
        together: "tuple[Image.Image, ...] | None" = None,
    ) -> "Scene":
        """Reads the recording once, small; arguments and errors as in `look` and `find_hull`."""
        overview = look(recording, calibration, empty, masks, together)
        hull = find_hull(overview.masks(), calibration, scene_centre)
        return cls(recording, calibration, overview.rows, hull, overview.at_rest, _looks(overview, hull))


def _looks(overview: Overview, hull: Hull) -> np.ndarray:
    views = zip(overview.images, overview.backgrounds, hull.extent(0.01), strict=True)
    looks = [
        [cut(np.abs(image.astype(np.int16) - background).astype(np.uint8), box, LOOK_SIDE).ravel() for image in images]
        for images, background, box in views
    ]
    return np.concatenate(looks, 1)
