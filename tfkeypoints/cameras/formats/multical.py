"""multical's `calibration.json`: `cameras`, and `camera_poses` that are world to camera.

A pose `NAME_to_FIRST` takes points of the camera FIRST to NAME, in spite of its name; FIRST itself is the world then.
The unit is the calibration board's, the centre of the first pixel (0, 0). A lens with 4 coefficients is a fisheye lens:
multical's pinhole lenses have at least 5.

Reference: multical 0.4.0, `multical/io/export_calib.py` and `import_calib.py`.
"""

from typing import Any

import numpy as np

from tfkeypoints.cameras import values
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.source import Source

NAME = "multical"
POSES = "camera_poses"
MODELS = {
    "pinhole": ("standard", "rational", "thin_prism", "tilted"),
    "fisheye": ("standard", "fix_k1", "fix_k2", "fix_k3", "fix_k4"),
}


def recognises(source: Source) -> bool:
    """Whether the source is JSON with cameras and their poses."""
    text = source.text or ""
    return text.lstrip().startswith("{") and '"cameras"' in text and f'"{POSES}"' in text


def read(source: Source) -> list[Camera]:
    """Reads the cameras.

    Raises:
        ValueError: If a camera or its pose is missing, incomplete or impossible.
    """
    if source.json is None:
        raise ValueError(f"{source} should be JSON. Received: {source.seen()}")
    content = values.keys(f"{source}", source.json, ("cameras", POSES), ("image_sets",))
    cameras = content["cameras"]
    if not isinstance(cameras, dict) or not cameras:
        raise ValueError(f"{source} should hold cameras by name. Received: cameras={values.short(cameras)}")
    poses = _poses(source, content[POSES], list(cameras))
    return [_camera(f"{source}, camera `{name}`", name, table, poses[name]) for name, table in cameras.items()]


def _poses(source: Source, table: Any, names: list[str]) -> dict[str, np.ndarray]:
    if not isinstance(table, dict):
        raise ValueError(f"{source}: `{POSES}` should be an object. Received: {values.short(table)}")
    found, relative = {}, {}
    for key, value in table.items():
        where = f"{source}, `{POSES}`, `{key}`"
        ends = [(name, first) for name in names for first in names if key == f"{name}_to_{first}"]
        if len(ends) + (key in names) != 1:
            raise ValueError(f"{where} should be NAME or NAME_to_FIRST of the cameras {', '.join(names)}")
        values.keys(where, value, ("R", "T"))
        pose = values.joined(values.rotation(where, "R", value["R"]), values.array(where, "T", value["T"], (3,)))
        name, first = ends[0] if ends else (key, None)
        if name in found:
            raise ValueError(f"{source}, `{POSES}` should hold camera `{name}` once. Received: {list(table)}")
        found[name] = pose
        if first is not None:
            relative[key] = first
    for key, first in relative.items():
        if first not in found or np.abs(found[first] - np.eye(4)).max() > values.EXACT:
            raise ValueError(
                f"{source}, `{POSES}`, `{key}`: the pose of `{first}` should be 1, as it is the world of the others. "
                f"Received: {values.short(found.get(first))}"
            )
    missing = [name for name in names if name not in found]
    if missing:
        raise ValueError(f"{source}: `{POSES}` should hold all cameras. Received: none of {', '.join(missing)}")
    return found


def _camera(where: str, name: str, table: Any, pose: np.ndarray) -> Camera:
    values.keys(where, table, ("model", "image_size", "K", "dist"))
    kind = "fisheye" if values.shape(values.flat(table["dist"])) == (4,) else "pinhole"
    if table["model"] not in MODELS[kind]:
        wanted = f"of a {kind} lens one of {', '.join(MODELS[kind])}"
        raise ValueError(f"{where}: `model` should be {wanted}. Received: model={values.short(table['model'])}")
    return Camera(
        name=name,
        size=values.size(where, "image_size", table["image_size"]),
        matrix=values.pixel_matrix(where, "K", table["K"]),
        lens=values.lens(where, "dist", table["dist"], kind),
        extrinsics=pose,
    )
