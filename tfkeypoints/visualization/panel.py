"""What a `Keypoint3D` does with one example: its images, keypoints, heatmaps, Gaussian maps and reconstructions."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from tfkeypoints.visualization.captions import PAPER, caption, names_of_cameras
from tfkeypoints.visualization.overlay import compose, draw_keypoints
from tfkeypoints.visualization.palette import BACKGROUND, palette

COLUMNS = ("keypoints", "heatmaps", "Gaussian maps", "reconstruction", "target")
RANKS = {"uv": 3, "confidence": 2, "heatmaps": 4, "gaussian_maps": 4, "reconstruction": 4, "target": 4}
_GAP = 6


def keypoint_panel(
    images: ArrayLike, outputs: Mapping[str, ArrayLike], tile: int = 192, camera_names: Sequence[str] | None = None
) -> np.ndarray:
    """Draws a row a camera: keypoints, heatmaps, Gaussian maps, reconstruction, and what was to be reconstructed.

    The keypoints are drawn on the whole image and fade with their confidence. The other pictures show what the network
    was given, which may be the middle of the image only. A heatmap is shown relative to its own peak, a Gaussian map
    relative to the highest of its camera, both in the keypoint's color.

    Args:
        images: `[V, H, W, C]`, RGB or RGBA; uint8, or float in [0, 1].
        outputs: The model's answer for this example: `uv` `[V, K, 2]`, `confidence` `[V, K]`, `heatmaps` and
            `gaussian_maps` `[V, h, w, K]`, `reconstruction` and `target` `[V, H', W', 3]` float in [0, 1]. Other keys
            are ignored.
        tile: Longer side of each picture in pixels.
        camera_names: V strings; numbers from 0 if None.

    Returns:
        uint8 RGB `[h, w, 3]`.

    Raises:
        ValueError: If an output is missing, not finite, or does not fit.

    Example:
        outputs = model(batch)
        first = {name: values[0] for name, values in outputs.items()}
        save_image("panel.png", keypoint_panel(batch["image"][0], first))
    """
    images = np.asarray(images)
    if images.ndim != 4 or not len(images):
        raise ValueError(f"`images` must have shape [V, H, W, C], not empty. Received: images.shape={images.shape}")
    drawn = {name: _checked(outputs, name, len(images)) for name in RANKS}
    rows = []
    for view, name in enumerate(names_of_cameras(camera_names, len(images))):
        seen = {key: values[view] for key, values in drawn.items()}
        target = compose(np.clip(seen["target"], 0, 1), tile)
        row = _row(
            [
                draw_keypoints(images[view], seen["uv"], seen["confidence"], size=tile),
                _tinted(target, seen["heatmaps"] / np.maximum(seen["heatmaps"].max((0, 1)), 1e-12)),
                _tinted(target, seen["gaussian_maps"] / max(seen["gaussian_maps"].max(), 1e-12)),
                compose(np.clip(seen["reconstruction"], 0, 1), tile),
                target,
            ]
        )
        rows += [_row([caption(name, row.shape[1] - 2 * _GAP)]), row]
    titles = _row([caption(title, (row.shape[1] - _GAP) // len(COLUMNS) - _GAP, centred=True) for title in COLUMNS])
    return np.concatenate([titles, *rows, np.full_like(row[:_GAP], 255)])


def _checked(outputs: Mapping[str, ArrayLike], name: str, views: int) -> np.ndarray:
    """One output as float32, of V views and the rank that it should have."""
    if name not in outputs:
        raise ValueError(f"`outputs` must hold {', '.join(RANKS)}. Received: {', '.join(outputs)}")
    values = np.asarray(outputs[name], np.float32)
    if values.ndim != RANKS[name] or len(values) != views or not np.isfinite(values).all():
        raise ValueError(
            f"`outputs['{name}']` must be finite, of {RANKS[name]} dimensions, the first V={views}. "
            f"Received: shape={values.shape}"
        )
    return values


def _tinted(picture: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """Lays maps `[h, w, K]` with values from 0 to 1 over the faded picture; where they overlap, colors are mixed."""
    height, width = picture.shape[:2]
    share = np.stack(
        [
            Image.fromarray(each).resize((width, height), Image.Resampling.BILINEAR)
            for each in np.moveaxis(np.clip(maps, 0, 1), -1, 0)
        ],
        -1,
    )
    color = share @ palette(maps.shape[-1]).astype(np.float32) / np.maximum(share.sum(-1, keepdims=True), 1e-6)
    faded = 0.45 * picture.mean(-1, keepdims=True) + 0.55 * np.array(BACKGROUND, np.float32)
    cover = 1 - (1 - share).prod(-1, keepdims=True)
    return np.round(faded + cover * (color - faded)).astype(np.uint8)


def _row(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Sets pictures side by side on white paper, each in the middle of a place as large as the largest."""
    height, width = np.max([picture.shape[:2] for picture in pictures], axis=0)
    row = np.empty((height, len(pictures) * (width + _GAP) + _GAP, 3), np.uint8)
    row[:] = PAPER
    for number, picture in enumerate(pictures):
        top = (height - picture.shape[0]) // 2
        left = _GAP + number * (width + _GAP) + (width - picture.shape[1]) // 2
        row[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return row
