"""Keypoints drawn on one image."""

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont

from tfkeypoints.visualization.palette import BACKGROUND, palette

_OUTLINE, _RING = (32, 32, 36), (255, 255, 255)


def compose(image: ArrayLike, size: int | None = None) -> np.ndarray:
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
    if image.dtype == np.uint8 and image.shape[-1] == 3 and size in (None, max(image.shape[:2])):
        return image.copy()
    values: np.ndarray = image.astype(np.float32) * (1 if image.dtype == np.uint8 else 255)
    if not np.isfinite(values).all():
        raise ValueError("`image` must be finite. Received: NaN or infinity")
    if image.shape[-1] == 4:
        alpha = values[..., 3:] / 255
        values = alpha * values[..., :3] + (1 - alpha) * np.array(BACKGROUND, np.float32)
    picture = Image.fromarray(np.clip(np.round(values), 0, 255).astype(np.uint8))
    if size is not None:
        picture = picture.resize(picture_size(picture.width, picture.height, size), Image.Resampling.BICUBIC)
    return np.array(picture)


def picture_size(width: int, height: int, size: int) -> tuple[int, int]:
    """Width and height of an image that is scaled to a longer side."""
    scale = size / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def draw_keypoints(
    image: ArrayLike, uv: ArrayLike, confidence: ArrayLike | None = None, size: int = 256, numbers: bool = False
) -> np.ndarray:
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
    picture = compose(image, size)
    height, width = picture.shape[:2]
    centres = (uv + 1) / 2 * (width, height) - 0.5
    opacity = 0.2 + 0.8 * confidence / max(confidence.max(initial=0), 1e-12)
    radius = disc_radius(size)
    _blend_discs(picture, centres, radius, palette(max(1, len(uv)))[: len(uv)], opacity)
    return _write_numbers(picture, centres, radius) if numbers else picture


def disc_radius(size: float) -> float:
    """The radius of the discs in a picture of this longer side, in pixels; their rims lie around it."""
    return 0.02 * size + 1


def _blend_discs(
    picture: np.ndarray, centres: np.ndarray, radius: float, colors: np.ndarray, opacity: np.ndarray
) -> None:
    """Draws anti-aliased discs, each in its color with a light ring and a dark outline, into the uint8 picture.

    A disc blended over the picture is p + c (color - p), with c its coverage times its opacity. The outline, the ring
    and the disc one over the other make it p a + b, with a = Π (1 - c) and b the colors that shine through.
    """
    height, width = picture.shape[:2]
    border = 0.25 * radius
    reach = radius + 1.6 * border
    side = 2 * int(np.ceil(reach + 1)) + 1
    lows = np.floor(centres).astype(int) - side // 2
    inside = ((lows + side > 0) & (lows < (width, height))).all(-1)
    lows, centres, colors, opacity = lows[inside], centres[inside], colors[inside], opacity[inside]
    steps = np.arange(side)
    x, y = ((lows[:, axis, None] + steps - centres[:, axis, None]).astype(np.float32) for axis in (0, 1))
    distance = np.sqrt((x * x)[:, None] + (y * y)[:, :, None])
    reaches = np.array([reach, radius + border, radius], np.float32)[:, None, None, None]
    covered = np.clip(reaches + np.float32(0.5) - distance, 0, 1)
    outline, ring, disc = covered * opacity.astype(np.float32)[:, None, None]
    kept = (1 - outline) * (1 - ring) * (1 - disc)
    shares = np.stack([outline * (1 - ring) * (1 - disc), ring * (1 - disc), disc], -1)
    shades = np.empty((len(colors), 3, 3), np.float32)
    shades[:, 0], shades[:, 1], shades[:, 2] = _OUTLINE, _RING, colors
    added = (shares.reshape(-1, side * side, 3) @ shades).reshape(-1, side, side, 3) + np.float32(0.5)
    firsts, lasts = np.maximum(-lows, 0), np.minimum((width, height) - lows, side)
    bounds = np.concatenate([firsts, lasts, firsts + lows, lasts + lows], 1).tolist()
    for (left, top, right, bottom, *place), keep, add in zip(bounds, kept[..., None], added, strict=True):
        patch = picture[place[1] : place[3], place[0] : place[2]]
        inner = np.s_[top:bottom, left:right]
        patch[...] = patch * keep[inner] + add[inner]  # rounded, by the half that was added


def _write_numbers(picture: np.ndarray, centres: np.ndarray, radius: float) -> np.ndarray:
    canvas = Image.fromarray(picture)
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(size=max(9, 2 * radius))
    for number, (x, y) in enumerate(centres):
        draw.text(
            (x + 1.6 * radius, y - 1.6 * radius), str(number), _OUTLINE, font, "lm", stroke_width=2, stroke_fill="white"
        )
    return np.array(canvas)
