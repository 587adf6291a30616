"""Images as recorded to ideal ones on their way into a model: undistorted at about the size that it sees."""

import math

import numpy as np
from PIL import Image

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.undistortion import Undistorter
from tfkeypoints.data.recordings import VideoFrame
from tfkeypoints.data.sessions.ideal import FINER
from tfkeypoints.inference.images import scaled


def undistorted(image: Image.Image | VideoFrame, undistort: Undistorter, channels: int) -> Image.Image | VideoFrame:
    """Undistorts an image that is to be fitted into the model's.

    Args:
        image: As recorded.
        undistort: What undistorts images of `undistorted_size`.
        channels: Of the model's images: 3, or 4 with alpha.

    Returns:
        The ideal image, perhaps smaller; black where the lens shows nothing, or transparent. The image itself if the
        lens is ideal.
    """
    if undistort.lens.ideal:
        return image
    small = scaled(image, (undistort.width, undistort.height))
    if channels == 4 or small.mode == "RGBA":  # colors count by their alpha, so that none come from what is transparent
        small = small.convert("RGBA").convert("RGBa")
    ideal = Image.frombytes(small.mode, small.size, undistort(np.asarray(small)).tobytes())
    return ideal.convert("RGBA") if small.mode == "RGBa" else ideal


def undistorted_size(calibration: Calibration, view: int, height: int, width: int) -> tuple[int, int]:
    """Width and height at which a camera's images are undistorted: `FINER` than the model's, no more than they have."""
    size = tuple(calibration.sizes[view].tolist())
    scale = FINER * min(height / size[1], width / size[0])
    return size if calibration.lenses[view].ideal or scale >= 1 else tuple(math.ceil(side * scale) for side in size)
