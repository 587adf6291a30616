"""Markers as OpenSim reads them (.trc), with the axes that Pose2Sim writes.

The world's (x, y, z) is written as (y, z, x): where z points up in the camera file's world, y does in the file, as
OpenSim wants it. The unit stands in the header. What is unknown is empty.
"""

from pathlib import Path

import numpy as np

from tfkeypoints import files
from tfkeypoints.interchange.poses import Layout, Poses
from tfkeypoints.interchange.tables import DIGITS
from tfkeypoints.interchange.timing import slots

NAME = "OpenSim's markers"
PACKAGES: dict[str, str] = {}
AXES = [1, 2, 0]
HEADINGS = [
    *("DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units"),
    *("OrigDataRate", "OrigDataStartFrame", "OrigNumFrames"),
]


def needs(layout: Layout) -> str | None:
    """The unit, and a rate."""
    if layout.unit is None:
        return "the length unit of the camera file, which its header names: --unit m, cm or mm"
    if layout.times is None or len(layout) < 2:
        return "times, which neither videos nor names of images tell: --fps, and two frames or more"
    return None


def write(stem: Path, poses: Poses) -> list[Path]:
    """Writes `NAME.trc`."""
    layout, path = poses.layout, stem.with_suffix(".trc")
    rate, count = f"{slots(layout.seconds)[1]:.6g}", len(layout)
    places = [f"{axis}{number}" for number in range(1, len(poses.names) + 1) for axis in "XYZ"]
    first = layout.numbers[0]
    lines = [
        ["PathFileType", "4", "(X/Y/Z)", path.name],
        HEADINGS,
        [rate, rate, str(count), str(len(poses.names)), layout.unit or "", rate, str(first), str(count)],
        ["Frame#", "Time", *(cell for name in poses.names for cell in (name, "", ""))],
        ["", "", *places],
    ]
    table = poses.points[..., AXES].reshape(count, -1)
    row = "\t".join(["%d", *[DIGITS] * (1 + table.shape[1])]) + "\n"
    rows = np.column_stack([layout.numbers, layout.seconds - layout.seconds[0], table]).tolist()
    with files.whole(path) as partial, open(partial, "w", encoding="utf-8", newline="\n") as file:
        file.writelines("\t".join(line) + "\n" for line in lines)
        file.writelines((row % tuple(values)).replace("nan", "") for values in rows)
    return [path]
