"""Draws how cameras and recording fit: what moves, with the lines that should touch it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from tfkeypoints.data.recordings import Missing, Recording
from tfkeypoints.files import whole
from tfkeypoints.inspection.faults import Rig, median
from tfkeypoints.inspection.outlines import SIDE, moments
from tfkeypoints.inspection.tangents import angles, axes, touching

if TYPE_CHECKING:
    from matplotlib.axes import Axes


DARKER = 0.65
"""What is left of the images' brightness, so that lines stand out."""


def draw(path: str | Path, recording: Recording, names: Sequence[str], rigs: dict[str, Rig]) -> Path:
    """Draws a row for each rig: every camera's image at one time, and the distances of all pairs.

    In an image, the polygon is the outline of what moves there, and lines are what touches it in another camera: each
    line in the color of the camera that it comes from should touch the polygon.

    Args:
        path: PNG to write.
        recording: The images.
        names: V cameras.
        rigs: What to draw, by the title of its row; the first one is as given.
    """
    from matplotlib.figure import Figure

    views, colors = len(names), [f"C{view % 10}" for view in range(len(names))]
    given = next(iter(rigs.values()))
    time = _clear_time(list(rigs.values())[-1])
    width, height = np.max([outlines.size for outlines in given.outlines], 0)
    figure = Figure(figsize=(3 * (views + 1.2), len(rigs) * (3 * height / width + 0.5)), layout="constrained")
    grid = figure.subplots(len(rigs), views + 1, squeeze=False)
    for row, (title, rig) in zip(grid, rigs.items(), strict=True):
        for view, panel in enumerate(row[:-1]):
            source = next(k for k, each in enumerate(given.outlines) if each is rig.outlines[view])
            own = time - rig.cameras[view].late
            _show_image(panel, recording, source, own, rig, view)
            whose = f" (recording of {names[source]})" if source != view else ""
            panel.set_title(names[view] + whose, color=colors[view], fontsize=10)
            for other in range(views):
                if other != view:
                    _show_lines(panel, rig, view, other, time, colors[other])
        row[0].set_ylabel(title, fontsize=10)
        _show_table(row[-1], rig, names)
    with whole(Path(path)) as partial:
        figure.savefig(partial, format="png", dpi=100)
    return Path(path)


def _clear_time(rig: Rig) -> int:
    """The time at which most pairs touch, and of these the one that fits best."""
    apart = np.abs(np.concatenate(list(rig.distances.values()), -1))
    known = np.isfinite(apart).sum(-1)
    return int(np.argmin(np.where(known == known.max(), np.nansum(apart, -1), np.inf)))


def _show_image(panel: "Axes", recording: Recording, source: int, own: int, rig: Rig, view: int) -> None:
    panel.set_xticks([])
    panel.set_yticks([])
    outlines = rig.outlines[view]
    width, height = outlines.size
    panel.set_xlim(-0.5, width - 0.5)
    panel.set_ylim(height - 0.5, -0.5)
    panel.set_aspect("equal")
    if 0 <= own < outlines.count:
        picture = _picture(recording, source, own)
        if picture is not None:
            panel.imshow(DARKER * np.asarray(picture) / 255, extent=(-0.5, width - 0.5, height - 0.5, -0.5))
        polygon = outlines.points[outlines.frames == own]
        if len(polygon):
            panel.fill(*polygon.T, fill=False, edgecolor="white", linewidth=1.2)


def _picture(recording: Recording, source: int, time: int) -> Image.Image | None:
    """The image of a camera at one of the times that were looked at, small; None if it is missing."""
    number = moments(len(recording))[time]
    frames = recording.pairs[number, source] if number >= 0 else -1
    image = next(recording.sources[source].read([int(frames)])) if frames >= 0 else Missing("")
    if isinstance(image, Missing):
        return None
    picture = image if isinstance(image, Image.Image) else image.picture()
    picture = picture.convert("RGB")
    picture.thumbnail((SIDE, SIDE))
    return picture


def _show_lines(panel: "Axes", rig: Rig, view: int, other: int, time: int, color: Any) -> None:
    """What touches the other camera's outline, as lines in this one's image."""
    pair = sorted((view, other))
    planes = touching(*(rig.seen[each] for each in pair))[pair.index(other)]
    own = time - rig.cameras[other].late
    width, height = rig.outlines[view].size
    x, y = np.linspace(0, width - 1, 61), np.linspace(0, height - 1, 61)
    rays = rig.cameras[view].rays(np.stack(np.meshgrid(x, y), -1))
    field = angles(rays, axes(*(rig.seen[each] for each in pair)))
    if not 0 <= own < len(planes):
        return
    for angle in planes[own, :, 0]:
        apart = (field - angle + np.pi) % (2 * np.pi) - np.pi
        apart = np.where(np.abs(apart) < np.pi / 2, apart, np.nan)  # the plane's other half has no line there
        if np.isfinite(angle) and np.nanmin(apart, initial=1) < 0 < np.nanmax(apart, initial=-1):
            panel.contour(x, y, apart, [0], colors=[color], linewidths=1.2)


def _show_table(panel: "Axes", rig: Rig, names: Sequence[str]) -> None:
    """The median distance of each pair."""
    views = len(names)
    table = np.full((views, views), np.nan)
    for (one, other), each in rig.distances.items():
        table[one, other] = table[other, one] = median(each)
    worst = 0.02 * max(max(outlines.size) for outlines in rig.outlines)
    panel.imshow(np.nan_to_num(table), cmap="YlOrRd", vmin=0, vmax=worst)
    for one, other in np.ndindex(table.shape):
        text = f"{table[one, other]:.1f}" if np.isfinite(table[one, other]) else "" if one == other else "–"
        color = "white" if table[one, other] > 0.7 * worst else "black"
        panel.text(other, one, text, ha="center", va="center", fontsize=9, color=color)
    panel.set_xticks(range(views), names, rotation=45, fontsize=8)
    panel.set_yticks(range(views), names, fontsize=8)
    panel.set_title("epipolar distance, pixels", fontsize=10)
