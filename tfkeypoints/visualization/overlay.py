"""Keypoints drawn on one image."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tfkeypoints.visualization.palette import BACKGROUND, palette

_OUTLINE = (32, 32, 36)


def compose(image, size=None):
    """Lays an image over the light background and scales it.

    Args:
        image: `[H, W, 3]` RGB or `[H, W, 4]` RGBA with straight alpha; uint8, or float in [0, 1].
        size: Longer side of the picture in pixels; that of the image if None.

    Returns:
        uint8 RGB `[h, w, 3]`.

    Raises:
        ValueError: If the shape does not fit or a value is not finite.
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[-1] not in (3, 4) or not image.size:
        raise ValueError(f"`image` must have shape [H, W, 3] or [H, W, 4]. Received: image.shape={image.shape}")
    values = image.astype(np.float32) * (1 if image.dtype == np.uint8 else 255)
    if not np.isfinite(values).all():
        raise ValueError("`image` must be finite. Received: NaN or infinity")
    if image.shape[-1] == 4:
        alpha = values[..., 3:] / 255
        values = alpha * values[..., :3] + (1 - alpha) * np.float32(BACKGROUND)
    picture = Image.fromarray(np.clip(np.round(values), 0, 255).astype(np.uint8))
    if size is not None:
        scale = size / max(picture.size)
        picture = picture.resize([max(1, round(side * scale)) for side in picture.size], Image.Resampling.BICUBIC)
    return np.array(picture)


def draw_keypoints(image, uv, confidence=None, size=256, numbers=False):
    """Draws keypoints as discs with a light ring and a dark outline.

    Convention: the image spans [-1, 1] in u (right) and v (down).

    Args:
        image: `[H, W, 3]` RGB or `[H, W, 4]` RGBA; uint8, or float in [0, 1].
        uv: `[K, 2]` float, normalised image coordinates. Points outside the image are cut off.
        confidence: `[K]` float, not negative; a keypoint fades with its share of the surest one's confidence.
        size: Longer side of the picture in pixels.
        numbers: Whether to write each keypoint's number, counted from 0, beside it.

    Returns:
        uint8 RGB `[h, w, 3]`.

    Raises:
        ValueError: If a shape does not fit or a value is not finite.

    Example:
        >>> draw_keypoints(np.zeros((32, 64, 4), np.uint8), [[0.0, 0.5]], size=128).shape
        (64, 128, 3)
    """
    uv = np.asarray(uv, np.float64)
    if uv.ndim != 2 or uv.shape[-1] != 2 or not np.isfinite(uv).all():
        raise ValueError(f"`uv` must be finite, of shape [K, 2]. Received: uv.shape={uv.shape}, uv={uv}")
    confidence = np.ones(len(uv)) if confidence is None else np.asarray(confidence, np.float64)
    if confidence.shape != uv.shape[:1] or not (confidence >= 0).all():
        raise ValueError(f"`confidence` must hold K={len(uv)} values from 0. Received: confidence={confidence}")
    picture = compose(image, size).astype(np.float64)
    height, width = picture.shape[:2]
    centres = (uv + 1) / 2 * (width, height) - 0.5
    opacity = 0.2 + 0.8 * confidence / max(confidence.max(initial=0), 1e-12)
    radius = 0.02 * size + 1
    border = 0.25 * radius
    for centre, color, strength in zip(centres, palette(max(1, len(uv))), opacity, strict=False):
        _disc(picture, centre, radius + 1.6 * border, _OUTLINE, strength)
        _disc(picture, centre, radius + border, (255, 255, 255), strength)
        _disc(picture, centre, radius, color, strength)
    picture = np.round(picture).astype(np.uint8)
    return _write_numbers(picture, centres, radius) if numbers else picture


def _disc(picture, centre, radius, color, opacity):
    """Blends an anti-aliased disc into the float picture, in place; centre and radius in pixels."""
    height, width = picture.shape[:2]
    low = np.maximum(np.floor(centre - radius - 1), 0).astype(int)
    high = np.minimum(np.ceil(centre + radius + 2), (width, height)).astype(int)
    if (low >= high).any():
        return
    x, y = np.arange(low[0], high[0]), np.arange(low[1], high[1])[:, None]
    coverage = np.clip(radius + 0.5 - np.hypot(x - centre[0], y - centre[1]), 0, 1)[..., None] * opacity
    patch = picture[low[1] : high[1], low[0] : high[0]]
    patch += coverage * (np.asarray(color, np.float64) - patch)


def _write_numbers(picture, centres, radius):
    canvas = Image.fromarray(picture)
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(size=max(9, 2 * radius))
    for number, (x, y) in enumerate(centres):
        draw.text(
            (x + 1.6 * radius, y - 1.6 * radius), str(number), _OUTLINE, font, "lm", stroke_width=2, stroke_fill="white"
        )
    return np.array(canvas)
