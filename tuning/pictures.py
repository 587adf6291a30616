"""Pictures of a sweep: the objective over K, and the same examples with the keypoints of several K."""

from collections.abc import Mapping, Sequence

import numpy as np

from tfkeypoints.visualization.captions import caption
from tfkeypoints.visualization.curves import UNITS, blank_panels, pixels_of
from tfkeypoints.visualization.overlay import draw_keypoints

_LINE, _SINGLE, _ELBOW = "#2563c9", "#a0a0a6", "#d9622b"


def objective_curve(scores: Mapping[int, Sequence[float]], name: str, elbow: int | None = None) -> np.ndarray:
    """Draws an objective over the number of keypoints: each execution, and the mean with one standard deviation.

    Args:
        scores: K to the values of its executions.
        name: Of the objective, for the axis.
        elbow: K to mark, or None.

    Returns:
        uint8 RGB picture.
    """
    figure, (axes,) = blank_panels(1, 1, (6.4, 4.2))
    numbers = sorted(scores)
    mean = np.array([np.mean(scores[k]) for k in numbers])
    std = np.array([np.std(scores[k], ddof=1) if len(scores[k]) > 1 else 0.0 for k in numbers])
    axes.fill_between(numbers, mean - std, mean + std, color=_LINE, alpha=0.15, linewidth=0)
    for k in numbers:
        axes.plot([k] * len(scores[k]), scores[k], "o", color=_SINGLE, markersize=4, zorder=2)
    axes.plot(numbers, mean, "-o", color=_LINE, linewidth=2, label="mean ± standard deviation of executions")
    if elbow is not None:
        axes.axvline(elbow, color=_ELBOW, linestyle="--", linewidth=1.5, label=f"elbow: {elbow} keypoints")
    axes.set_xticks(numbers)
    axes.set_xlabel("number of keypoints K")
    term = name.removeprefix("val_")
    axes.set_ylabel(f"{term.replace('_', ' ')} ({', '.join([*filter(None, [UNITS.get(term)]), 'validation'])})")
    figure.legend(frameon=False, loc="outside upper left", fontsize=9, ncols=2)
    return pixels_of(figure)


def keypoint_rows(images: np.ndarray, rows: Mapping[str, tuple[np.ndarray, np.ndarray]], tile: int = 160) -> np.ndarray:
    """Draws the same images once a row, each time with other keypoints.

    Args:
        images: `[N, H, W, C]`, RGB or RGBA; uint8, or float in [0, 1].
        rows: Title of a row to `uv` `[N, K, 2]`, normalised image coordinates, and `confidence` `[N, K]`.
        tile: Longer side of each image in pixels.

    Returns:
        uint8 RGB picture.
    """
    parts = []
    for title, (uv, confidence) in rows.items():
        tiles = [draw_keypoints(*example, size=tile) for example in zip(images, uv, confidence, strict=True)]
        strip = np.concatenate(tiles, 1)
        parts += [caption(title, strip.shape[1]), strip]
    return np.concatenate(parts)
