"""Images as recorded to ideal ones on their way into a model: undistorted at about the size that it sees."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from tfkeypoints.cameras.calibration import Calibration

FINER = 4
"""How many times finer than what the model sees images are undistorted. Hard discs through a strong lens (k1 = -0.35,
1280 × 720 into 64 × 64) then differ from a pinhole camera's by 1.5 of 255 (root mean square); 2 times finer by 4.8."""


def undistorted(images: Sequence[Image.Image], calibration: Calibration, height: int, width: int) -> list[Image.Image]:
    """Undistorts images that are to be fitted into `height` × `width`.

    Args:
        images: V images as recorded.
        calibration: Their V cameras.
        height, width: Size of the model's images in pixels.

    Returns:
        V images, perhaps smaller; transparent where a lens shows nothing. Those of an ideal lens as they are.
    """
    if all(lens.ideal for lens in calibration.lenses):
        return list(images)
    sizes = [_size(image, lens, height, width) for image, lens in zip(images, calibration.lenses, strict=True)]
    scaled = [image.convert("RGBA").convert("RGBa") for image in images]
    scaled = [image.resize(size, Image.Resampling.HAMMING) for image, size in zip(scaled, sizes, strict=True)]
    ideal = calibration.resized(sizes).undistort([np.asarray(image) for image in scaled])
    return [
        image if lens.ideal else Image.frombytes("RGBa", size, pixels.tobytes()).convert("RGBA")
        for image, lens, size, pixels in zip(images, calibration.lenses, sizes, ideal, strict=True)
    ]


def _size(image, lens, height, width):
    """Enough pixels to fit the image into `FINER` times the model's, and no more than it has."""
    scale = FINER * min(height / image.height, width / image.width)
    return image.size if lens.ideal or scale >= 1 else tuple(math.ceil(side * scale) for side in image.size)
