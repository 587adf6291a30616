"""COLMAP's sparse model: a folder with `cameras` and `images`, text or binary, since 3.12 also `rigs` and `frames`.

Reads it, and writes text with a camera and an image for each view.

Poses are world to camera with OpenCV's axes and quaternions w x y z; the unit is the model's. The centre of the first
pixel is (0.5, 0.5), so that 0.5 is subtracted from the principal point. Each image is a view, named after its file.

Reference: COLMAP, "Output Format" and `src/colmap/sensor/models.h`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tfkeypoints import files
from tfkeypoints.cameras import values
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats import _colmap_binary, _colmap_text, _writing
from tfkeypoints.cameras.source import Source

NAME = "COLMAP"
TABLES = ("cameras", "images", "rigs", "frames")
MODELS = {  # parameters, kind of lens, and where each coefficient of OpenCV's order stands (None: 0)
    "SIMPLE_PINHOLE": ("f cx cy", "pinhole", ""),
    "PINHOLE": ("fx fy cx cy", "pinhole", ""),
    "SIMPLE_RADIAL": ("f cx cy k1", "pinhole", "k1 0 0 0"),
    "RADIAL": ("f cx cy k1 k2", "pinhole", "k1 k2 0 0"),
    "OPENCV": ("fx fy cx cy k1 k2 p1 p2", "pinhole", "k1 k2 p1 p2"),
    "FULL_OPENCV": ("fx fy cx cy k1 k2 p1 p2 k3 k4 k5 k6", "pinhole", "k1 k2 p1 p2 k3 k4 k5 k6"),
    "SIMPLE_FISHEYE": ("f cx cy", "fisheye", "0 0 0 0"),
    "FISHEYE": ("fx fy cx cy", "fisheye", "0 0 0 0"),
    "SIMPLE_RADIAL_FISHEYE": ("f cx cy k1", "fisheye", "k1 0 0 0"),
    "RADIAL_FISHEYE": ("f cx cy k1 k2", "fisheye", "k1 k2 0 0"),
    "OPENCV_FISHEYE": ("fx fy cx cy k1 k2 k3 k4", "fisheye", "k1 k2 k3 k4"),
}
"""What is no such lens (FOV, THIN_PRISM_FISHEYE, EUCM, …) is refused by its name."""
WRITTEN = {"pinhole": {0: "PINHOLE", 4: "OPENCV", 8: "FULL_OPENCV"}, "fisheye": {4: "OPENCV_FISHEYE"}}
"""The model by how many coefficients it has."""
UNIT_LENGTH = 1e-3
"""How far a quaternion's length may be from 1: files round."""


def recognises(source: Source) -> bool:
    """Whether the source is a model's folder, or its file of cameras or images."""
    names = [each.path.name for each in source.files] if source.is_folder else [source.path.name]
    found = [suffix for suffix in (".bin", ".txt") if {f"cameras{suffix}", f"images{suffix}"} & set(names)]
    return bool(found)


def read(source: Source) -> list[Camera]:
    """Reads the views of a model; of text and binary beside each other the binary one, as COLMAP does.

    While there are rigs and frames, they hold the poses, and those of the images are not used.

    Raises:
        ValueError: If a table is missing, cut off or does not fit the others, or a camera's model is no supported lens.
    """
    folder = source if source.is_folder else Source(source.path.parent)
    files = {each.path.name: each for each in folder.files}
    binary = bool({"cameras.bin", "images.bin"} & set(files))
    suffix, reader = (".bin", _colmap_binary) if binary else (".txt", _colmap_text)
    found = {name: files[f"{name}{suffix}"] for name in TABLES if f"{name}{suffix}" in files}
    for name, needed in (("cameras", True), ("images", True), ("rigs", "frames" in found), ("frames", "rigs" in found)):
        if needed and name not in found:
            raise ValueError(f"{folder} should hold {name}{suffix}. Received: {', '.join(sorted(files))}")
    tables = {name: getattr(reader, name)(each) for name, each in found.items()}
    rigged = bool(tables.get("rigs") or tables.get("frames"))
    poses = _poses(folder, tables) if rigged else {}
    views = []
    for number, image in tables["images"].items():
        where = f"{folder}, image `{image['name']}`"
        if image["camera"] not in tables["cameras"]:
            raise ValueError(f"{where} should be of a camera in cameras{suffix}. Received: camera {image['camera']}")
        if rigged and number not in poses:
            raise ValueError(f"{where} should be in a frame. Received: image {number}, which no frame holds")
        pose = poses[number] if number in poses else _pose(where, image["pose"])
        views.append(_view(where, image["name"], tables["cameras"][image["camera"]], pose))
    return views


def write(path: str | Path, calibration: Calibration) -> None:
    """Writes a folder with `cameras.txt`, `images.txt` and a `points3D.txt` without points.

    Raises:
        ValueError: If the folder is there already, or a camera has a skew, more than 8 coefficients, no size, or a
            name with a blank.
    """
    path = Path(path)
    if path.exists():
        raise ValueError(f"{path} should be a folder that is not there yet, for {NAME}. Received: one that is")
    cameras = _writing.cameras(calibration)
    texts = {
        "cameras": [_camera_line(number, camera) for number, camera in enumerate(cameras, 1)],
        "images": [f"{_image_line(number, camera)}\n" for number, camera in enumerate(cameras, 1)],
        "points3D": [],
    }
    with files.whole(path) as partial:
        partial.mkdir()
        for name, lines in texts.items():
            lines = [f"# Number of {name.replace('3D', '')}: {len(lines)}", *lines]
            (partial / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _camera_line(number: int, camera: Camera) -> str:
    fx, fy, cx, cy = _writing.focal_lengths_and_centre(camera, NAME)
    models = WRITTEN[camera.lens.kind]
    used = int(np.max(np.flatnonzero(camera.lens.coefficients), initial=-1)) + 1
    count = next((count for count in models if count >= used), max(models))
    parameters = [fx, fy, cx + 0.5, cy + 0.5, *_writing.coefficients(camera, NAME, count)]
    return " ".join(map(str, [number, models[count], *_writing.size(camera, NAME), *parameters]))


def _image_line(number: int, camera: Camera) -> str:
    from tfkeypoints.geometry.rotation import to_quaternion

    if camera.name.split() != [camera.name]:
        raise ValueError(
            f"camera `{camera.name}` should have a name without blanks, at which {NAME} cuts it. "
            f"Received: {camera.name!r}"
        )
    pose = [*to_quaternion(camera.extrinsics[:3, :3], "wxyz").numpy().tolist(), *camera.extrinsics[:3, 3].tolist()]
    return " ".join(map(str, [number, *pose, number, camera.name]))


def _poses(folder: Source, tables: Mapping[str, dict[int, Any]]) -> dict[int, np.ndarray]:
    """World to camera by image: sensor from rig after rig from world."""
    found = {}
    for number, frame in tables["frames"].items():
        where = f"{folder}, frame {number}"
        if frame["rig"] not in tables["rigs"]:
            raise ValueError(f"{where} should be of a rig that is there. Received: rig {frame['rig']}")
        rig, from_world = tables["rigs"][frame["rig"]], _pose(where, frame["pose"])
        for kind, sensor, image in frame["data"]:
            if kind != "CAMERA":
                continue
            if (kind, sensor) not in rig:
                raise ValueError(f"{where} should hold sensors of its rig. Received: camera {sensor}")
            of_rig = rig[kind, sensor]
            if of_rig is None:
                raise ValueError(f"{where}: camera {sensor} should have a pose in rig {frame['rig']}. Received: none")
            if image not in tables["images"] or image in found or tables["images"][image]["camera"] != sensor:
                raise ValueError(f"{where} should hold each image once, with its camera. Received: image {image}")
            same = of_rig == ()
            found[image] = from_world if same else _pose(f"{folder}, rig {frame['rig']}", of_rig) @ from_world
    return found


def _pose(where: str, numbers: Any) -> np.ndarray:
    from tfkeypoints.geometry.rotation import from_quaternion

    w, x, y, z, *translation = values.array(where, "pose", list(numbers), (7,))
    length = np.linalg.norm([w, x, y, z])
    if abs(length - 1) > UNIT_LENGTH:
        raise ValueError(f"{where} should have a quaternion of length 1. Received: {[w, x, y, z]}, length {length:.6g}")
    return values.joined(np.asarray(from_quaternion(np.array([x, y, z, w]) / length)), np.array(translation))


def _view(where: str, name: str, camera: dict[str, Any], pose: np.ndarray) -> Camera:
    if camera["model"] not in MODELS:
        raise ValueError(f"{where} should have one of the models {', '.join(MODELS)}. Received: {camera['model']}")
    keys, kind, order = MODELS[camera["model"]]
    given = values.array(where, f"parameters {keys}", list(camera["parameters"]), (len(keys.split()),))
    parameters = dict(zip(keys.split(), given.tolist(), strict=True))
    fx, fy = (parameters.get(key, parameters.get("f")) for key in ("fx", "fy"))
    matrix = [[fx, 0, parameters["cx"] - 0.5], [0, fy, parameters["cy"] - 0.5], [0, 0, 1]]
    return Camera(
        name=name,
        size=values.size(where, "size", list(camera["size"])),
        matrix=values.pixel_matrix(where, keys, matrix),
        lens=values.lens(where, order, [parameters.get(key, 0.0) for key in order.split()], kind),
        extrinsics=pose,
    )
