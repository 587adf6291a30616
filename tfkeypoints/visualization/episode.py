"""A labelled video of an episode, seen by all cameras at once."""

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw

from tfkeypoints.visualization.captions import caption, names_of_cameras
from tfkeypoints.visualization.overlay import compose, disc_radius, draw_keypoints, picture_size
from tfkeypoints.visualization.palette import palette

TRAIL = 10
"""Frames that the lines behind keypoints reach back."""
_SHARP = 2
_OUTSIDE = 1e3
_THICK = 4
"""Of the lines, in pixels."""
_DARK, _LIGHT = (32, 32, 36), (255, 255, 255)
_NAME_HEIGHT, _GAP = 20, 4


def episode_frames(
    images: Sequence[np.ndarray] | np.ndarray,
    uv: ArrayLike,
    landmarks_uv: ArrayLike | None = None,
    confidence: ArrayLike | None = None,
    tile: int = 320,
    trail: int = TRAIL,
    camera_names: Sequence[str] | None = None,
) -> np.ndarray:
    """Draws each frame from all cameras side by side, with keypoints, the way that they came, and true landmarks.

    Keypoints are discs in their colors, with a fading line through their places in the frames before; landmarks are
    small white crosses. For the points of a model that fuses its views, give the projections of the fused keypoints
    (`camera.project(keypoints[:, None], intrinsics, extrinsics)[0]`): then every picture shows the same points.

    Args:
        images: `[T, V, H, W, C]`, RGB or RGBA; uint8, or float in [0, 1].
        uv: `[T, V, K, 2]` float, normalised image coordinates; NaN where a camera does not see a point, or it is not
            known.
        landmarks_uv: `[T, V, L, 2]` float, or None.
        confidence: `[T, V, K]` float or NaN; keypoints fade with it. None draws all alike.
        tile: Longer side of each camera's picture in pixels.
        trail: Frames that the lines reach back.
        camera_names: V strings; numbers from 0 if None.

    Returns:
        uint8 RGB `[T, h, w, 3]`, for `write_animation`.

    Raises:
        ValueError: If a shape does not fit.

    Example:
        write_animation("episode.mp4", episode_frames(images, uv), fps=10)
    """
    images, uv = np.asarray(images), np.asarray(uv, np.float64)
    if images.ndim != 5 or not images.size:
        raise ValueError(f"`images` must have shape [T, V, H, W, C], not empty. Received: shape={images.shape}")
    count, views = images.shape[:2]
    landmarks_uv = np.zeros((count, views, 0, 2)) if landmarks_uv is None else np.asarray(landmarks_uv, np.float64)
    for name, points in (("uv", uv), ("landmarks_uv", landmarks_uv)):
        if points.ndim != 4 or points.shape[:2] != (count, views) or points.shape[-1] != 2:
            raise ValueError(f"`{name}` must have shape [{count}, {views}, number, 2]. Received: {points.shape}")
    confidence = np.ones(uv.shape[:-1]) if confidence is None else np.asarray(confidence)
    names = names_of_cameras(camera_names, views)
    return np.stack(
        [
            episode_frame(
                images[time],
                uv[max(0, time - trail) : time + 1],
                f"frame {time} of {count}",
                landmarks_uv[time],
                confidence[time],
                tile,
                trail,
                names,
            )
            for time in range(count)
        ]
    )


def episode_tiles(sizes: ArrayLike, tile: int = 320) -> np.ndarray:
    """Where each camera's picture lies in what `episode_frames` draws, for `write_scene_page`.

    Args:
        sizes: V widths and heights of the cameras' images in pixels, `[V, 2]`.
        tile: As there.

    Returns:
        int `[V, 4]`: x and y of the picture's first pixel, its width and its height.

    Example:
        >>> episode_tiles([[64, 32], [64, 64]]).tolist()
        [[0, 20, 320, 160], [324, 20, 320, 320]]
    """
    pictures = np.array([picture_size(width, height, tile) for width, height in np.asarray(sizes).tolist()])
    left = np.cumsum(pictures[:, 0] + _GAP) - (pictures[:, 0] + _GAP)
    return np.column_stack([left, np.full_like(left, _NAME_HEIGHT), pictures])


def episode_frame(
    images: Sequence[np.ndarray] | np.ndarray,
    uv: np.ndarray,
    title: str,
    landmarks_uv: np.ndarray,
    confidence: np.ndarray,
    tile: int,
    trail: int,
    camera_names: Sequence[str],
) -> np.ndarray:
    """Draws one of the frames of `episode_frames`.

    Args:
        images: `[V, H, W, C]`.
        uv: `[t, V, K, 2]`, in this frame, the last one, and in up to `trail` frames before.
        title: What is written below, beside what the signs mean.
        landmarks_uv: `[V, L, 2]`.
        confidence: `[V, K]`.
        tile, trail: As there.
        camera_names: V strings.

    Returns:
        uint8 RGB `[h, w, 3]`.
    """
    seen = np.nan_to_num(uv[-1], nan=_OUTSIDE)
    confidence = np.nan_to_num(confidence)
    columns = []
    for view, name in enumerate(camera_names):
        picture = _with_trails(compose(images[view], tile), uv[:, view], trail)
        picture = draw_keypoints(picture, seen[view], confidence[view], size=tile)
        picture = _with_crosses(picture, landmarks_uv[view])
        columns.append(np.concatenate([_name(name, picture.shape[1]), picture]))
    strip = np.concatenate([columns[0], *(_beside(column) for column in columns[1:])], axis=1)
    meaning = "discs: keypoints" + (", crosses: true landmarks" if landmarks_uv.shape[1] else "")
    return np.concatenate([strip, caption(f"{title}     {meaning}", strip.shape[1])])


def _with_trails(picture: np.ndarray, uv: np.ndarray, trail: int) -> np.ndarray:
    """Draws each keypoint's line through `uv` `[t, K, 2]`, oldest first, its older parts fainter."""
    height, width = picture.shape[:2]
    radius = disc_radius(max(height, width))
    paths = np.swapaxes(_pixels(uv, width, height), 0, 1)
    known = np.isfinite(paths).all(-1)
    joined = known[:, 1:] & known[:, :-1]
    hidden = (np.hypot(*np.moveaxis(paths - paths[:, -1:], -1, 0)) + _THICK / 2 <= radius).all(1)
    low, high = (
        np.clip(end(np.where(known[..., None], paths, -sign * np.inf), 1) + sign * _THICK, 0, (width, height))
        for end, sign in ((np.min, -1), (np.max, 1))
    )
    low, high = np.floor(low).astype(int), np.ceil(np.clip(high + 1, 0, (width, height))).astype(int)
    drawn = np.flatnonzero(joined.any(1) & ~hidden & (low < high).all(1))  # the disc covers what is hidden
    if not len(drawn):
        return picture
    canvas = Image.fromarray(picture)
    colors = palette(len(paths))[drawn].tolist()
    places = ((paths[drawn] - low[drawn, None] + 0.5) * _SHARP - 0.5).tolist()
    boxes = zip(low[drawn].tolist(), (high - low)[drawn].tolist(), strict=True)
    for color, path, parts, (corner, size) in zip(colors, places, joined[drawn].tolist(), boxes, strict=True):
        canvas.paste(tuple(color), tuple(corner), _line(path, parts, size, trail))
    return np.array(canvas)


def _line(path: Sequence[Sequence[float]], joined: Sequence[bool], size: tuple[int, int], trail: int) -> Image.Image:
    """How much of each pixel a fading line covers: Pillow's image of 8 bits, smooth by drawing it larger.

    Args:
        path: t points in pixels of the larger drawing, oldest first.
        joined: t - 1 times whether a part of the line goes on to the next point.
        size: Width and height.
        trail: Parts that a whole line has.
    """
    canvas = Image.new("L", (size[0] * _SHARP, size[1] * _SHARP))
    draw = ImageDraw.Draw(canvas)
    for number, there in enumerate(joined):
        if there:
            strength = round(230 * (1 - (len(joined) - number - 1) / trail))
            draw.line([*path[number], *path[number + 1]], strength, _THICK * _SHARP)
    return canvas.resize(size, Image.Resampling.BOX)


def _with_crosses(picture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Draws a white cross with a dark rim at each of `uv` `[L, 2]`."""
    if not len(uv):
        return picture
    height, width = (side * _SHARP for side in picture.shape[:2])
    canvas = Image.fromarray(picture).resize((width, height), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(canvas, "RGBA")
    arm = 4 * _SHARP
    for thick, color in ((4 * _SHARP, _DARK), (2 * _SHARP, _LIGHT)):
        for x, y in _pixels(uv, width, height):
            reach = arm + (thick - 2 * _SHARP) / 2
            draw.line([x - reach, y - reach, x + reach, y + reach], color, thick)
            draw.line([x - reach, y + reach, x + reach, y - reach], color, thick)
    return np.array(canvas.resize(picture.shape[1::-1], Image.Resampling.BOX))


def _pixels(uv: np.ndarray, width: int, height: int) -> np.ndarray:
    """Pixels of `uv`, which is kept near the picture."""
    return (np.clip(uv, -5, 5) + 1) / 2 * (width, height) - 0.5


@functools.lru_cache
def _name(name: str, width: int) -> np.ndarray:
    return caption(name, width, _NAME_HEIGHT)


def _beside(picture: np.ndarray) -> np.ndarray:
    return np.pad(picture, ((0, 0), (_GAP, 0), (0, 0)), constant_values=255)
