"""Finding a user's recordings, one or several, and the cameras of each."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tfkeypoints.cameras import checks
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.reading import is_calibration, read_calibration
from tfkeypoints.data.recordings import Recording, find_images, find_masks, find_recording
from tfkeypoints.data.recordings.find import VIDEO_SUFFIXES
from tfkeypoints.data.recordings.sizes import fitted

CAMERA_SUFFIXES = (".toml", ".json", ".yaml", ".yml", ".xml", ".mat", ".slp", ".txt")
"""Of files beside the videos that may hold a recording's own cameras."""


@dataclasses.dataclass(frozen=True)
class Session:
    """One recording of the user's.

    Attributes:
        name: Of its folder.
        recording, calibration: Of the same sizes. Where the world's origin is far off, as in a survey's coordinates, it
            is moved to the middle of the cameras, for examples are float32.
        offset: `[3]`, what takes that world to the camera file's: x_file = x + offset.
        cameras: The camera file, or folder.
        remarks: What was assumed, and what is suspicious about the cameras.
        masks: The user's masks, of the same times and sizes; None if there are none.
    """

    name: str
    recording: Recording
    calibration: Calibration
    offset: np.ndarray
    cameras: Path
    remarks: tuple[str, ...]
    masks: Recording | None = None

    @property
    def files(self) -> list[Path]:
        """All files that the session is made of."""
        inside = sorted(self.cameras.rglob("*")) if self.cameras.is_dir() else [self.cameras]
        frames = [path for source in self.recording.sources for path in source.files]
        return [*frames, *(path for path in inside if path.is_file() and path.suffix.lower() not in VIDEO_SUFFIXES)]


def find_sessions(
    folder: str | Path, cameras: str | Path | None = None, pairs: Mapping[str, str] | None = None, **reading: Any
) -> list[Session]:
    """Finds the recordings in a folder.

    Args:
        folder: A recording, with a sub-folder of images or a video for each camera; or a folder of recordings.
        cameras: The camera file of those that have none of their own in their folder.
        pairs: Camera to what its sub-folder or video is called, where the names differ; see `find_recording`.
        **reading: Further arguments of `find_recording`, of all recordings: `offsets`, `bits`.

    Raises:
        ValueError: If there are none, one has no cameras, or the cameras of two differ in their names.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise ValueError(f"`recording` should be a folder. Received: recording={folder}")
    folders = [folder] if is_recording(folder) else [each for each in _subfolders(folder) if is_recording(each)]
    if not folders:
        raise ValueError(
            "`recording` should be a folder with a sub-folder of images, or a video, for each camera; or a folder of "
            f"such folders. Received: recording={folder}, which holds neither"
        )
    sessions = [_session(each, cameras, pairs=pairs, **reading) for each in folders]
    for each in sessions[1:]:
        if each.calibration.names != sessions[0].calibration.names:
            raise ValueError(
                "`recording` should hold recordings by the same cameras, in the same order. Received: "
                f"{sessions[0].name} with {', '.join(sessions[0].calibration.names)}, "
                f"{each.name} with {', '.join(each.calibration.names)}"
            )
    return sessions


def is_recording(folder: Path) -> bool:
    """Whether a folder itself holds videos, or sub-folders with images."""
    videos = any(path.is_file() and path.suffix.lower() in VIDEO_SUFFIXES for path in folder.iterdir())
    return videos or any(find_images(each)[0] for each in _subfolders(folder))


def fitted_recording(
    folder: Path, calibration: Calibration, **reading: Any
) -> tuple[Recording, Calibration, tuple[str, ...]]:
    """Finds a recording of these cameras, brings both to the same sizes, and tells what was assumed.

    Args:
        folder: The recording's.
        calibration: Its cameras.
        **reading: Further arguments of `find_recording`.
    """
    recording = find_recording(folder, calibration.names, **reading)
    recording, calibration, remarks = fitted(recording, calibration)
    return recording, calibration, (*recording.remarks, *remarks)


def _subfolders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _session(folder: Path, cameras: str | Path | None, **reading: Any) -> Session:
    cameras = _own_cameras(folder) or cameras
    if cameras is None:
        raise ValueError(
            f"`cameras` should be the file of the cameras, for {folder} has none in it. Received: cameras=None"
        )
    calibration = read_calibration(cameras)
    alarms = [f"alarm: {alarm}" for alarm in checks.alarms(calibration)]
    recording, calibration, remarks = fitted_recording(folder, calibration, **reading)
    calibration, offset = calibration.near_origin()
    masks = find_masks(folder, recording)
    remarks = (*alarms, *remarks, *(masks.remarks if masks else ()))
    return Session(folder.name, recording, calibration, offset, Path(cameras), remarks, masks)


def _own_cameras(folder: Path) -> Path | None:
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in CAMERA_SUFFIXES)
    found = [path for path in files if is_calibration(path)]
    if len(found) > 1:
        raise ValueError(
            f"{folder} should hold one file with cameras at most. Received: {', '.join(path.name for path in found)}"
        )
    return found[0] if found else None
