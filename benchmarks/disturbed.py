"""What is done to images and cameras that a model was not trained on. Angles in degrees, as they are told."""

import numpy as np
from lens_recordings import SUBPIXELS, look_up
from scipy.spatial.transform import Rotation

from tfkeypoints.cameras.lens import Lens

WIDE = 1.25
"""How much wider the images are that a lens' images are taken from; a lens shows more than an ideal camera."""
HALVINGS = 40
"""Of the interval in which the side of a square is sought: float64 has not many more digits."""


def farther(distance, field_of_view, factor):
    """A camera's distance and field of view (radians) with `factor` × the focal length, that sees an object as large.

    In the plane through the point that the camera looks at, both see the same.
    """
    return factor * distance, 2 * np.arctan(np.tan(field_of_view / 2) / factor)


def square(mask, share, rng):
    """A square about a pixel of an object, drawn by chance, that hides a share of it.

    Args:
        mask: `[H, W]`, how much of each pixel the object is, of any unit.
        share: Of the object's area, 0 to 1.
        rng: `numpy.random.Generator`.

    Returns:
        How much of each pixel is hidden, `[H, W]`, 0 to 1.
    """
    row, column = rng.choice(np.argwhere(mask > 0)) + 0.5
    height, width = mask.shape
    low, high = 0.0, 2.0 * max(mask.shape)
    for _ in range(HALVINGS):
        side = (low + high) / 2
        rows, columns = _within(height, row, side), _within(width, column, side)
        low, high = (side, high) if rows @ mask @ columns < share * mask.sum() else (low, side)
    return np.outer(rows, columns)


def _within(count, middle, side):
    """How much of each of `count` pixels lies less than half a side from the middle."""
    edges = np.clip(np.arange(count + 1), middle - side / 2, middle + side / 2)
    return np.diff(edges)


def hidden(image, mask, color, share, rng):
    """An image in which a square hides a share of the object: of a color, or, of an image with alpha, transparent."""
    part = square(mask, share, rng)[..., None] if share else 0.0
    if image.shape[-1] == 4:
        color, part = 0, part * np.array([0, 0, 0, 1])
    return np.rint((1 - part) * image + part * color).astype(np.uint8)


def turned(extrinsics, degrees, rng):
    """Cameras `[V, 4, 4]` that are turned by an angle, each about an axis of its own through its centre."""
    axes = rng.normal(size=(len(extrinsics), 3))
    axes /= np.linalg.norm(axes, axis=-1, keepdims=True)
    rotations = np.tile(np.eye(4), (len(extrinsics), 1, 1))
    rotations[:, :3, :3] = Rotation.from_rotvec(degrees * axes, degrees=True).as_matrix()
    return (rotations @ extrinsics).astype(np.float32)


def zoomed(intrinsics, percent, rng):
    """Cameras `[..., 3, 3]` whose focal lengths are too long or too short by a share in percent, each by chance."""
    signs = rng.choice([-1, 1], intrinsics.shape[:-2])
    scale = np.ones((*signs.shape, 3, 1))
    scale[..., :2, 0] += percent / 100 * signs[..., None]
    return (scale * intrinsics).astype(np.float32)


def through_lens(source, percent, size):
    """An image as a lens shows it that moves the middle of each border inwards by a share in percent.

    Barrel distortion: p' = p (1 - share |p|²) in normalised image coordinates.

    Args:
        source: uint8 `[S, S, C]`, as an ideal camera with 1 / `WIDE` of the focal length sees it; colors do not count
            where a fourth channel, alpha, is 0.
        percent: 0 to 7: the corners of greater ones lie past the lens' fold.
        size: Of the image.

    Returns:
        uint8 `[size, size, C]`.
    """
    places = (np.arange(size * SUBPIXELS) + 0.5) / (size * SUBPIXELS) * 2 - 1
    uv = Lens("pinhole", (-percent / 100, 0, 0, 0)).undistort(np.stack(np.meshgrid(places, places), -1)) / WIDE
    warp = np.moveaxis(((uv + 1) * len(source) - 1) / 2, -1, 0)[::-1]
    if source.shape[-1] != 4:
        return look_up(source, warp)
    alpha = source[..., 3:] / 255
    seen = look_up(np.concatenate([source[..., :3] * alpha, source[..., 3:]], -1), warp)
    colors = 255 * seen[..., :3].astype(float) / np.maximum(seen[..., 3:], 1)
    return np.concatenate([np.uint8(np.clip(np.rint(colors), 0, 255)), seen[..., 3:]], -1)
