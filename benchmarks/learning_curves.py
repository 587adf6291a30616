"""What the benchmarks of control share: commands run one by one, and learning curves of several seeds."""

import os
import subprocess
import sys

import numpy as np

from tfkeypoints.visualization.curves import blank_panels, pixels_of
from tfkeypoints.visualization.files import save_image

POINTS = 100
COLORS = ["#2563c9", "#d9622b", "#2e9d6a", "#8a4fc4"]


def run(command, **variables):
    """Runs a Python command in a process of its own, with further environment variables.

    Raises:
        SystemExit: If it fails.
    """
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **variables}
    code = subprocess.run([sys.executable, *map(str, command)], env=environment).returncode
    if code:
        raise SystemExit(f"failed with {code}: {' '.join(map(str, command))}")


def resampled(steps, values, grid, width):
    """Means of what was measured within `width` steps before each point of a grid; NaN where nothing was.

    Args:
        steps, values: `[N]`; a value that is NaN does not count.
        grid: `[G]`.
        width: Length of the window, in steps.

    Returns:
        `[G]`.
    """
    steps, values = np.asarray(steps, float), np.asarray(values, float)
    known = np.isfinite(values)
    steps, values = steps[known], values[known]
    inside = (steps > grid[:, None] - width) & (steps <= grid[:, None])
    return np.where(inside.any(1), (inside * values).sum(1) / np.maximum(inside.sum(1), 1), np.nan)


def draw(path, panels, total_steps):
    """Draws learning curves: the mean of the seeds, and from their lowest to their highest.

    Args:
        path: Picture to write.
        panels: Dict from a panel's title to a dict from a curve's name to a list of (steps, values), one a seed.
        total_steps: End of the axis; windows are a twentieth of it.
    """
    grid = np.linspace(0, total_steps, POINTS + 1)[1:]
    figure, axes = blank_panels(1, len(panels), (4.2 * len(panels), 3.4))
    for panel, (title, curves) in zip(axes, panels.items(), strict=True):
        for (name, seeds), color in zip(curves.items(), COLORS, strict=False):
            values = np.stack([resampled(*seed, grid, total_steps / 20) for seed in seeds])
            seen = np.isfinite(values).all(0)
            x, values = grid[seen], values[:, seen]
            panel.plot(x, values.mean(0), color=color, linewidth=1.8, label=f"{name} ({len(seeds)})")
            panel.fill_between(x, values.min(0), values.max(0), color=color, alpha=0.18, linewidth=0)
        panel.set_title(title, fontsize=10, loc="left")
        panel.set_xlabel("steps of all environments", fontsize=9)
        panel.set_xlim(0, total_steps)
    axes[0].legend(frameon=False, fontsize=8, title="seeds in brackets", title_fontsize=7)
    save_image(path, pixels_of(figure))
