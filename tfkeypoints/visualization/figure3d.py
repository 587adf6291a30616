"""What pages in 3D share: their names and origins; points, lines and cameras for plotly, and axes of one scale."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints.files import whole

if TYPE_CHECKING:
    import plotly.graph_objects as go


DARK, GREY = "rgb(32,32,36)", "rgb(120,120,128)"
FAR = 10
"""A scene that is so many times its extent away from the origin is drawn from a place near to it."""
HOVER = "%{text}<br>%{x:.4g}, %{y:.4g}, %{z:.4g}<extra></extra>"


def new_figure(**content: Any) -> "go.Figure":
    """A figure of plotly.

    Raises:
        ImportError: If plotly is not installed.
    """
    try:
        from plotly import graph_objects
    except ImportError as error:
        raise ImportError("A page needs plotly: pip install 'tfkeypoints[pages]'") from error
    return graph_objects.Figure(**content)


def points(name: str, places: np.ndarray, labels: Sequence[str], color: str) -> dict[str, Any]:
    """Diamonds at places `[N, 3]`, whose labels show under the mouse."""
    marker = {"color": color, "symbol": "diamond-open", "size": 8}
    return {**_scatter(name, places), "mode": "markers", "marker": marker, "text": labels, "hovertemplate": HOVER}


def lines(name: str, places: np.ndarray, color: str, width: float, **line: Any) -> dict[str, Any]:
    """Lines through `[number, points, 3]`, apart from each other; with a gap where a point is NaN."""
    apart = np.pad(places, ((0, 0), (0, 1), (0, 0)), constant_values=np.nan).reshape(-1, 3)
    line = {"color": color, "width": width, **line}
    return {**_scatter(name, apart), "mode": "lines", "line": line, "hoverinfo": "skip"}


def cameras(pyramids: np.ndarray, names: Sequence[str]) -> list[dict[str, Any]]:
    """Pyramids as lines `[V, points, 3]` that begin in the eye, and the cameras' names there."""
    labels = {**_scatter("camera names", pyramids[:, 0]), "mode": "text", "text": names, "showlegend": False}
    return [lines("cameras", pyramids, GREY, 3), labels | {"textfont": {"color": GREY}, "hoverinfo": "skip"}]


def layout(
    bounds: Sequence[np.ndarray] | np.ndarray,
    unit: str,
    up: np.ndarray,
    origin: Sequence[float] | np.ndarray = (0.0, 0.0, 0.0),
) -> dict[str, Any]:
    """Equal axes about the bounds `[2, 3]`, with `up`, a unit vector along x, y or z, on top.

    Args:
        bounds: Least and greatest of all places.
        unit: Written at the axes.
        up: `[3]`.
        origin: `[3]`, what was subtracted of the places; written at the axes where it is not 0.
    """
    eye = np.where(up == 0, 1.3, 1.1 * up)
    centre = -0.2 * up  # leaves room for the titles of the axes in front
    margin = 0.03 * np.ptp(bounds, axis=0).max()
    titles = [
        f"{axis}{f' − {start:.15g}' if start else ''} ({unit})" for axis, start in zip("xyz", origin, strict=True)
    ]
    axes = {
        f"{axis}axis": {"title": {"text": title}, "range": [low - margin, high + margin]}
        for axis, title, low, high in zip("xyz", titles, bounds[0], bounds[1], strict=True)
    }
    places = {"up": up, "eye": eye, "center": centre}
    return {
        "template": "plotly_white",
        "margin": {"l": 0, "r": 0, "t": 10, "b": 0},
        "legend": {"x": 0.01, "y": 0.99},
        "scene": {
            **axes,
            "aspectmode": "data",
            "camera": {name: dict(zip("xyz", place, strict=True)) for name, place in places.items()},
        },
    }


def write_page(figure: "go.Figure", path: str | Path) -> Path:
    """Writes a figure as an HTML file that is complete by itself, and returns its path."""
    with whole(path) as partial:
        buttons = {"displaylogo": False, "showSendToCloud": False}
        edge_to_edge = "document.body.style.margin = 0"
        figure.write_html(partial, auto_play=False, config=buttons, post_script=edge_to_edge, div_id="scene")
    return Path(path)


def near_origin(places: np.ndarray) -> np.ndarray:
    """What to subtract of places `[N, 3]` that lie far from the origin, so that float32 holds them: `[3]`, or 0."""
    low, high = np.nanmin(places, 0), np.nanmax(places, 0)
    middle, extent = (low + high) / 2, (high - low).max()
    return np.where(np.abs(middle) > FAR * (extent or np.inf), np.round(middle), 0.0)


def check_page(path: str | Path) -> Path:
    """Checks a page's name.

    Raises:
        ValueError: If it does not end in .html.
    """
    path = Path(path)
    if path.suffix != ".html":
        raise ValueError(f"`path` must end in .html. Received: path={path}")
    return path


def _scatter(name: str, places: np.ndarray) -> dict[str, Any]:
    x, y, z = np.asarray(places, np.float32).T
    return {"type": "scatter3d", "name": name, "x": x, "y": y, "z": z}
