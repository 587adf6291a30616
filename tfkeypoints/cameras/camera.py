"""One camera in pixels: what the reader of every format returns a list of."""

import dataclasses

import numpy as np

from tfkeypoints.cameras.lens import Lens


@dataclasses.dataclass(frozen=True)
class Camera:
    """A camera that does not move.

    Attributes:
        name: What its file calls it.
        size: Width and height of its images as recorded, in pixels; None where its file does not say.
        matrix: `[3, 3]` float64, camera to pixels; the centre of the first pixel is (0, 0), as OpenCV has it.
        lens: What its lens does to the image.
        extrinsics: `[4, 4]` float64, world to camera, rigid; camera axes are x right, y down, z forward.
    """

    name: str
    size: tuple[int, int] | None
    matrix: np.ndarray
    lens: Lens
    extrinsics: np.ndarray
