"""The `calibration.toml` of aniposelib: a table `cam_0`, `cam_1`, … a camera, then `metadata`; reads and writes it.

Nothing is converted but rotations, between axis times angle and matrices.

The unit is that of the calibration board.
"""

import json
import re
from pathlib import Path

from tfkeypoints import files
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats import _tables, _writing
from tfkeypoints.cameras.source import Source, natural

NAME = "anipose (TOML)"
METADATA = "metadata"
COUNTS = {"pinhole": 5, "fisheye": 4}
"""Coefficients that aniposelib takes."""


def recognises(source: Source) -> bool:
    """Whether there is a camera's table that is called cam_ and a number."""
    return source.toml is not None and any(
        re.fullmatch(r"cam_\d+", key) and _tables.is_camera(table) for key, table in source.toml.items()
    )


def read(source: Source) -> list[Camera]:
    """Reads the cameras, in the order of the tables' numbers (aniposelib reads cam_10 before cam_2).

    Raises:
        ValueError: If a table is incomplete or impossible.
    """
    cameras, tables = [], source.toml or {}
    for key in sorted(tables, key=natural):
        if key != METADATA:
            where, table = f"{source}, table `{key}`", tables[key]
            name = _tables.name(where, table, key) if isinstance(table, dict) else key
            cameras.append(_tables.camera(where, name, table))
    return cameras


def write(path: str | Path, calibration: Calibration) -> None:
    """Writes the cameras, in tables `cam_0`, `cam_1`, … (`cam_00`, … of more than ten, since aniposelib sorts as text).

    Raises:
        ValueError: If a camera has a skew, more than 5 coefficients, or no size.
    """
    cameras = _writing.cameras(calibration)
    digits = len(str(len(cameras) - 1))
    tables = [_table(f"cam_{index:0{digits}}", camera) for index, camera in enumerate(cameras)]
    with files.whole(path) as partial:
        partial.write_text("\n".join([*tables, f"[{METADATA}]\n"]), encoding="utf-8")


def _table(key: str, camera: Camera) -> str:
    from tfkeypoints.geometry.rotation import to_rotation_vector

    fx, fy, cx, cy = _writing.focal_lengths_and_centre(camera, NAME)
    name = json.dumps(camera.name, ensure_ascii=False).replace("\x7f", "\\u007f")
    rows = {
        "name": name,
        "size": list(_writing.size(camera, NAME)),
        "matrix": [[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]],
        "distortions": _writing.coefficients(camera, NAME, COUNTS[camera.lens.kind]),
        "rotation": to_rotation_vector(camera.extrinsics[:3, :3]).numpy().tolist(),
        "translation": camera.extrinsics[:3, 3].tolist(),
    }
    if camera.lens.kind == "fisheye":
        rows["fisheye"] = "true"
    return f"[{key}]\n" + "".join(f"{name} = {value}\n" for name, value in rows.items())
