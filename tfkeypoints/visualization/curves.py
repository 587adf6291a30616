"""Curves: how errors are distributed, and how training went."""

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_INK = "#464650"
_COLORS = ["#2563c9", "#d9622b", "#2e9d6a", "#8a4fc4", "#c23b7a", "#8d7a18"]
_DPI = 120
UNITS = {"angular_error": "degrees", "relative_pose": "radians"}


def error_curve(errors: ArrayLike | Mapping[str, ArrayLike], baseline: ArrayLike | None = None) -> np.ndarray:
    """Draws the share of examples whose angular error is at most a given angle.

    Args:
        errors: `[N]` degrees, or a dict from a curve's name to its `[N]` degrees.
        baseline: `[N]` degrees of the untrained network, drawn in grey, or None.

    Returns:
        uint8 RGB picture; the legend gives each curve's mean and median.

    Raises:
        ValueError: If there is no error, or one is not finite or negative.
    """
    curves = dict(errors) if isinstance(errors, dict) else {"trained": errors}
    styles = [{"color": _COLORS[number % len(_COLORS)], "linewidth": 2} for number in range(len(curves))]
    if baseline is not None:
        curves["untrained"] = baseline
        styles.append({"color": "#a0a0a6", "linewidth": 1.5, "linestyle": "--"})
    figure, (axes,) = blank_panels(1, 1, (6.4, 4.2))
    for (name, values), style in zip(curves.items(), styles, strict=True):
        values = np.sort(np.asarray(values, np.float64).reshape(-1))
        if not values.size or not np.isfinite(values).all() or values[0] < 0:
            raise ValueError(f"`errors` must be finite, 0 or more, and not empty. Received: {name}={values}")
        label = f"{name}: mean {values.mean():.1f}°, median {np.median(values):.1f}°"
        share = 100 * np.arange(len(values) + 1) / len(values)
        axes.step([*values, 180], share, where="pre", label=label, **style)
    ticks = [0.5, 1, 2, 5, 10, 20, 45, 90, 180]
    axes.set(xscale="log", xlim=(ticks[0], 180), ylim=(0, 101))
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("angular error (degrees, logarithmic)")
    axes.set_ylabel("examples with at most this error (%)")
    figure.legend(frameon=False, loc="outside upper left", fontsize=9)
    return pixels_of(figure)


def training_curves(path: str | Path) -> np.ndarray:
    """Draws every column of a training history against the step, a panel each.

    Args:
        path: CSV with a header. The x axis is the column `step`, or the first one where there is none. A column
            `val_NAME` shares the panel of `NAME`; empty cells are gaps.

    Returns:
        uint8 RGB picture.

    Raises:
        ValueError: If the file has no rows or no second column.
    """
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or len(rows[0]) < 2:
        raise ValueError(f"`path` must be a CSV with a header, two columns and a row or more. Received: path={path}")
    columns = {name: np.array([float(row[name] or "nan") for row in rows]) for name in rows[0]}
    x_name = "step" if "step" in columns else next(iter(columns))
    x = columns[x_name]
    terms = list(dict.fromkeys(name.removeprefix("val_") for name in columns if name not in (x_name, "epoch")))
    across = min(3, len(terms))
    down = math.ceil(len(terms) / across)
    figure, panels = blank_panels(down, across, (3.4 * across, 2.3 * down))
    for axes, term in zip(panels, terms, strict=False):
        for name, label, color in ((term, "training", _COLORS[0]), (f"val_{term}", "validation", _COLORS[1])):
            known = np.isfinite(columns.get(name, np.array([])))
            if known.any():
                axes.plot(x[known], columns[name][known], color=color, linewidth=1.5, label=label)
        if term in UNITS:
            axes.set_ylabel(UNITS[term])
        axes.set_title(term.replace("_", " "), fontsize=10, color=_INK, loc="left")
    for axes in panels[len(terms) :]:
        axes.set_visible(False)
    for axes in panels[max(0, len(terms) - across) : len(terms)]:
        axes.set_xlabel(x_name)
    panels[0].legend(frameon=False)
    return pixels_of(figure)


def blank_panels(rows: int, columns: int, inches: tuple[float, float]) -> "tuple[Figure, np.ndarray]":
    """Makes a figure without any global state and its panels in reading order."""
    from matplotlib.figure import Figure

    figure = Figure(inches, dpi=_DPI, layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).reshape(-1)
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["bottom", "left"]].set_color("#b4b4ba")
        axes.tick_params(colors=_INK, labelsize=8)
        axes.grid(color="#ececf0")
        axes.set_axisbelow(True)
    return figure, panels


def pixels_of(figure: "Figure") -> np.ndarray:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
