"""An episode in 3D, as a page for the browser, with a video of it beside."""

import base64
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.arguments import check_positive
from tfkeypoints.cameras import views
from tfkeypoints.files import whole
from tfkeypoints.visualization.captions import names_of_cameras
from tfkeypoints.visualization.figure3d import check_page, near_origin
from tfkeypoints.visualization.palette import palette

_FRUSTUM_SHARE = 0.15
"""Length of the drawn pyramids, as a share of the cameras' distance from the keypoints."""


def write_scene_page(
    path: str | Path,
    keypoints: ArrayLike,
    landmarks: ArrayLike | None,
    intrinsics: ArrayLike,
    extrinsics: ArrayLike,
    landmark_names: Sequence[str] | None = None,
    unit: str = "world unit",
    fps: float = 10,
    camera_names: Sequence[str] | None = None,
    frame_names: Sequence[int | str] | None = None,
    video: str | None = None,
    tiles: Sequence[Sequence[int]] | np.ndarray | None = None,
) -> Path:
    """Writes an HTML file that shows keypoints, landmarks and cameras in 3D, and plays them at their own speed.

    The file needs no network. All axes have the same scale. A camera is drawn as the pyramid that it sees, with a gable
    over the image's upper side; thin lines are the trajectories of the keypoints over the whole episode, with gaps
    where they are not known. With a video, what each camera saw plays beside, and in its pyramid, at the same time. A
    scene far from the world's origin is drawn from a place near to it, which the axes say: a browser's numbers have 24
    bits.

    Args:
        path: File ending in .html.
        keypoints: `[T, K, 3]` float, world frame; NaN where they are not known, as in `predict`'s missing frames.
        landmarks: `[T, L, 3]` float, world frame, or None.
        intrinsics: `[V, 3, 3]`, or `[T, V, 3, 3]` where they change.
        extrinsics: `[V, 4, 4]`, or `[T, V, 4, 4]` for cameras that move.
        landmark_names: L strings; numbers from 0 if None.
        unit: Length unit of the world, written at the axes, such as "metre".
        fps: Frames a second.
        camera_names: V strings; numbers from 0 if None.
        frame_names: T different strings, shown beside the slider; numbers from 0 if None.
        video: Name of a video in the page's folder, such as `write_animation` makes of `episode_frames`; frame t is
            seen in it t / `fps` seconds after its beginning. None: no pictures.
        tiles: `[V, 4]`, where each camera's whole image lies in the video: x and y of its corner, width and height in
            pixels, as `episode_tiles` tells. Asked for with a video.

    Returns:
        The path.

    Raises:
        ValueError: If a shape does not fit, a value is not finite, or no keypoint is known.

    Example:
        write_scene_page("scene.html", keypoints, None, intrinsics, extrinsics, unit="metre")
    """
    path = check_page(path)
    check_positive(fps=fps)
    keypoints = _checked("keypoints", keypoints, (None, None, 3), gaps=True)
    keypoints = np.where(np.isnan(keypoints).any(-1, keepdims=True), np.nan, keypoints)
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
    if (video is None) != (tiles is None):
        raise ValueError(f"`video` and `tiles` belong together. Received: video={video}, tiles={tiles}")
    if tiles is not None:
        tiles = _checked("tiles", tiles, (num_views, 4)).tolist()
    if landmark_names is None:
        landmark_names = [f"landmark {number}" for number in range(landmarks.shape[1])]
    if len(landmark_names) != landmarks.shape[1]:
        raise ValueError(f"`landmark_names` must hold {landmarks.shape[1]} strings. Received: {list(landmark_names)}")
    frusta = _frusta(intrinsics, extrinsics, keypoints)
    if frusta.ndim == 4 and (frusta == frusta[0]).all():
        frusta = frusta[0]
    everything = np.concatenate([each.reshape(-1, 3) for each in (keypoints, landmarks, frusta)])
    origin = near_origin(everything)
    content = {
        "keypoints": _packed(keypoints - origin),
        "landmarks": _packed(landmarks - origin),
        "frusta": _packed(frusta - origin),
        "moving": frusta.ndim == 4,
        "bounds": [(end(everything, 0) - origin).tolist() for end in (np.nanmin, np.nanmax)],
        "origin": origin.tolist(),
        "up": views.up(extrinsics).tolist(),
        "unit": unit,
        "fps": float(fps),
        "frames": frame_names,
        "cameras": list(map(str, names_of_cameras(camera_names, num_views))),
        "landmark_names": list(map(str, landmark_names)),
        "colors": ["#{:02x}{:02x}{:02x}".format(*color) for color in palette(keypoints.shape[1])],
        "video": None if video is None else quote(str(video)),
        "tiles": tiles,
    }
    page = (resources.files(__package__) / "page" / "scene.html").read_text(encoding="utf-8")
    with whole(path) as partial:
        text = json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
        partial.write_text(page.replace(">DATA<", f">{text}<"), encoding="utf-8")
    return Path(path)


def _packed(values: np.ndarray) -> str:
    """float32, little-endian, in base64."""
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()


def _checked(name: str, values: ArrayLike, shape: tuple[int | None, ...], gaps: bool = False) -> np.ndarray:
    """The values as float64, of a shape in which None stands for any number; with `gaps` some may be NaN."""
    values = np.asarray(values, np.float64)
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


def _frusta(intrinsics: np.ndarray, extrinsics: np.ndarray, keypoints: np.ndarray) -> np.ndarray:
    """Draws each camera's pyramid as one line that begins in its eye: `[..., V, 13, 3]`, world frame."""
    eye, gable = [0, 0, 0], [0, -1.4, 1]
    left_top, right_top, right_low, left_low = [-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]
    sides = [eye, left_top, gable, right_top, eye, right_low, left_low, eye]
    rays = np.array([*sides, left_top, right_top, right_low, left_low, left_top])
    rays = rays @ np.swapaxes(np.linalg.inv(intrinsics), -1, -2)
    rotation, translation = extrinsics[..., :3, :3], extrinsics[..., None, :3, 3]
    distance = np.linalg.norm(-translation @ rotation - np.nanmean(keypoints.reshape(-1, 3), 0), axis=-1)
    return (_FRUSTUM_SHARE * np.median(distance) * rays - translation) @ rotation
