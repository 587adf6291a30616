"""EasyMocap's pair of files: `intri.yml` and `extri.yml`, whose keys end in the camera's name.

K and dist are OpenCV's; R is a rotation vector, Rot its matrix, world to camera; the world's unit is the file's.

Reference: EasyMocap, `easymocap/mytools/camera_utils.py`, which reads W and H but seldom writes them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfkeypoints.cameras import values
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats import _filestorage as storage
from tfkeypoints.cameras.source import Source
from tfkeypoints.geometry.checks import RIGID_TOLERANCE

NAME = "EasyMocap"
INTRINSICS, EXTRINSICS = "intri.yml", "extri.yml"


def recognises(source: Source) -> bool:
    """Whether the source is one of the two files, or the folder of both."""
    if source.is_folder:
        return any(each.path.name in (INTRINSICS, EXTRINSICS) for each in source.files)
    return storage.kind(source) == "easymocap"


def read(source: Source) -> list[Camera]:
    """Reads the pair; either file stands for both.

    Raises:
        ValueError: If one of the two is missing, they name different cameras, or a camera is incomplete or wrong.
    """
    folder = source.path if source.is_folder else source.path.parent
    intrinsics, extrinsics = _content(folder / INTRINSICS), _content(folder / EXTRINSICS)
    names = _names(folder / INTRINSICS, intrinsics)
    if sorted(names) != sorted(_names(folder / EXTRINSICS, extrinsics)):
        raise ValueError(f"{folder}: both files should name the same cameras. Received: {names}, {extrinsics['names']}")
    values.keys(f"{folder / INTRINSICS}", intrinsics, ("names",), _suffixed(("K", "dist", "D", "H", "W"), names))
    values.keys(f"{folder / EXTRINSICS}", extrinsics, ("names",), _suffixed(("R", "Rot", "T"), names))
    return [_camera(folder, name, intrinsics, extrinsics) for name in names]


def _content(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ValueError(f"{path.parent} should hold {INTRINSICS} and {EXTRINSICS}. Received: no {path.name}")
    source = Source(path)
    if storage.kind(source) is None:
        raise ValueError(f"{path} should be OpenCV's FileStorage. Received: {source.seen()}")
    return storage.read_storage(source)


def _names(path: Path, content: dict[str, Any]) -> list[str]:
    names = content.get("names")
    if not isinstance(names, list) or not names or any(isinstance(name, list | dict) for name in names):
        raise ValueError(f"{path} should list the cameras. Received: names={values.short(names)}")
    names = [str(name) for name in names]
    if len(set(names)) < len(names):
        raise ValueError(f"{path} should name each camera once. Received: names={names}")
    return names


def _suffixed(keys: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{key}_{name}" for name in names for key in keys)


def _camera(folder: Path, name: str, intrinsics: dict[str, Any], extrinsics: dict[str, Any]) -> Camera:
    inside, outside = f"{folder / INTRINSICS}, camera `{name}`", f"{folder / EXTRINSICS}, camera `{name}`"
    matrix, width, height = f"K_{name}", f"W_{name}", f"H_{name}"
    distortions = [key for key in (f"dist_{name}", f"D_{name}") if key in intrinsics]
    if matrix not in intrinsics or len(distortions) != 1:
        wanted = f"K_{name} and dist_{name}"
        raise ValueError(f"{inside} should hold {wanted}. Received: {values.short(list(intrinsics))}")
    sized = [key for key in (width, height) if key in intrinsics]
    if len(sized) == 1:
        raise ValueError(f"{inside} should hold both {width} and {height}, or neither. Received: {sized[0]}")
    return Camera(
        name=name,
        size=values.size(inside, f"{width}, {height}", [intrinsics[key] for key in sized]) if sized else None,
        matrix=values.pixel_matrix(inside, matrix, storage.matrix(inside, matrix, intrinsics[matrix])),
        lens=values.lens(inside, distortions[0], storage.vector(inside, distortions[0], intrinsics[distortions[0]])),
        extrinsics=_pose(outside, name, extrinsics),
    )


def _pose(where: str, name: str, content: dict[str, Any]) -> np.ndarray:
    vector, matrix, shift = f"R_{name}", f"Rot_{name}", f"T_{name}"
    if vector not in content or shift not in content:
        raise ValueError(f"{where} should hold {vector} and {shift}. Received: {values.short(list(content))}")
    rotation = values.rotation_vector(where, vector, storage.vector(where, vector, content[vector]))
    if matrix in content:
        same = values.rotation(where, matrix, storage.matrix(where, matrix, content[matrix]))
        if np.abs(same - rotation).max() > RIGID_TOLERANCE:
            raise ValueError(
                f"{where}: {vector} and {matrix} should say the same. Received: {rotation.tolist()}, {same}"
            )
    return values.joined(rotation, values.array(where, shift, storage.vector(where, shift, content[shift]), (3,)))
