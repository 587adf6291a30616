"""Pictures of several tiles: objects by views, and a network's heatmaps."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from tfkeypoints.visualization.captions import PAPER, caption
from tfkeypoints.visualization.overlay import compose, draw_keypoints
from tfkeypoints.visualization.palette import BACKGROUND, palette

_GAP = 6


def contact_sheet(
    images: ArrayLike,
    uv: ArrayLike,
    confidence: ArrayLike | None = None,
    tile: int = 192,
    titles: Sequence[str] | None = None,
) -> np.ndarray:
    """Draws objects with their keypoints from every view: an object's views side by side, objects in a grid.

    Args:
        images: `[N, V, H, W, C]`, RGB or RGBA; uint8, or float in [0, 1].
        uv: `[N, V, K, 2]` float, normalised image coordinates.
        confidence: `[N, V, K]` float, or None.
        tile: Longer side of each view in pixels.
        titles: N strings to stand above the objects, or None.

    Returns:
        uint8 RGB `[h, w, 3]`; the grid is as near to a 3 : 2 picture as whole rows allow.

    Raises:
        ValueError: If a shape does not fit.
    """
    images, uv = np.asarray(images), np.asarray(uv)
    if images.ndim != 5 or not len(images):
        raise ValueError(f"`images` must have shape [N, V, H, W, C], not empty. Received: shape={images.shape}")
    if uv.ndim != 4 or uv.shape[:2] != images.shape[:2]:
        raise ValueError(f"`uv` must have shape [{images.shape[0]}, {images.shape[1]}, K, 2]. Received: {uv.shape}")
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"`titles` must hold {len(images)} strings. Received: {len(titles)}")
    confidence = np.ones(uv.shape[:-1]) if confidence is None else np.asarray(confidence)
    objects = []
    for number, example in enumerate(zip(images, uv, confidence, strict=True)):
        views = [draw_keypoints(*view, size=tile) for view in zip(*example, strict=True)]
        strip = np.concatenate([views[0], *(_beside(view) for view in views[1:])], axis=1)
        objects.append(strip if titles is None else np.concatenate([caption(titles[number], strip.shape[1]), strip]))
    return _grid(objects, aspect=1.5)


def heatmap_panel(image: ArrayLike, heatmaps: ArrayLike, uv: ArrayLike | None = None, tile: int = 192) -> np.ndarray:
    """Draws an image and, beside it, each keypoint's heatmap in the keypoint's color over the faded image.

    Args:
        image: `[H, W, C]`, RGB or RGBA; uint8, or float in [0, 1].
        heatmaps: `[h, w, K]` float, not negative; each is shown relative to its peak. May be smaller than the image.
        uv: `[K, 2]` float, normalised image coordinates of the keypoints, or None.
        tile: Longer side of each tile in pixels.

    Returns:
        uint8 RGB.

    Raises:
        ValueError: If a shape does not fit or a heatmap is not finite.
    """
    heatmaps = np.asarray(heatmaps, np.float32)
    if heatmaps.ndim != 3 or not heatmaps.size or not np.isfinite(heatmaps).all():
        raise ValueError(f"`heatmaps` must be finite, of shape [h, w, K]. Received: shape={heatmaps.shape}")
    picture = compose(image, tile)
    tiles = [picture if uv is None else draw_keypoints(image, uv, size=tile)]
    faded = 0.45 * picture.mean(-1, keepdims=True) + 0.55 * np.array(BACKGROUND, np.float32)
    for heatmap, color in zip(np.moveaxis(heatmaps, -1, 0), palette(heatmaps.shape[-1]), strict=True):
        share = Image.fromarray(heatmap / max(heatmap.max(), 1e-12))
        share = np.clip(share.resize(picture.shape[1::-1], Image.Resampling.BILINEAR), 0, 1)[..., None] ** 0.5
        tiles.append(np.round(faded + share * (color - faded)).astype(np.uint8))
    return _grid(tiles, aspect=2.5)


def _beside(picture: np.ndarray) -> np.ndarray:
    """Sets a narrow strip of the background's color to the left of a view."""
    return np.pad(picture, ((0, 0), (1, 0), (0, 0)), constant_values=225)


def _grid(tiles: Sequence[np.ndarray], aspect: float) -> np.ndarray:
    """Lays out tiles of equal size on white paper, near the given width / height and with few empty places."""
    height, width = tiles[0].shape[:2]
    rows = max(1, round(math.sqrt(len(tiles) * width / height / aspect)))
    columns = math.ceil(len(tiles) / rows)
    rows = math.ceil(len(tiles) / columns)
    sheet = np.empty((rows * (height + _GAP) + _GAP, columns * (width + _GAP) + _GAP, 3), np.uint8)
    sheet[:] = PAPER
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        top, left = _GAP + row * (height + _GAP), _GAP + column * (width + _GAP)
        sheet[top : top + height, left : left + width] = tile
    return sheet
