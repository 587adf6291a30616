"""A labelled video of an episode, seen by all cameras at once."""

import numpy as np
from PIL import Image, ImageDraw

from tfkeypoints.visualization.captions import caption, names_of_cameras
from tfkeypoints.visualization.overlay import compose, draw_keypoints
from tfkeypoints.visualization.palette import palette

_SHARP = 2
_OUTSIDE = 1e3
_DARK, _LIGHT = (32, 32, 36), (255, 255, 255)


def episode_frames(images, uv, landmarks_uv=None, confidence=None, tile=320, trail=10, camera_names=None):
    """Draws each frame from all cameras side by side, with keypoints, the way that they came, and true landmarks.

    Keypoints are discs in their colors, with a fading line through their places in the frames before; landmarks are
    small white crosses. For the points of a model that fuses its views, give the projections of the fused keypoints
    (`camera.project(keypoints[:, None], intrinsics, extrinsics)[0]`): then every picture shows the same points.

    Args:
        images: `[T, V, H, W, C]`, RGB or RGBA; uint8, or float in [0, 1].
        uv: `[T, V, K, 2]` float, normalised image coordinates; NaN where a camera does not see a point, or
            it is not known.
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
    confidence = np.ones(uv.shape[:-1]) if confidence is None else np.nan_to_num(confidence)
    names = names_of_cameras(camera_names, views)
    seen = np.nan_to_num(uv, nan=_OUTSIDE)
    frames = []
    for time in range(count):
        past = slice(max(0, time - trail), time + 1)
        pictures = []
        for view, name in enumerate(names):
            picture = _with_trails(compose(images[time, view], tile), uv[past, view], trail)
            picture = draw_keypoints(picture, seen[time, view], confidence[time, view], size=tile)
            picture = _with_crosses(picture, landmarks_uv[time, view])
            pictures.append(np.concatenate([caption(name, picture.shape[1]), picture]))
        strip = np.concatenate([pictures[0], *(_beside(picture) for picture in pictures[1:])], axis=1)
        frames.append(np.concatenate([strip, _legend(strip.shape[1], time, count, landmarks_uv.shape[2])]))
    return np.stack(frames)


def _with_trails(picture, uv, trail):
    """Draws each keypoint's line through `uv` `[t, K, 2]`, oldest first, its older parts fainter."""
    canvas, draw, pixels = _enlarged(picture, uv)
    for age in range(len(uv) - 1, 0, -1):
        strength = round(230 * (1 - (age - 1) / trail))
        for start, end, color in zip(pixels[-1 - age], pixels[-age], palette(uv.shape[1]), strict=True):
            if np.isfinite([start, end]).all():
                draw.line([*start, *end], (*color.tolist(), strength), 4 * _SHARP)
    return np.array(canvas.resize(picture.shape[1::-1], Image.Resampling.BOX))


def _with_crosses(picture, uv):
    """Draws a white cross with a dark rim at each of `uv` `[L, 2]`."""
    canvas, draw, pixels = _enlarged(picture, uv)
    arm = 4 * _SHARP
    for width, color in ((4 * _SHARP, _DARK), (2 * _SHARP, _LIGHT)):
        for x, y in pixels:
            reach = arm + (width - 2 * _SHARP) / 2
            draw.line([x - reach, y - reach, x + reach, y + reach], color, width)
            draw.line([x - reach, y + reach, x + reach, y - reach], color, width)
    return np.array(canvas.resize(picture.shape[1::-1], Image.Resampling.BOX))


def _enlarged(picture, uv):
    """A canvas that is scaled down after drawing, for smooth lines; its pen; and `uv`, kept near it, in its pixels."""
    size = np.array(picture.shape[1::-1]) * _SHARP
    canvas = Image.fromarray(picture).resize(tuple(size), Image.Resampling.NEAREST)
    return canvas, ImageDraw.Draw(canvas, "RGBA"), (np.clip(uv, -5, 5) + 1) / 2 * size - 0.5


def _legend(width, time, count, num_landmarks):
    meaning = "discs: keypoints" + (", crosses: true landmarks" if num_landmarks else "")
    return caption(f"frame {time} of {count}     {meaning}", width)


def _beside(picture):
    return np.pad(picture, ((0, 0), (4, 0), (0, 0)), constant_values=255)
