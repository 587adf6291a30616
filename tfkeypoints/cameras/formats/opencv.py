"""OpenCV's FileStorage with one camera, with a node for each camera, or a folder with a file for each camera.

YAML, XML and JSON are read; YAML is written, with a node for each camera.

Matrices and poses are OpenCV's own: world to camera, the centre of the first pixel at (0, 0), the world's unit. A file
may call each thing by one of the names below; any other name in it is refused, since it may matter.

Reference: OpenCV, "File Input and Output using XML / YAML / JSON files", and its sample `camera_calibration.cpp`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfkeypoints import files
from tfkeypoints.cameras import values
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats import _filestorage as storage
from tfkeypoints.cameras.formats import _writing
from tfkeypoints.cameras.source import Source
from tfkeypoints.geometry.checks import RIGID_TOLERANCE

NAME = "OpenCV FileStorage"
SUFFIXES = (".yml", ".yaml", ".xml", ".json")
CAMERA_NAME = ("name", "camera_name")
MATRIX = ("camera_matrix", "cameraMatrix", "K", "mtx", "intrinsic_matrix")
DISTORTION = ("distortion_coefficients", "distCoeffs", "dist_coeffs", "D", "dist", "distortion")
SIZE = ("image_size", "imageSize", "size", "resolution")
WIDTHS, HEIGHTS = ("image_width", "width", "frame_width"), ("image_height", "height", "frame_height")
ROTATION = ("R", "rotation_matrix", "rotation", "rvec", "rotation_vector", "Rvec")
TRANSLATION = ("T", "t", "tvec", "translation", "translation_vector", "Tvec")
POSE = ("extrinsics", "extrinsic_matrix", "RT")
FISHEYE, MODEL = ("fisheye_model", "fisheye"), ("camera_model", "model")
WITHOUT_EFFECT = (
    *("calibration_time", "calibration_date", "date", "description", "serial", "flags", "extrinsic_parameters"),
    *("nframes", "nr_of_frames", "image_count", "image_points", "grid_points", "per_view_reprojection_errors"),
    *("board_width", "board_height", "board_size", "square_size", "marker_size", "aspectRatio", "fixed_aspect_ratio"),
    *("avg_reprojection_error", "avg_reprojection_err", "reprojection_error", "rms", "RMS", "error"),
)
"""What OpenCV's samples and their relatives write beside a camera."""
KNOWN = (*CAMERA_NAME, *MATRIX, *DISTORTION, *SIZE, *WIDTHS, *HEIGHTS, *ROTATION, *TRANSLATION, *POSE, *FISHEYE, *MODEL)


def recognises(source: Source) -> bool:
    """Whether the source is FileStorage, or a folder with such files."""
    if source.is_folder:
        return any(storage.kind(each) == "opencv" for each in _candidates(source))
    return storage.kind(source) == "opencv"


def read(source: Source) -> list[Camera]:
    """Reads the cameras of a file, or of each file of a folder.

    Raises:
        ValueError: If a file is no FileStorage, or a camera is incomplete, wrong, or has an unknown key.
    """
    if source.is_folder:
        return [camera for each in _candidates(source) for camera in read(each)]
    if storage.kind(source) != "opencv":
        raise ValueError(
            f"{source} should be OpenCV's FileStorage, as other files beside it. Received: {source.seen()}"
        )
    content = storage.read_storage(source)
    if any(key in content for key in MATRIX):
        return [_camera(f"{source}", source.path.stem, content)]
    nodes = content["cameras"] if set(content) - set(WITHOUT_EFFECT) == {"cameras"} else content
    if isinstance(nodes, list):
        nodes = {f"cameras[{index}]": node for index, node in enumerate(nodes)}
    if not isinstance(nodes, dict) or not set(nodes) - set(WITHOUT_EFFECT):
        wanted = f"a camera ({', '.join(MATRIX)}) or a node for each camera"
        raise ValueError(f"{source} should hold {wanted}. Received: {values.short(nodes)}")
    return [_camera(f"{source}, `{key}`", key, node) for key, node in nodes.items() if key not in WITHOUT_EFFECT]


def write(path: str | Path, calibration: Calibration) -> None:
    """Writes the cameras as YAML that OpenCV 4 and 5 read, in nodes `camera_0`, `camera_1`, …

    A node has `name`, `image_width` and `image_height` where they are known, `fisheye_model`, and the matrices
    `camera_matrix`, `distortion_coefficients`, `R` and `T`.

    Raises:
        ValueError: If a camera has a skew, which OpenCV's functions do not look at.
    """
    cameras = enumerate(_writing.cameras(calibration))
    nodes = "".join(f"camera_{index}:\n{_node(camera)}" for index, camera in cameras)
    with files.whole(path) as partial:
        partial.write_text(f"%YAML:1.0\n---\n{nodes}", encoding="utf-8")


def _node(camera: Camera) -> str:
    fx, fy, cx, cy = _writing.focal_lengths_and_centre(camera, NAME)
    matrices = {
        MATRIX[0]: np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]),
        DISTORTION[0]: np.array([camera.lens.coefficients or (0.0,) * 5]),
        ROTATION[0]: camera.extrinsics[:3, :3],
        TRANSLATION[0]: camera.extrinsics[:3, 3:],
    }
    lines = [f"name: {json.dumps(camera.name, ensure_ascii=False)}"]
    if camera.size is not None:
        lines += [f"{WIDTHS[0]}: {camera.size[0]}", f"{HEIGHTS[0]}: {camera.size[1]}"]
    lines.append(f"{FISHEYE[0]}: {int(camera.lens.kind == 'fisheye')}")
    for key, matrix in matrices.items():
        rows, columns = matrix.shape
        parts = [f"rows: {rows}", f"cols: {columns}", "dt: d", f"data: {matrix.ravel().tolist()}"]
        lines += [f"{key}: !!opencv-matrix", *(f"   {part}" for part in parts)]
    return "".join(f"   {line}\n" for line in lines)


def _candidates(folder: Source) -> list[Source]:
    return [source for source in folder.files if source.path.suffix.lower() in SUFFIXES]


def _camera(where: str, key: str, node: Any) -> Camera:
    values.keys(where, node, (), (*KNOWN, *WITHOUT_EFFECT))
    given = _one(where, node, CAMERA_NAME)
    name = key if given is None else str(node[given])
    where = f"{where}, camera `{name}`"
    matrix, distortion = _required(where, node, MATRIX), _required(where, node, DISTORTION)
    kind, coefficients = _kind(where, node), storage.vector(where, distortion, node[distortion])
    if kind is None and values.shape(values.flat(coefficients)) == (4,):
        wanted = "are 4: `fisheye_model: 0` or `fisheye_model: 1` should say of which lens"
        raise ValueError(f"{where}: `{distortion}` {wanted}. Received: {', '.join(node)}")
    return Camera(
        name=name,
        size=_size(where, node),
        matrix=values.pixel_matrix(where, matrix, storage.matrix(where, matrix, node[matrix])),
        lens=values.lens(where, distortion, coefficients, kind or "pinhole"),
        extrinsics=_pose(where, node),
    )


def _one(where: str, node: dict[str, Any], keys: Sequence[str]) -> str | None:
    """The only one of `keys` that the node holds."""
    found = [key for key in keys if key in node]
    if len(found) > 1:
        raise ValueError(f"{where} should hold one of {', '.join(keys)}. Received: {', '.join(found)}")
    return found[0] if found else None


def _required(where: str, node: dict[str, Any], keys: Sequence[str]) -> str:
    """The only one of `keys` that the node holds, which there must be."""
    found = _one(where, node, keys)
    if found is None:
        raise ValueError(f"{where} should hold one of {', '.join(keys)}. Received: {list(node)}")
    return found


def _size(where: str, node: dict[str, Any]) -> tuple[int, int] | None:
    whole, width, height = (_one(where, node, keys) for keys in (SIZE, WIDTHS, HEIGHTS))
    if width is not None and height is not None and whole is None:
        return values.size(where, f"{width}, {height}", [node[width], node[height]])
    if width is not None or height is not None:
        raise ValueError(f"{where} should hold the images' size once: width and height. Received: {list(node)}")
    return None if whole is None else values.size(where, whole, storage.vector(where, whole, node[whole]))


def _kind(where: str, node: dict[str, Any]) -> str | None:
    flag, model = _one(where, node, FISHEYE), _one(where, node, MODEL)
    kinds = set()
    if model is not None:
        kinds.add(str(node[model]))
    if flag is not None:
        kinds.add({"0": "pinhole", "1": "fisheye"}.get(str(node[flag]), f"{flag} = {node[flag]}"))
    if len(kinds) > 1 or not kinds <= {"pinhole", "fisheye"}:
        raise ValueError(f"{where} should have a pinhole or a fisheye lens. Received: {' and '.join(sorted(kinds))}")
    return kinds.pop() if kinds else None


def _pose(where: str, node: dict[str, Any]) -> np.ndarray:
    pose = _one(where, node, POSE)
    rotations, translation = [key for key in ROTATION if key in node], _one(where, node, TRANSLATION)
    if pose is not None:
        if rotations or translation:
            raise ValueError(f"{where} should hold its pose once. Received: {', '.join(node)}")
        rows = storage.matrix(where, pose, node[pose])
        return values.rigid(where, pose, [*rows, [0, 0, 0, 1]] if values.shape(rows) == (3, 4) else rows)
    if not rotations or translation is None:
        wanted = "the camera's pose, world to camera: R and T, rvec and tvec, or extrinsics"
        raise ValueError(f"{where} should hold {wanted}. Received: {list(node)}")
    found = [_rotation(where, key, node[key]) for key in rotations]
    if any(np.abs(each - found[0]).max() > RIGID_TOLERANCE for each in found):
        raise ValueError(
            f"{where}: {' and '.join(rotations)} should say the same. Received: {np.array(found).tolist()}"
        )
    return values.joined(
        found[0], values.array(where, translation, storage.vector(where, translation, node[translation]), (3,))
    )


def _rotation(where: str, key: str, node: Any) -> np.ndarray:
    rows = storage.vector(where, key, node)
    return (values.rotation if values.shape(rows) == (3, 3) else values.rotation_vector)(where, key, rows)
