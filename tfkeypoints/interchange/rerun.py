"""A recording for rerun's viewer (.rrd): world points by name, cameras, and what each camera saw.

Points stand at `world/points/NAME` over the timelines `frame` and, where known, `time`. A camera is a pinhole at
`world/cameras/NAME`, with x right, y down, z forward; rerun has no lenses, so what a camera saw is given in pixels of
the undistorted image. The centre of rerun's first pixel is (0.5, 0.5). It has no place for units: lengths are the
camera file's.
"""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from tfkeypoints import files
from tfkeypoints.interchange.poses import Layout, Poses
from tfkeypoints.interchange.single import as_float32

NAME = "rerun's recording"
PACKAGES = {"rerun": "rerun"}


def needs(layout: Layout) -> None:
    """Nothing."""


def write(stem: Path, poses: Poses) -> list[Path]:
    """Writes `NAME.rrd`."""
    import rerun as rr

    layout, calibration, path = poses.layout, poses.layout.calibration, stem.with_suffix(".rrd")
    points = as_float32(NAME, poses.points)
    indexes = [rr.TimeColumn("frame", sequence=layout.numbers)]
    if layout.times is not None:
        indexes.append(rr.TimeColumn("time", duration=layout.times - layout.times[0]))
    uv = calibration.to_ideal(np.swapaxes(poses.pixels, 0, 1))
    ideal = (uv + 1) / 2 * calibration.sizes[:, None, None]
    with files.whole(path) as partial:
        recording = rr.RecordingStream("tfkeypoints", recording_id=path.stem)
        recording.save(partial)
        for number, name in enumerate(poses.names):
            _send(rr, recording, f"world/points/{_part(name)}", indexes, rr.Points3D, points[:, number])
        cameras = zip(calibration.names, calibration.sizes, calibration.matrices, calibration.extrinsics, strict=True)
        for view, (camera, (width, height), matrix, extrinsics) in enumerate(cameras):
            entity = f"world/cameras/{_part(camera)}"
            pose = np.linalg.inv(extrinsics)
            recording.log(entity, rr.Transform3D(mat3x3=pose[:3, :3], translation=pose[:3, 3]), static=True)
            pinhole = rr.Pinhole(
                focal_length=[matrix[0, 0], matrix[1, 1]],
                principal_point=matrix[:2, 2] + 0.5,
                width=width,
                height=height,
                camera_xyz=rr.ViewCoordinates.RDF,
            )
            recording.log(entity, pinhole, static=True)
            for number, name in enumerate(poses.names):
                where = f"{entity}/{_part(name)}"
                _send(rr, recording, where, indexes, rr.Points2D, ideal[view, :, number].astype(np.float32))
        recording.flush()
        recording.disconnect()
    return [path]


def _send(rr: ModuleType, recording: Any, entity: str, indexes: Any, archetype: Any, values: np.ndarray) -> None:
    """Sends a point `[T, D]`, in frames where it is unknown none."""
    known = np.isfinite(values).all(-1)
    columns = archetype.columns(positions=values[known]).partition(known.astype(int))
    rr.send_columns(entity, indexes=indexes, columns=columns, recording=recording)


def _part(name: str) -> str:
    """A name as a part of an entity's path."""
    return "".join(sign if sign.isalnum() or sign in "-_." else f"\\{sign}" for sign in name)
