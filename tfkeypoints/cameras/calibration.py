"""Calibrated cameras from a file: this library's JSON, or the TOML that anipose writes."""

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import numpy as np

from tfkeypoints import files
from tfkeypoints.geometry import camera, rotation
from tfkeypoints.geometry.checks import check_extrinsics

PIXEL_KEYS = ("fx", "fy", "cx", "cy", "width", "height")
KEYS = (*PIXEL_KEYS, "extrinsics")
CONVENTION = "extrinsics take world points to camera points, with x right, y down, z forward"


@dataclasses.dataclass(frozen=True)
class Calibration:
    """Cameras that do not move.

    Attributes:
        names: V names, in the order of the views.
        sizes: `[V, 2]` int, width and height of the images in pixels.
        intrinsics: `[V, 3, 3]` float32, camera to normalised image coordinates.
        extrinsics: `[V, 4, 4]` float32, world to camera, rigid; in the file's length unit.
    """

    names: tuple[str, ...]
    sizes: np.ndarray
    intrinsics: np.ndarray
    extrinsics: np.ndarray


def read_calibration(path: str | Path) -> Calibration:
    """Reads a camera file.

    JSON holds, by name and in the order of the views, `fx`, `fy`, `cx`, `cy`, `width` and `height` in pixels (the
    centre of the first pixel is 0, 0) and `extrinsics`, a 4 × 4 matrix from the world to the camera. Of TOML, each
    table but `metadata` is a camera with `name`, `size`, `matrix`, `rotation` (axis times angle) and `translation`.

    Raises:
        ValueError: If the file is missing, or a camera in it is incomplete, distorted, impossible, or at the place of
            another one. The message names the camera.

    Example:
        {"left": {"fx": 600, "fy": 600, "cx": 319.5, "cy": 239.5, "width": 640, "height": 480,
                  "extrinsics": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1.5], [0, 0, 0, 1]]}}
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"`cameras` should be a JSON or TOML file. Received: cameras={path}")
    records = _from_toml(path) if path.suffix == ".toml" else files.read_json(path)
    if not isinstance(records, dict) or not records:
        raise ValueError(f"{path} should hold an object: a camera's name to its {', '.join(KEYS)}. Received: {records}")
    for name, record in records.items():
        _check(f"{path}, camera `{name}`", record)
    pixels = np.array([[record[key] for key in PIXEL_KEYS] for record in records.values()], np.float64)
    extrinsics = np.array([record["extrinsics"] for record in records.values()], np.float64)
    _check_places(path, list(records), extrinsics)
    return Calibration(
        names=tuple(records),
        sizes=pixels[:, 4:].astype(int),
        intrinsics=np.asarray(camera.intrinsics_from_pixels(*pixels.T), np.float32),
        extrinsics=extrinsics.astype(np.float32),
    )


def _from_toml(path: Path) -> dict[str, Any]:
    """Turns the tables of an anipose file into the records of the JSON form."""
    try:
        import tomllib
    except ImportError:  # Python 3.10
        import tomli as tomllib
    try:
        tables = tomllib.loads(path.read_text())
    except ValueError as error:
        raise ValueError(
            f"`cameras` should be a TOML file, but it does not parse ({error}). Received: {path}"
        ) from error
    records = {}
    for key, table in tables.items():
        if key != "metadata":
            where = f"{path}, table `{key}`"
            record = _from_table(where, table)
            name = str(table.get("name", key))
            if name in records:
                raise ValueError(f"{where} should have a name of its own. Received: name={name!r}, again")
            records[name] = record
    return records


def _from_table(where: str, table: Any) -> dict[str, Any]:
    wanted = {"size": (2,), "matrix": (3, 3), "rotation": (3,), "translation": (3,)}
    for key, shape in wanted.items():
        if not isinstance(table, dict) or _shape(table.get(key)) != shape:
            received = table.get(key) if isinstance(table, dict) else table
            raise ValueError(f"{where} should hold `{key}` of shape {list(shape)}. Received: {received}")
    if np.any(table.get("distortions", 0)) or table.get("fisheye"):
        raise ValueError(
            f"{where} has lens distortion, which is not modelled: undistort the images (cv2.undistort) and set the "
            f"distortions to 0. Received: distortions={table.get('distortions')}, fisheye={table.get('fisheye', False)}"
        )
    (fx, skew, cx), (_, fy, cy), _ = table["matrix"]
    if skew:
        raise ValueError(f"{where} should have a matrix without skew. Received: matrix={table['matrix']}")
    extrinsics = np.eye(4)
    try:
        extrinsics[:3, :3] = rotation.from_rotation_vector(np.array(table["rotation"], np.float64))
    except ValueError as error:
        raise ValueError(
            f"{where} should hold `rotation`, axis times angle. Received: rotation={table['rotation']}"
        ) from error
    extrinsics[:3, 3] = table["translation"]
    return dict(zip(KEYS, (fx, fy, cx, cy, *table["size"], extrinsics.tolist()), strict=True))


def _shape(value: Any) -> tuple[int, ...] | None:
    """The shape of nested lists; None if their rows have several lengths."""
    try:
        return np.shape(value)
    except ValueError:
        return None


def _check(where: str, record: Any) -> None:
    if not isinstance(record, dict) or set(record) != set(KEYS):
        received = list(record) if isinstance(record, dict) else record
        raise ValueError(
            f"{where} should hold {', '.join(KEYS)} and nothing else (there is no lens distortion here: undistort the "
            f"images first). Received: {received}"
        )
    for key in PIXEL_KEYS:
        value = record[key]
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value)
        if not number or (key not in ("cx", "cy") and value <= 0):
            raise ValueError(f"{where}: `{key}` should be a number of pixels. Received: {key}={value}")
    try:
        extrinsics = np.array(record["extrinsics"], np.float64)
    except (TypeError, ValueError):
        extrinsics = np.zeros(0)
    if extrinsics.shape != (4, 4):
        raise ValueError(f"{where}: `extrinsics` should be 4 rows of 4 numbers. Received: {record['extrinsics']}")
    check_extrinsics([extrinsics], [where])


def _check_places(path: Path, names: list[str], extrinsics: np.ndarray) -> None:
    eyes = -np.einsum("vji,vj->vi", extrinsics[:, :3, :3], extrinsics[:, :3, 3])
    scale = np.linalg.norm(eyes, axis=1).max()
    for first, second in itertools.combinations(range(len(names)), 2):
        if np.linalg.norm(eyes[first] - eyes[second]) <= 1e-4 * scale:
            raise ValueError(
                f"{path}: cameras `{names[first]}` and `{names[second]}` stand at one place, where two views tell no "
                f"more than one ({CONVENTION}). Received: eyes {eyes[first].round(4)} and {eyes[second].round(4)}"
            )
