"""SLEAP's file (.slp), by sleap-io: a session with cameras, what each camera saw, and the world points beside.

Pixels are those of the images as recorded, the centre of the first at (0, 0), as the cameras are OpenCV's. World points
are in the camera file's world; its unit stands in the session's metadata.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints import files
from tfkeypoints.geometry import rotation
from tfkeypoints.interchange.poses import Layout, Poses, is_images

if TYPE_CHECKING:
    from tfkeypoints.cameras.calibration import Calibration


NAME = "SLEAP's file"
PACKAGES = {"sleap_io": "interchange"}
COEFFICIENTS = 5


def needs(layout: Layout) -> str | None:
    """Lenses that sleap-io can describe."""
    for name, lens in zip(layout.calibration.names, layout.calibration.lenses, strict=True):
        if lens.kind != "pinhole" or any(lens.coefficients[COEFFICIENTS:]):
            return f"pinhole lenses of up to {COEFFICIENTS} coefficients, all that it holds; `{name}` has {lens}"
    return None


def write(stem: Path, poses: Poses) -> list[Path]:
    """Writes `NAME.slp`."""
    import sleap_io as sio
    from sleap_io.model.camera import CameraGroup, FrameGroup, InstanceGroup
    from sleap_io.model.instance import PredictedInstance3D

    layout = poses.layout
    skeleton = sio.Skeleton(nodes=list(poses.names), name="skeleton")
    cameras = [sio.Camera(**camera) for camera in _cameras(layout.calibration)]
    videos = [sio.Video(**_video(sources)) for sources in layout.sources]
    frames: list[sio.LabeledFrame] = []
    groups = {}
    for time in range(len(layout)):
        seen = {}
        for view in np.flatnonzero(np.isfinite(poses.pixels[time]).all(-1).any(-1)):
            instance = sio.PredictedInstance.from_numpy(
                poses.pixels[time, view],
                skeleton,
                point_scores=poses.confidence[time, view],
                score=float(np.nanmean(poses.confidence[time, view])),
            )
            frame = int(layout.source_frames[time, view])
            seen[view] = sio.LabeledFrame(video=videos[view], frame_idx=frame, instances=[instance])
        if not seen:
            continue
        frames += seen.values()
        found = np.isfinite(poses.points[time]).all()
        world = PredictedInstance3D(
            poses.points[time], skeleton, float(np.nanmean(poses.score[time])), {}, poses.score[time]
        )
        group = InstanceGroup(
            instance_by_camera={cameras[view]: each.instances[0] for view, each in seen.items()},
            instance_3d=world if found else None,
        )
        labeled = {cameras[view]: each for view, each in seen.items()}
        groups[time] = FrameGroup(time, instance_groups=[group], labeled_frame_by_camera=labeled)
    session = sio.RecordingSession(
        camera_group=CameraGroup(cameras=cameras),
        frame_group_by_frame_idx=groups,
        metadata={"world": "that of the camera file", "unit": layout.unit or "unknown"},
    )
    for video, camera in zip(videos, cameras, strict=True):
        session.add_video(video, camera)
    path = stem.with_suffix(".slp")
    labels = sio.Labels(labeled_frames=frames, videos=videos, skeletons=[skeleton], sessions=[session])
    with files.whole(path) as partial:
        sio.save_slp(labels, str(partial), verbose=False)
    return [path]


def _cameras(calibration: "Calibration") -> Iterator[dict[str, Any]]:
    """The arguments of each camera."""
    turns = np.asarray(rotation.to_rotation_vector(calibration.extrinsics[:, :3, :3]))
    described = zip(
        *(calibration.names, calibration.sizes, calibration.matrices, calibration.lenses, turns),
        calibration.extrinsics,
        strict=True,
    )
    for name, size, matrix, lens, turn, extrinsics in described:
        coefficients = np.zeros(COEFFICIENTS)
        coefficients[: len(lens.coefficients)] = lens.coefficients[:COEFFICIENTS]
        yield {
            "name": name,
            "size": tuple(size.tolist()),
            "matrix": matrix,
            "dist": coefficients,
            "rvec": turn,
            "tvec": extrinsics[:3, 3],
        }


def _video(sources: tuple[Path, ...]) -> dict[str, Any]:
    """The arguments of a camera's video. sleap-io cannot read back a list of images that it was not told to be one."""
    names = [path.absolute().as_posix() for path in sources]
    if is_images(sources):
        return {
            "filename": names,
            "backend_metadata": {"type": "ImageVideo", "filename": names[0], "filenames": names, "grayscale": False},
            "open_backend": False,
        }
    told = {
        "type": "MediaVideo",
        "filename": names[0],
        "grayscale": False,
        "bgr": True,
        "dataset": "",
        "input_format": "",
    }
    return {"filename": names[0], "backend_metadata": told, "open_backend": False}
