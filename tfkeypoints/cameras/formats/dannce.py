"""Label3D's and DANNCE's `.mat`: a cell of structs `params` (or Label3D's own `camParams`), as MATLAB has cameras.

Points are rows: `pixel · depth = ([X 1] [r; t]) K`, so that K and r are transposed here. MATLAB's first pixel is
(1, 1): 1 is subtracted from the principal point. The unit is the file's. DANNCE's file does not say the images' size.

Reference: Label3D, `Label3D.m`; MATLAB, `cameraParameters` and `worldToImage`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tfkeypoints.cameras import values
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats import _matlab
from tfkeypoints.cameras.source import Source

NAME = "DANNCE and Label3D (.mat)"
CAMERAS = ("params", "camParams")
KEYS = ("K", "RDistort", "TDistort", "t")
ROTATION = ("r", "R")


def recognises(source: Source) -> bool:
    """Whether the source is a MAT-file."""
    return _matlab.is_matlab(source)


def read(source: Source) -> list[Camera]:
    """Reads the cameras.

    Raises:
        ValueError: If the file holds none, or a camera is incomplete or impossible.
    """
    content = _matlab.read(source, (*CAMERAS, "camnames", "imageSize"))
    found = [key for key in CAMERAS if key in content]
    if len(found) != 1:
        raise ValueError(f"{source} should hold {' or '.join(CAMERAS)}. Received: {', '.join(content) or 'neither'}")
    tables = content[found[0]]
    tables = tables if isinstance(tables, list) else [tables]
    names, sizes = _names(source, content, len(tables)), _sizes(source, content, len(tables))
    return [
        _camera(f"{source}, camera `{name}`", name, table, size)
        for name, table, size in zip(names, tables, sizes, strict=True)
    ]


def _names(source: Source, content: dict[str, Any], count: int) -> list[str]:
    names = content.get("camnames", [f"Camera{number}" for number in range(1, count + 1)])  # Label3D's own default
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or len(names) != count or not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"{source}: `camnames` should be {count} texts. Received: {values.short(names)}")
    return names


def _sizes(source: Source, content: Mapping[str, Any], count: int) -> list[tuple[int, int] | None]:
    """Width and height of each camera's images, which MATLAB has as height and width."""
    if "imageSize" not in content:
        return [None] * count
    found = content["imageSize"]
    rows = values.array(f"{source}", "imageSize", [found] if values.shape(found) == (2,) else found, (count, 2))
    return [values.size(f"{source}", "imageSize", list(row[::-1])) for row in rows]


def _camera(where: str, name: str, table: dict[str, Any], size: tuple[int, int] | None) -> Camera:
    values.keys(where, table, KEYS, ROTATION)
    turned = [key for key in ROTATION if key in table]
    if len(turned) != 1:
        raise ValueError(f"{where} should hold its rotation once, as r or R. Received: {', '.join(table)}")
    matrix = np.transpose(values.array(where, "K", table["K"], (3, 3)))
    matrix = values.pixel_matrix(where, "Kᵀ", matrix, skew=True)
    matrix[:2, 2] -= 1
    rotation = np.transpose(values.array(where, turned[0], table[turned[0]], (3, 3)))
    radial = values.array(where, "RDistort", table["RDistort"], (None,))
    tangential = values.array(where, "TDistort", table["TDistort"], (2,))
    if len(radial) not in (2, 3):
        raise ValueError(f"{where}: `RDistort` should be 2 or 3 numbers. Received: RDistort={radial.tolist()}")
    return Camera(
        name=name,
        size=size,
        matrix=matrix,
        lens=values.lens(where, "RDistort, TDistort", [*radial[:2], *tangential, *radial[2:]]),
        extrinsics=values.joined(
            values.rotation(where, f"{turned[0]}ᵀ", rotation), values.array(where, "t", table["t"], (3,))
        ),
    )
