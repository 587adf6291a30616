"""What a camera would see of an object if it were turned towards it: an upright square window of a photo."""

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image
from scipy import ndimage

from tfkeypoints.cameras.calibration import Calibration

SIDE = 2.62
"""World units that a window shows from side to side at the depth of what it is aimed at, the object's radius being 1:
that of the views of `rendered_objects`."""
FINER = 4
"""How many times finer than a window a photo is looked up along each side, at most; it is averaged before."""


def focal_of(distance: ArrayLike) -> np.ndarray:
    """The normalised focal length of a window that is aimed at what is so far away: f = 2 distance / SIDE."""
    return 2 * np.asarray(distance, np.float64) / SIDE


def cut(rgba: np.ndarray, one: Calibration, rotation: np.ndarray, focal: float, side: int) -> np.ndarray:
    """Draws a window of a photo, lens undone.

    A window's pixel averages the photo at up to 4 × 4 places of it, at x = K distort(Rᵀ ray).

    Args:
        rgba: uint8 `[H, W, 4]`, as recorded.
        one: The photo's camera alone, of the photo's size.
        rotation: `[3, 3]` R, photo's camera axes to the window's.
        focal: Normalised focal length of the window, whose principal point is in its middle.
        side: Of the window, in pixels.

    Returns:
        uint8 `[side, side, 4]`; transparent beyond the photo, and black where it is transparent.
    """
    matrix, lens = one.matrices[0], one.lenses[0]
    spread = 2 * matrix[1, 1] / (focal * side)  # pixels of the photo in one of the window
    image = Image.fromarray(rgba).convert("RGBa")
    factor = int(max(1, spread // FINER))
    small = np.asarray(image.reduce(factor))
    count = int(np.clip(np.ceil(spread / factor), 1, FINER))
    steps = (2 * np.arange(side * count) + 1) / (side * count) - 1
    columns, rows = np.meshgrid(steps, steps)
    rays = np.stack([columns / focal, rows / focal, np.ones_like(rows)], -1) @ np.asarray(rotation)
    xy = lens.image(rays)
    places = (xy @ matrix[:2, :2].T + matrix[:2, 2] + 0.5) / factor - 0.5
    with np.errstate(invalid="ignore"):
        inside = ((places >= -0.5) & (places <= one.sizes[0] / factor - 0.5)).all(-1)
    at = np.moveaxis(np.where(inside[..., None], places, 0), -1, 0)[::-1]
    looked_up = np.stack(
        [inside * ndimage.map_coordinates(np.float32(channel), at, order=1, mode="nearest")
         for channel in np.moveaxis(small, -1, 0)], -1
    )  # fmt: skip
    mean = looked_up.reshape(side, count, side, count, 4).mean((1, 3))
    return np.asarray(Image.frombytes("RGBa", (side, side), np.uint8(np.rint(mean)).tobytes()).convert("RGBA"))
