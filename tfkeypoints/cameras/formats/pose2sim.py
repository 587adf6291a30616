"""The `Calib*.toml` of Pose2Sim: a table a camera, then `metadata`; metres. Nothing is converted.

A camera whose name has a dot in it is a table within a table to TOML. Pose2Sim writes no k3, whatever the camera had.
"""

from collections.abc import Iterator
from typing import Any

from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats import _tables
from tfkeypoints.cameras.source import Source

NAME = "Pose2Sim (TOML)"
METADATA = "metadata"


def recognises(source: Source) -> bool:
    """Whether any table, at whatever depth, is a camera's."""
    return source.toml is not None and any(_tables.is_camera(table) for _, table in _leaves(source.toml))


def read(source: Source) -> list[Camera]:
    """Reads the cameras in the order of the file.

    Raises:
        ValueError: If a table is incomplete or impossible.
    """
    cameras = []
    for key, table in _leaves(source.toml or {}):
        where = f"{source}, table `{key}`"
        name = _tables.name(where, table, key) if isinstance(table, dict) else key
        cameras.append(_tables.camera(where, name, table))
    return cameras


def _leaves(tables: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Tables that hold no tables, and values outside of them, by their dotted names."""
    waiting = list(tables.items())[::-1]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict) and value and all(isinstance(each, dict) for each in value.values()):
            waiting += [(f"{name}.{key}", each) for key, each in value.items()][::-1]
        elif name != METADATA:
            yield name, value
