"""The `camera_array.toml` of caliscope, or a folder with it: tables `cameras.1`, …; metres. Nothing is converted.

The file for aniposelib that caliscope writes beside it is read as aniposelib's. `rotation_count` turns images for
caliscope's own detectors only: neither the recorded images nor the matrix.
"""

from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats import _tables
from tfkeypoints.cameras.source import Source, natural

NAME = "caliscope (TOML)"
FILE = "camera_array.toml"
OPTIONAL = ("cam_id", "fisheye", "rotation_count", "error", "exposure", "grid_count", "ignore")


def recognises(source: Source) -> bool:
    """Whether there is a table `cameras` of cameras' tables, and nothing else."""
    toml = _file(source).toml
    return (
        toml is not None
        and list(toml) == ["cameras"]
        and isinstance(toml["cameras"], dict)
        and any(_tables.is_camera(table) for table in toml["cameras"].values())
    )


def read(source: Source) -> list[Camera]:
    """Reads the cameras but those to ignore; they are called `cam_1`, …, as in the other file and as the videos.

    Raises:
        ValueError: If a table is incomplete, as that of a camera whose place is not known yet, or impossible.
    """
    source = _file(source)
    return [
        _tables.camera(f"{source}, table `cameras.{key}`", f"cam_{key}", table, OPTIONAL)
        for key, table in sorted((source.toml or {})["cameras"].items(), key=lambda item: natural(item[0]))
        if not (isinstance(table, dict) and table.get("ignore") is True)
    ]


def _file(source: Source) -> Source:
    return next((each for each in source.files if each.path.name == FILE), source)
