"""Images as recorded to ideal ones: reduced, undistorted, and cut to windows whose cameras follow."""

import math

import numpy as np
from PIL import Image

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.undistortion import Undistorter
from tfkeypoints.data.recordings import VideoFrame

FINER = 4
"""How many times finer than what the model sees images are undistorted, at most. Hard discs through a strong lens
(k1 = -0.35, 1280 × 720 into 64 × 64) then differ from a pinhole camera's by 1.5 of 255 (root mean square); 2 times
finer by 4.8."""


def ideal(image: Image.Image | VideoFrame, undistort: Undistorter) -> np.ndarray:
    """Makes the smaller image that a pinhole camera would have taken.

    Args:
        image: As recorded.
        undistort: Of the same camera, for images no larger than this one.

    Returns:
        uint8 `[height, width, 3]`; black where the lens shows nothing.
    """
    return undistort(_reduced(image, (undistort.width, undistort.height)))


def ideal_mask(mask: Image.Image | VideoFrame, undistort: Undistorter) -> np.ndarray:
    """Makes the smaller mask that a pinhole camera would have taken, as `ideal` does of images.

    Returns:
        uint8 `[height, width]`, 255 where nothing but the subject is seen; 0 where the lens shows nothing.
    """
    return ideal(mask, undistort)[..., 0]


def crop_size(calibration: Calibration, view: int, boxes: np.ndarray, side: int) -> tuple[int, int]:
    """Width and height at which a camera's images are undistorted, so that all windows can be cut to `side` pixels.

    Args:
        calibration: The cameras.
        view: The number of the camera.
        boxes: `[..., 4]`, u0, v0, u1, v1 in normalised coordinates.
        side: Of the crops, in pixels.
    """
    width, height = calibration.sizes[view].tolist()
    smallest = float(np.min((boxes[..., 3] - boxes[..., 1]) / 2 * height))
    scale = min(1.0, FINER * side / smallest)
    return math.ceil(width * scale), math.ceil(height * scale)


def cut(image: np.ndarray, box: np.ndarray, side: int) -> np.ndarray:
    """Cuts a window out of an image and averages it into `side` × `side` pixels.

    Args:
        image: uint8 `[H, W, 3]`, or `[H, W]`.
        box: `[4]`, u0, v0, u1, v1 in normalised coordinates of the image, which may reach beyond it.
        side: In pixels.

    Returns:
        uint8 `[side, side, 3]`, or `[side, side]`; black beyond the image.
    """
    height, width = image.shape[:2]
    low, high = ((np.asarray(corner) + 1) / 2 * (width, height) for corner in (box[:2], box[2:]))
    first, last = np.floor(low).astype(int) - 1, np.ceil(high).astype(int) + 1
    there = np.clip([first, last], 0, (width, height))
    region = np.zeros((*(last - first)[::-1], *image.shape[2:]), np.uint8)
    (left, top), (right, bottom) = there - first
    region[top:bottom, left:right] = image[there[0, 1] : there[1, 1], there[0, 0] : there[1, 0]]
    place = (*(low - first).tolist(), *(high - first).tolist())
    return np.asarray(Image.fromarray(region).resize((side, side), Image.Resampling.HAMMING, box=place))


def _reduced(image: Image.Image | VideoFrame, size: tuple[int, int]) -> np.ndarray:
    if isinstance(image, VideoFrame):
        return np.asarray(image.reduced(size))
    if image.mode == "RGBA":  # what is transparent is black, and lends no color to what is beside it
        image = Image.merge("RGB", image.convert("RGBa").split()[:3])
    return np.asarray(image.convert("RGB").resize(size, Image.Resampling.HAMMING))
