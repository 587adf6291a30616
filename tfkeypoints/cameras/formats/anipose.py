"""The `calibration.toml` of aniposelib: a table `cam_0`, `cam_1`, … a camera, then `metadata`. Nothing is converted.

The unit is that of the calibration board.
"""

import re

from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats import _tables
from tfkeypoints.cameras.source import Source, natural

NAME = "anipose (TOML)"
METADATA = "metadata"


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
    cameras = []
    for key in sorted(source.toml, key=natural):
        if key != METADATA:
            where, table = f"{source}, table `{key}`", source.toml[key]
            name = _tables.name(where, table, key) if isinstance(table, dict) else key
            cameras.append(_tables.camera(where, name, table))
    return cameras
