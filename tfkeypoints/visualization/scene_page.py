"""An episode in 3D, as a page for the browser."""

from pathlib import Path

import numpy as np

from tfkeypoints.arguments import check_positive
from tfkeypoints.files import whole
from tfkeypoints.visualization.captions import names_of_cameras
from tfkeypoints.visualization.palette import palette

_DARK, _GREY = "rgb(32,32,36)", "rgb(120,120,128)"
_FRUSTUM_SHARE = 0.15
"""Length of the drawn pyramids, as a share of the cameras' distance from the keypoints."""


def write_scene_page(
    path,
    keypoints,
    landmarks,
    intrinsics,
    extrinsics,
    landmark_names=None,
    unit="world unit",
    fps=10,
    camera_names=None,
):
    """Writes an HTML file that shows keypoints, landmarks and cameras in 3D, with a slider over time.

    The file is complete by itself. All axes have the same scale. A camera is drawn as the pyramid that it sees, with a
    gable over the image's upper side; thin lines are the trajectories of the keypoints over the whole episode.

    Args:
        path: File ending in .html.
        keypoints: `[T, K, 3]` float, world frame.
        landmarks: `[T, L, 3]` float, world frame, or None.
        intrinsics: `[V, 3, 3]`, or `[T, V, 3, 3]` where they change.
        extrinsics: `[V, 4, 4]`, or `[T, V, 4, 4]` for cameras that move.
        landmark_names: L strings; numbers from 0 if None.
        unit: Length unit of the world, written at the axes, such as "metre".
        fps: Frames a second when played.
        camera_names: V strings; numbers from 0 if None.

    Returns:
        The path.

    Raises:
        ValueError: If a shape does not fit or a value is not finite.
        ImportError: If plotly is not installed.

    Example:
        write_scene_page("scene.html", keypoints, None, intrinsics, extrinsics, unit="metre")
    """
    path = Path(path)
    if path.suffix != ".html":
        raise ValueError(f"`path` must end in .html. Received: path={path}")
    check_positive(fps=fps)
    keypoints = _checked("keypoints", keypoints, (None, None, 3))
    if not keypoints.size:
        raise ValueError(f"`keypoints` must not be empty. Received: shape={keypoints.shape}")
    count = len(keypoints)
    landmarks = _checked("landmarks", np.zeros((count, 0, 3)) if landmarks is None else landmarks, (count, None, 3))
    extrinsics = _checked("extrinsics", extrinsics, (count, None, 4, 4)[-max(3, np.ndim(extrinsics)) :])
    views = extrinsics.shape[-3]
    intrinsics = _checked("intrinsics", intrinsics, (count, views, 3, 3)[-max(3, np.ndim(intrinsics)) :])
    if landmark_names is None:
        landmark_names = [f"landmark {number}" for number in range(landmarks.shape[1])]
    if len(landmark_names) != landmarks.shape[1]:
        raise ValueError(f"`landmark_names` must hold {landmarks.shape[1]} strings. Received: {list(landmark_names)}")
    frusta = _frusta(intrinsics, extrinsics, keypoints)
    if frusta.ndim == 4 and (frusta == frusta[0]).all():
        frusta = frusta[0]
    figure = _figure(keypoints, landmarks, frusta, list(landmark_names), names_of_cameras(camera_names, views))
    everything = np.concatenate([each.reshape(-1, 3) for each in (keypoints, landmarks, frusta)])
    bounds = everything.min(0), everything.max(0)
    _lay_out(figure, unit, fps, bounds, up=-extrinsics[..., 1, :3].reshape(-1, 3).mean(0))
    with whole(path) as partial:
        buttons = {"displaylogo": False, "showSendToCloud": False}
        edge_to_edge = "document.body.style.margin = 0"
        figure.write_html(partial, auto_play=False, config=buttons, post_script=edge_to_edge, div_id="scene")
    return path


def _checked(name, values, shape):
    """The values as float32, of a shape in which None stands for any number."""
    values = np.asarray(values, np.float32)
    fits = values.ndim == len(shape) and all(
        want in (None, have) for want, have in zip(shape, values.shape, strict=True)
    )
    if not fits or not np.isfinite(values).all():
        wanted = ", ".join("number" if size is None else str(size) for size in shape)
        raise ValueError(f"`{name}` must be finite, of shape [{wanted}]. Received: shape={values.shape}")
    return values


def _frusta(intrinsics, extrinsics, keypoints):
    """Draws each camera's pyramid as one line that begins in its eye: `[..., V, 13, 3]`, world frame."""
    eye, gable = [0, 0, 0], [0, -1.4, 1]
    left_top, right_top, right_low, left_low = [-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]
    sides = [eye, left_top, gable, right_top, eye, right_low, left_low, eye]
    rays = np.array([*sides, left_top, right_top, right_low, left_low, left_top])
    rays = rays @ np.swapaxes(np.linalg.inv(intrinsics), -1, -2)
    rotation, translation = extrinsics[..., :3, :3], extrinsics[..., None, :3, 3]
    distance = np.linalg.norm(-translation @ rotation - keypoints.reshape(-1, 3).mean(0), axis=-1)
    return (_FRUSTUM_SHARE * np.median(distance) * rays - translation) @ rotation


def _figure(keypoints, landmarks, frusta, landmark_names, camera_names):
    """Everything that is drawn; for each point in time, a plotly frame with the places of what moves."""
    try:
        from plotly import graph_objects
    except ImportError as error:
        raise ImportError("A page needs plotly: pip install 'tfkeypoints[pages]'") from error
    num_keypoints = keypoints.shape[1]
    colors = [f"rgb({red},{green},{blue})" for red, green, blue in palette(num_keypoints)]
    trajectories = np.moveaxis(keypoints, 0, 1)
    moving = frusta.ndim == 4
    static = [
        _lines("trajectories", trajectories, np.repeat(colors, len(keypoints) + 1), 3, opacity=0.5),
        *([] if moving else _cameras(frusta, camera_names)),
    ]

    def at(time):
        return [
            _points("keypoints", keypoints[time], [f"keypoint {k}" for k in range(num_keypoints)], colors, "circle"),
            _points("landmarks", landmarks[time], landmark_names, _DARK, "diamond-open"),
            *(_cameras(frusta[time], camera_names) if moving else []),
        ]

    first = at(0)
    frames = [
        graph_objects.Frame(data=at(time), name=str(time), traces=list(range(len(static), len(static) + len(first))))
        for time in range(len(keypoints))
    ]
    return graph_objects.Figure(data=[*static, *first], frames=frames)


def _points(name, places, labels, color, symbol):
    marker = {"color": color, "symbol": symbol, "size": 5 if symbol == "circle" else 8}
    hover = "%{text}<br>%{x:.4g}, %{y:.4g}, %{z:.4g}<extra></extra>"
    return {**_scatter(name, places), "mode": "markers", "marker": marker, "text": labels, "hovertemplate": hover}


def _lines(name, places, color, width, opacity=1.0):
    """Lines through `[number, points, 3]`, apart from each other."""
    apart = np.pad(places, ((0, 0), (0, 1), (0, 0)), constant_values=np.nan).reshape(-1, 3)
    line = {"color": color, "width": width}
    return {**_scatter(name, apart), "mode": "lines", "line": line, "opacity": opacity, "hoverinfo": "skip"}


def _cameras(frusta, names):
    labels = {**_scatter("camera names", frusta[:, 0]), "mode": "text", "text": names, "showlegend": False}
    return [_lines("cameras", frusta, _GREY, 3), labels | {"textfont": {"color": _GREY}, "hoverinfo": "skip"}]


def _scatter(name, places):
    x, y, z = np.asarray(places, np.float32).T
    return {"type": "scatter3d", "name": name, "x": x, "y": y, "z": z}


def _lay_out(figure, unit, fps, bounds, up):
    """Equal axes about the bounds `[2, 3]`, the world's axis nearest to `up` on top, slider and buttons."""
    top = np.zeros(3)
    top[np.abs(up).argmax()] = np.sign(up[np.abs(up).argmax()])
    eye = np.where(top == 0, 1.3, 1.1 * top)
    centre = -0.2 * top  # leaves room for the titles of the axes in front
    margin = 0.03 * np.ptp(bounds, axis=0).max()
    axes = {
        f"{axis}axis": {"title": {"text": f"{axis} ({unit})"}, "range": [low - margin, high + margin]}
        for axis, low, high in zip("xyz", *bounds, strict=True)
    }
    go_to = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    play = go_to | {"frame": {"duration": 1000 / fps, "redraw": True}, "fromcurrent": True}
    figure.update_layout(
        template="plotly_white",
        margin={"l": 0, "r": 0, "t": 10, "b": 0},
        legend={"x": 0.01, "y": 0.99},
        scene={
            **axes,
            "aspectmode": "data",
            "camera": {
                name: dict(zip("xyz", place, strict=True))
                for name, place in (("up", top), ("eye", eye), ("center", centre))
            },
        },
        sliders=[
            {
                "currentvalue": {"prefix": "frame "},
                "pad": {"l": 120, "r": 30, "t": 10, "b": 20},
                "steps": [
                    {"label": frame.name, "method": "animate", "args": [[frame.name], go_to]} for frame in figure.frames
                ],
            }
        ],
        updatemenus=[
            {
                "type": "buttons",
                "direction": "left",
                "x": 0.01,
                "y": 0,
                "xanchor": "left",
                "yanchor": "top",
                "pad": {"t": 30},
                "buttons": [
                    {"label": "play", "method": "animate", "args": [None, play]},
                    {"label": "stop", "method": "animate", "args": [[None], go_to]},
                ],
            }
        ],
    )
