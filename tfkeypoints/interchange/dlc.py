"""DeepLabCut's CSVs: three rows of header, scorer, bodyparts and coords, and a row a frame.

In 3D the coords are x, y and z; for each camera a file in 2D has x, y and likelihood, in pixels of the images as
recorded (the centre of the first pixel is (0, 0)). Neither has a place for units or axes.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tfkeypoints.interchange.poses import Layout, Poses
from tfkeypoints.interchange.tables import write_csv

NAME = "DeepLabCut's CSVs"
PACKAGES: dict[str, str] = {}
SCORER = "tfkeypoints"


def needs(layout: Layout) -> None:
    """Nothing."""


def write(stem: Path, poses: Poses) -> list[Path]:
    """Writes `NAME_dlc_3d.csv` and `NAME_dlc_2d_CAMERA.csv`."""
    written = [_write(stem, "3d", poses, "xyz", poses.points)]
    seen = np.concatenate([poses.pixels, poses.confidence[..., None]], -1)
    for view, camera in enumerate(poses.layout.calibration.names):
        written.append(_write(stem, f"2d_{camera}", poses, ("x", "y", "likelihood"), seen[:, view]))
    return written


def _write(stem: Path, ending: str, poses: Poses, coords: Sequence[str], values: np.ndarray) -> Path:
    columns = [(name, each) for name in poses.names for each in coords]
    header = [
        ["scorer", *[SCORER] * len(columns)],
        ["bodyparts", *(name for name, _ in columns)],
        ["coords", *(each for _, each in columns)],
    ]
    path = stem.with_name(f"{stem.name}_dlc_{ending}.csv")
    return write_csv(path, header, np.column_stack([poses.layout.numbers, values.reshape(len(values), -1)]))
