"""This library's own JSON: cameras by name, in the order of the views; reads and writes it."""

from pathlib import Path
from typing import Any

import numpy as np

from tfkeypoints import files
from tfkeypoints.cameras import values
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats import _writing
from tfkeypoints.cameras.lens import COUNTS
from tfkeypoints.cameras.source import Source

NAME = "tfkeypoints (JSON)"
PIXEL_KEYS = ("fx", "fy", "cx", "cy", "width", "height")
KEYS = (*PIXEL_KEYS, "extrinsics")
OPTIONAL = ("skew", "lens", "distortion")


def recognises(source: Source) -> bool:
    """Whether a camera of a JSON object has two of the keys, at least."""
    return isinstance(source.json, dict) and any(
        isinstance(record, dict) and len(set(KEYS) & set(record)) >= 2 for record in source.json.values()
    )


def read(source: Source) -> list[Camera]:
    """Reads the cameras.

    Raises:
        ValueError: If a camera lacks a key, has one that is unknown, or a value is impossible.
    """
    return [_camera(f"{source}, camera `{name}`", name, record) for name, record in source.json.items()]


def write(path: str | Path, calibration: Calibration) -> None:
    """Writes a calibration so that `read_calibration` returns the same numbers.

    They are the shortest ones that do so: a focal length that was read as 600.1 is written as 600.1.

    Raises:
        ValueError: If the size of a camera's images is not known.
    """
    files.write_json(path, {camera.name: _record(camera) for camera in _writing.cameras(calibration)})


def _record(camera: Camera) -> dict[str, Any]:
    width, height = _writing.size(camera, NAME)
    (fx, skew, cx), (_, fy, cy), _ = camera.matrix.tolist()
    record = {"fx": fx, "fy": fy, "cx": cx, "cy": cy, "width": width, "height": height}
    if skew:
        record["skew"] = skew
    if camera.lens.kind != "pinhole":
        record["lens"] = camera.lens.kind
    if camera.lens.coefficients:
        record["distortion"] = list(camera.lens.coefficients)
    return record | {"extrinsics": camera.extrinsics.tolist()}


def _camera(where: str, name: str, record: dict[str, Any]) -> Camera:
    values.keys(where, record, KEYS, OPTIONAL)
    fx, fy, cx, cy, skew = (values.number(where, key, record.get(key, 0)) for key in ("fx", "fy", "cx", "cy", "skew"))
    for key in ("fx", "fy"):
        if record[key] < values.LEAST_FOCAL:
            raise ValueError(f"{where}: `{key}` should be a number of pixels above 0. Received: {key}={record[key]}")
    kind = record.get("lens", "pinhole")
    if not isinstance(kind, str) or kind not in COUNTS:
        raise ValueError(f"{where}: `lens` should be one of {', '.join(COUNTS)}. Received: lens={values.short(kind)}")
    return Camera(
        name=name,
        size=(values.whole(where, "width", record["width"]), values.whole(where, "height", record["height"])),
        matrix=np.array([[fx, skew, cx], [0, fy, cy], [0, 0, 1]]),
        lens=values.lens(where, "distortion", record.get("distortion", []), kind),
        extrinsics=values.rigid(where, "extrinsics", record["extrinsics"]),
    )
