"""anipose's CSV of 3D poses: a row a frame, and for each point `_x _y _z _error _ncams _score`.

Behind them stand the rotation M_00 … M_22 and the center_0 … center_2 that anipose may have taken the points through
(here none), and `fnum`, the frame. The file has no place for units or axes: they are those of the camera file.
"""

from pathlib import Path

import numpy as np

from tfkeypoints.interchange.poses import Layout, Poses
from tfkeypoints.interchange.tables import write_csv

NAME = "anipose's CSV"
PACKAGES: dict[str, str] = {}
COLUMNS = ("x", "y", "z", "error", "ncams", "score")
MOVED = (*(f"M_{row}{column}" for row in range(3) for column in range(3)), *(f"center_{axis}" for axis in range(3)))


def needs(layout: Layout) -> None:
    """Nothing."""


def write(stem: Path, poses: Poses) -> list[Path]:
    """Writes `NAME_anipose.csv`."""
    numbers = poses.layout.numbers
    each = np.concatenate([poses.points, np.stack([poses.error, poses.ncams, poses.score], -1)], -1)
    moved = np.tile([*np.eye(3).ravel(), 0, 0, 0], (len(numbers), 1))
    table = np.concatenate([each.reshape(len(numbers), -1), moved, numbers[:, None]], 1)
    header = [*(f"{name}_{column}" for name in poses.names for column in COLUMNS), *MOVED, "fnum"]
    path = stem.with_name(f"{stem.name}_anipose.csv")
    return [write_csv(path, [header], table)]
