"""Labels in SLEAP's files (.slp), by sleap-io: what was labeled by hand, for each camera."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tfkeypoints.labels.table import Table

if TYPE_CHECKING:
    import sleap_io


def read_slp(path: Path, cameras: Sequence[str]) -> dict[str, Table]:
    """Reads the labels of each camera.

    A video belongs to the camera of the session that it is in; else to the one that its file or its folder is called
    like.

    Raises:
        ImportError: If sleap-io is missing.
        ValueError: If the file is damaged, no video belongs to a camera, or a frame holds several animals.
    """
    try:
        import sleap_io
    except ImportError as error:
        raise ImportError("labels in .slp files need the extra: pip install 'tfkeypoints[interchange]'") from error
    try:
        labels = sleap_io.load_slp(str(path), open_videos=False)
    except Exception as error:  # whatever the bytes make h5py and sleap-io stumble over
        raise ValueError(f"{path} should be a whole .slp file. Received: {type(error).__name__}: {error}") from error
    found = {}
    for video in labels.videos:
        frames = [frame for frame in labels.labeled_frames if frame.video is video and frame.user_instances]
        if not frames:
            continue
        camera = _camera(labels, video, cameras)
        if camera is None or camera in found:
            raise ValueError(
                f"{path} should hold one labeled video a camera, called like it: {', '.join(cameras)}. "
                f"Received: {_names(video)[0]}"
            )
        found[camera] = _table(f"{path}, camera `{camera}`", video, frames, labels.skeletons)
    if not found:
        raise ValueError(f"{path} should hold labels by hand. Received: none")
    return found


def _names(video: "sleap_io.Video") -> list[str]:
    return video.filename if isinstance(video.filename, list) else [video.filename]


def _camera(labels: "sleap_io.Labels", video: "sleap_io.Video", cameras: Sequence[str]) -> str | None:
    for session in labels.sessions:
        camera = session.get_camera(video) if video in session.videos else None
        if camera is not None and camera.name in cameras:
            return camera.name
    path = Path(_names(video)[0])
    return next((name for name in (path.stem, path.parent.name) if name in cameras), None)


def _table(
    where: str,
    video: "sleap_io.Video",
    frames: "Sequence[sleap_io.LabeledFrame]",
    skeletons: "Sequence[sleap_io.Skeleton]",
) -> Table:
    names = tuple(dict.fromkeys(name for skeleton in skeletons for name in skeleton.node_names))
    places = np.full((len(frames), len(names), 2), np.nan)
    for row, frame in enumerate(frames):
        if len(frame.user_instances) > 1:
            raise ValueError(f"{where} should hold one animal. Received: several in frame {frame.frame_idx}")
        instance = frame.user_instances[0]
        columns = [names.index(name) for name in instance.skeleton.node_names]
        places[row, columns] = instance.numpy()
    images = isinstance(video.filename, list)
    numbers = tuple(Path(video.filename[f.frame_idx]).stem if images else int(f.frame_idx) for f in frames)
    return Table(where, numbers, names, places)
