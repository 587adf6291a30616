"""An episode in 3D, as a page for the browser."""

import numpy as np

from tfkeypoints.arguments import check_positive
from tfkeypoints.cameras import views
from tfkeypoints.visualization import figure3d
from tfkeypoints.visualization.captions import names_of_cameras
from tfkeypoints.visualization.palette import palette

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
    frame_names=None,
):
    """Writes an HTML file that shows keypoints, landmarks and cameras in 3D, with a slider over time.

    The file is complete by itself. All axes have the same scale. A camera is drawn as the pyramid that it sees, with a
    gable over the image's upper side; thin lines are the trajectories of the keypoints over the whole episode, with
    gaps where they are not known.

    Args:
        path: File ending in .html.
        keypoints: `[T, K, 3]` float, world frame; NaN where they are not known, as in `predict`'s missing frames.
        landmarks: `[T, L, 3]` float, world frame, or None.
        intrinsics: `[V, 3, 3]`, or `[T, V, 3, 3]` where they change.
        extrinsics: `[V, 4, 4]`, or `[T, V, 4, 4]` for cameras that move.
        landmark_names: L strings; numbers from 0 if None.
        unit: Length unit of the world, written at the axes, such as "metre".
        fps: Frames a second when played.
        camera_names: V strings; numbers from 0 if None.
        frame_names: T different strings, shown at the slider; numbers from 0 if None.

    Returns:
        The path.

    Raises:
        ValueError: If a shape does not fit, a value is not finite, or no keypoint is known.
        ImportError: If plotly is not installed.

    Example:
        write_scene_page("scene.html", keypoints, None, intrinsics, extrinsics, unit="metre")
    """
    path = figure3d.check_page(path)
    check_positive(fps=fps)
    keypoints = _checked("keypoints", keypoints, (None, None, 3), gaps=True)
    keypoints = np.where(np.isnan(keypoints).any(-1, keepdims=True), np.float32(np.nan), keypoints)
    if np.isnan(keypoints).all():
        raise ValueError(f"`keypoints` must hold a known point. Received: shape={keypoints.shape}, no number in it")
    count = len(keypoints)
    frame_names = list(map(str, range(count) if frame_names is None else frame_names))
    if len(set(frame_names)) != count or len(frame_names) != count:
        raise ValueError(f"`frame_names` must hold {count} different strings. Received: {frame_names}")
    landmarks = _checked("landmarks", np.zeros((count, 0, 3)) if landmarks is None else landmarks, (count, None, 3))
    extrinsics = _checked("extrinsics", extrinsics, (count, None, 4, 4)[-max(3, np.ndim(extrinsics)) :])
    num_views = extrinsics.shape[-3]
    intrinsics = _checked("intrinsics", intrinsics, (count, num_views, 3, 3)[-max(3, np.ndim(intrinsics)) :])
    if landmark_names is None:
        landmark_names = [f"landmark {number}" for number in range(landmarks.shape[1])]
    if len(landmark_names) != landmarks.shape[1]:
        raise ValueError(f"`landmark_names` must hold {landmarks.shape[1]} strings. Received: {list(landmark_names)}")
    frusta = _frusta(intrinsics, extrinsics, keypoints)
    if frusta.ndim == 4 and (frusta == frusta[0]).all():
        frusta = frusta[0]
    names = names_of_cameras(camera_names, num_views)
    figure = _figure(keypoints, landmarks, frusta, list(landmark_names), names, frame_names)
    everything = np.concatenate([each.reshape(-1, 3) for each in (keypoints, landmarks, frusta)])
    bounds = np.nanmin(everything, 0), np.nanmax(everything, 0)
    figure.update_layout(**figure3d.layout(bounds, unit, views.up(extrinsics)), **_controls(figure.frames, fps))
    return figure3d.write_page(figure, path)


def _checked(name, values, shape, gaps=False):
    """The values as float32, of a shape in which None stands for any number; with `gaps` some may be NaN."""
    values = np.asarray(values, np.float32)
    fits = values.ndim == len(shape) and all(
        want in (None, have) for want, have in zip(shape, values.shape, strict=True)
    )
    wrong = np.isinf(values) if gaps else ~np.isfinite(values)
    if not fits or wrong.any():
        wanted = ", ".join("number" if size is None else str(size) for size in shape)
        finite = "finite or NaN" if gaps else "finite"
        received = f"shape={values.shape}" + f", {wrong.sum()} values that are not" * bool(wrong.any())
        raise ValueError(f"`{name}` must be {finite}, of shape [{wanted}]. Received: {received}")
    return values


def _frusta(intrinsics, extrinsics, keypoints):
    """Draws each camera's pyramid as one line that begins in its eye: `[..., V, 13, 3]`, world frame."""
    eye, gable = [0, 0, 0], [0, -1.4, 1]
    left_top, right_top, right_low, left_low = [-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]
    sides = [eye, left_top, gable, right_top, eye, right_low, left_low, eye]
    rays = np.array([*sides, left_top, right_top, right_low, left_low, left_top])
    rays = rays @ np.swapaxes(np.linalg.inv(intrinsics), -1, -2)
    rotation, translation = extrinsics[..., :3, :3], extrinsics[..., None, :3, 3]
    distance = np.linalg.norm(-translation @ rotation - np.nanmean(keypoints.reshape(-1, 3), 0), axis=-1)
    return (_FRUSTUM_SHARE * np.median(distance) * rays - translation) @ rotation


def _figure(keypoints, landmarks, frusta, landmark_names, camera_names, frame_names):
    """Everything that is drawn; for each point in time, a plotly frame with the places of what moves."""
    num_keypoints = keypoints.shape[1]
    colors = [f"rgb({red},{green},{blue})" for red, green, blue in palette(num_keypoints)]
    trajectories = np.moveaxis(keypoints, 0, 1)
    moving = frusta.ndim == 4
    static = [
        figure3d.lines("trajectories", trajectories, np.repeat(colors, len(keypoints) + 1), 3, opacity=0.5),
        *([] if moving else figure3d.cameras(frusta, camera_names)),
    ]
    numbers = [f"keypoint {k}" for k in range(num_keypoints)]

    def at(time):
        return [
            figure3d.points("keypoints", keypoints[time], numbers, colors, "circle"),
            figure3d.points("landmarks", landmarks[time], landmark_names, figure3d.DARK, "diamond-open"),
            *(figure3d.cameras(frusta[time], camera_names) if moving else []),
        ]

    first = at(0)
    traces = list(range(len(static), len(static) + len(first)))
    frames = [{"data": at(time), "name": name, "traces": traces} for time, name in enumerate(frame_names)]
    return figure3d.new_figure(data=[*static, *first], frames=frames)


def _controls(frames, fps):
    """Slider and buttons."""
    go_to = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    play = go_to | {"frame": {"duration": 1000 / fps, "redraw": True}, "fromcurrent": True}
    steps = [{"label": frame.name, "method": "animate", "args": [[frame.name], go_to]} for frame in frames]
    slider = {"currentvalue": {"prefix": "frame "}, "pad": {"l": 120, "r": 30, "t": 10, "b": 20}, "steps": steps}
    buttons = {
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
    return {"sliders": [slider], "updatemenus": [buttons]}
