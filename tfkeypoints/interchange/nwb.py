"""Neurodata Without Borders (.nwb), with the extension ndx-pose: a series a point, in the module `behavior`.

Unit and axes are told in each series; reprojection errors and agreeing cameras are time series beside them; cameras are
devices, with their lenses.
"""

import datetime
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints import __version__, files
from tfkeypoints.interchange.poses import Layout, Poses

if TYPE_CHECKING:
    from tfkeypoints.cameras.calibration import Calibration


NAME = "NWB"
PACKAGES = {"pynwb": "interchange", "ndx_pose": "interchange"}
UNITS = {"m": "meters", "cm": "centimeters", "mm": "millimeters", None: "unknown"}
SINCE_1970 = 1e8
"""Times that are greater count seconds since 1970; others since the first frame."""


def needs(layout: Layout) -> str | None:
    """Times."""
    if layout.times is None:
        return "times, which neither videos nor names of images tell: --fps"
    return None


def write(stem: Path, poses: Poses) -> list[Path]:
    """Writes `NAME.nwb`."""
    import ndx_pose
    import pynwb

    layout = poses.layout
    start, told = _start(layout.seconds)
    times = np.asarray(layout.seconds - layout.seconds[0], np.float64)
    file = pynwb.NWBFile(
        session_description=f"3D keypoints of calibrated cameras. {told}",
        identifier=hashlib.sha256(poses.points.tobytes()).hexdigest(),
        session_start_time=start,
    )
    for camera in _cameras(layout.calibration):
        file.add_device(ndx_pose.CalibratedCamera(**camera))
    skeleton = ndx_pose.Skeleton(name="skeleton", nodes=list(poses.names))
    series, first = [], None
    for point, name in enumerate(poses.names):
        series.append(
            ndx_pose.PoseEstimationSeries(
                name=name,
                data=poses.points[:, point],
                unit=UNITS[layout.unit],
                reference_frame="world of the camera file, in which its extrinsics are given: x, y, z",
                timestamps=first or times,
                confidence=poses.score[:, point],
                confidence_definition="mean over cameras of the heatmap's mass in its fullest cell",
            )
        )
        first = first or series[0]
    behavior = file.create_processing_module("behavior", "keypoints in 3D")
    behavior.add(ndx_pose.Skeletons(skeletons=[skeleton]))
    behavior.add(
        ndx_pose.PoseEstimation(
            name="PoseEstimation",
            pose_estimation_series=series,
            description="world points, fused from all cameras",
            scorer="Keypoint3D",
            source_software="tfkeypoints",
            source_software_version=__version__,
            skeleton=skeleton,
        )
    )
    for name, values, unit, description in (
        ("reprojection_error", poses.error, "pixels", "mean distance of the cameras that agree, a column a node"),
        ("agreeing_cameras", poses.ncams, "cameras", "cameras that agree with the world point, a column a node"),
    ):
        behavior.add(pynwb.TimeSeries(name=name, data=values, unit=unit, timestamps=first, description=description))
    path = stem.with_suffix(".nwb")
    with files.whole(path) as partial, pynwb.NWBHDF5IO(str(partial), "w") as output:
        output.write(file)
    return [path]


def _start(times: np.ndarray) -> tuple[datetime.datetime, str]:
    """When the first frame was taken, and a sentence on it."""
    if times[0] > SINCE_1970:
        return datetime.datetime.fromtimestamp(float(times[0]), datetime.timezone.utc), "It began at the first frame."
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return epoch, "Nothing tells when it began: 1970 stands in."


def _cameras(calibration: "Calibration") -> Iterator[dict[str, Any]]:
    """The arguments of each camera."""
    described = zip(
        *(calibration.names, calibration.sizes, calibration.matrices, calibration.extrinsics, calibration.lenses),
        strict=True,
    )
    for name, (width, height), matrix, extrinsics, lens in described:
        yield {
            "name": name,
            "description": f"{width} x {height} pixels, the centre of the first at (0, 0); OpenCV's {lens.kind} lens",
            "intrinsic_matrix": matrix,
            "rotation_matrix": extrinsics[:3, :3],
            "translation_vector": extrinsics[:3, 3],
            **({"distortion_coefficients": np.array(lens.coefficients)} if lens.coefficients else {}),
        }
