"""A rig of cameras in 3D, as a page for the browser."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tfkeypoints.cameras import views
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.visualization import figure3d

if TYPE_CHECKING:
    from tfkeypoints.cameras.lens import Lens


PYRAMID_SHARE = 0.15
"""Length of the drawn pyramids, as a share of how far the cameras look."""
BORDER = 16
"""Places along each side of an image, through which its border is drawn."""


def write_rig_page(path: str | Path, calibration: Calibration, unit: str = "world unit") -> Path:
    """Writes an HTML file that shows cameras, their optical axes, and where these come nearest to each other.

    The file is complete by itself. All axes have the same scale. A camera is drawn as the pyramid that it sees, whose
    edges at the image are bent as its lens bends them and end where it shows nothing, with a gable over the image's
    upper side. Where the size of the images is not known, the principal point is taken to be in their middle. A rig far
    from the world's origin is drawn from a place near to it, which the titles of the axes say.

    Args:
        path: File ending in .html.
        calibration: The cameras.
        unit: Length unit of the world, written at the axes.

    Returns:
        The path.

    Raises:
        ValueError: If the path does not end in .html.
        ImportError: If plotly is not installed.
    """
    path = figure3d.check_page(path)
    eyes, axes = views.centres(calibration.extrinsics), views.axes(calibration.extrinsics)
    point = views.meeting_point(calibration.extrinsics)
    places = eyes if point is None else np.concatenate([eyes, point[None]])
    origin = figure3d.near_origin(places)
    eyes, point = eyes - origin, None if point is None else point - origin
    ranges = _ranges(eyes, axes, point)
    length = PYRAMID_SHARE * np.median(np.abs(ranges))
    pyramids = eyes[:, None] + length * _pyramids(calibration)
    sight = np.stack([eyes, eyes + ranges[:, None] * axes], 1)
    traces = [
        *figure3d.cameras(pyramids, list(calibration.names)),
        figure3d.lines("optical axes", sight, figure3d.GREY, 2, dash="dot"),
    ]
    if point is not None:
        label = ["where the optical axes come nearest to each other"]
        traces.append(figure3d.points("meeting point", point[None], label, figure3d.DARK))
    everything = np.concatenate([pyramids.reshape(-1, 3), sight.reshape(-1, 3)])
    bounds = np.nanmin(everything, 0), np.nanmax(everything, 0)
    figure = figure3d.new_figure(data=traces)
    figure.update_layout(**figure3d.layout(bounds, unit, views.up(calibration.extrinsics), origin))
    return figure3d.write_page(figure, path)


def _ranges(eyes: np.ndarray, axes: np.ndarray, point: np.ndarray | None) -> np.ndarray:
    """How far along its axis each camera is drawn to look, `[V]`: to where that is nearest to the meeting point."""
    if point is None:
        return np.full(len(eyes), np.linalg.norm(eyes[:, None] - eyes, axis=-1).max() or 1.0)
    return ((point - eyes) * axes).sum(-1)


def _pyramids(calibration: Calibration) -> np.ndarray:
    """Lines that begin in each eye, `[V, points, 3]`: along the world's axes, of length 1 along the optical axis."""
    cameras = zip(calibration.sizes, calibration.matrices, calibration.lenses, calibration.extrinsics, strict=True)
    return np.stack([_pyramid(*camera[:-1]) @ camera[-1][:3, :3] for camera in cameras])


def _pyramid(size: np.ndarray, matrix: np.ndarray, lens: "Lens") -> np.ndarray:
    size = views.assumed_size(size, matrix)
    border = views.border_rays(size, matrix, lens, count=BORDER)
    left_top, right_top, right_low, left_low = border[_nearest_seen(border)]
    top, middle = border[BORDER // 2], views.pixel_rays((size - 1) / 2, matrix, lens)
    eye, gable = np.zeros(3), top + 0.4 * (top - middle)
    edges = [left_top, gable, right_top, eye, right_low, eye, left_low, eye, left_top]
    return np.stack([eye, *border, border[0], *edges])


def _nearest_seen(border: np.ndarray) -> np.ndarray:
    """Of each corner, the place on the border nearest to it that the lens shows."""
    corners, places = np.arange(0, len(border), BORDER)[:, None], np.arange(len(border))
    steps = np.abs(places - corners)
    steps = np.minimum(steps, len(border) - steps)
    return np.where(np.isfinite(border).all(-1), steps, steps + len(border)).argmin(1)
