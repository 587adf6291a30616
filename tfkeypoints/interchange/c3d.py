"""C3D, of motion capture, by ezc3d. Labels, rate and unit stand in the group POINT; axes are the camera file's world.

The format has a rate and no times: frames that the recording lacks are NaN with a residual of -1, as are points that
were not found.
"""

from pathlib import Path

import numpy as np

from tfkeypoints import files
from tfkeypoints.interchange.poses import Layout, Poses
from tfkeypoints.interchange.single import as_float32
from tfkeypoints.interchange.timing import slots

NAME = "C3D"
PACKAGES = {"ezc3d": "interchange"}
GREATEST = 65535
"""Frames: their number has 16 bits. ezc3d writes more, and reads them back cut."""


def needs(layout: Layout) -> str | None:
    """The unit, a rate, and frames that 16 bits can count."""
    if layout.unit is None:
        return "the length unit of the camera file, which it holds: --unit m, cm or mm"
    if layout.times is None or len(layout) < 2:
        return "a rate, which neither videos nor names of images tell: --fps, and two frames or more"
    if (frames := slots(layout.times)[0][-1] + 1) > GREATEST:
        return f"at most {GREATEST} frames, dropped ones included, as it counts them by 16 bits; here are {frames}"
    return None


def write(stem: Path, poses: Poses) -> list[Path]:
    """Writes `NAME.c3d`."""
    import ezc3d

    path = stem.with_suffix(".c3d")
    rows, rate = slots(poses.layout.seconds)
    points = np.full((4, len(poses.names), rows[-1] + 1), np.nan)
    points[:3, :, rows] = np.transpose(as_float32(NAME, poses.points), (2, 1, 0))
    points[3] = 1
    content = ezc3d.c3d()
    of_points = content["parameters"]["POINT"]
    of_points["RATE"]["value"] = [rate]
    of_points["LABELS"]["value"] = list(poses.names)
    of_points["UNITS"]["value"] = [poses.layout.unit]
    content["data"]["points"] = points
    residuals = np.where(np.isnan(points[:3]).any(0), -1.0, 0.0)
    content["data"]["meta_points"] = {
        "residuals": residuals[None],
        "camera_masks": np.zeros((7, *residuals.shape), bool),
    }
    with files.whole(path) as partial:
        content.write(str(partial))
    return [path]
