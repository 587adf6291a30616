"""This library's own JSON: cameras by name, in the order of the views; reads and writes it."""

from pathlib import Path

import numpy as np

from tfkeypoints import files
from tfkeypoints.cameras import values
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.lens import COUNTS
from tfkeypoints.cameras.source import Source

NAME = "tfkeypoints (JSON)"
PIXEL_KEYS = ("fx", "fy", "cx", "cy", "width", "height")
KEYS = (*PIXEL_KEYS, "extrinsics")
OPTIONAL = ("skew", "lens", "distortion")
FIELDS = ("names", "sizes", "matrices", "intrinsics", "extrinsics", "lenses")


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


def write_calibration(path: str | Path, calibration: Calibration) -> None:
    """Writes a calibration so that `read_calibration` returns the same numbers.

    They are the shortest ones that do so: a focal length that was read as 600.1 is written as 600.1.

    Raises:
        ValueError: If the size of a camera's images is not known.
    """
    for name, size in zip(calibration.names, calibration.sizes, strict=True):
        if not size.all():
            raise ValueError(
                f"camera `{name}` should have the size of its images. Received: a file that does not say it"
            )
    cameras = zip(*(getattr(calibration, name) for name in FIELDS), strict=True)
    files.write_json(path, {name: _record(*camera) for name, *camera in cameras})


def _record(size, matrix, intrinsics, extrinsics, lens):
    width, height = size.tolist()
    record = {
        "fx": _shortest(matrix[0, 0], lambda fx: 2 * fx / width == intrinsics[0, 0]),
        "fy": _shortest(matrix[1, 1], lambda fy: 2 * fy / height == intrinsics[1, 1]),
        "cx": _shortest(matrix[0, 2], lambda cx: (2 * cx + 1) / width - 1 == intrinsics[0, 2]),
        "cy": _shortest(matrix[1, 2], lambda cy: (2 * cy + 1) / height - 1 == intrinsics[1, 2]),
        "width": width,
        "height": height,
    }
    if matrix[0, 1]:
        record["skew"] = _shortest(matrix[0, 1], lambda skew: 2 * skew / width == intrinsics[0, 1])
    if lens.kind != "pinhole":
        record["lens"] = lens.kind
    if lens.coefficients:
        record["distortion"] = list(lens.coefficients)
    return record | {"extrinsics": extrinsics.tolist()}


def _camera(where, name, record):
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
        size=tuple(values.whole(where, key, record[key]) for key in ("width", "height")),
        matrix=np.array([[fx, skew, cx], [0, fy, cy], [0, 0, 1]]),
        lens=values.lens(where, "distortion", record.get("distortion", []), kind),
        extrinsics=values.rigid(where, "extrinsics", record["extrinsics"]),
    )


def _shortest(pixels, is_exact):
    """The shortest decimal near `pixels` that becomes the same normalised number when it is read."""
    decimals = (float(f"{pixels:.{digits}g}") for digits in range(1, 18))
    return next((each for each in decimals if is_exact(each)), float(pixels))
