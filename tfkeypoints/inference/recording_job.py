"""The prediction of a recording as a task that any process can do a part of. Imports TensorFlow when it is done."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings import Recording

if TYPE_CHECKING:
    from tfkeypoints.inference.drawing import Drawing
    from tfkeypoints.inference.recording_finder import RecordingFinder


@dataclasses.dataclass(frozen=True)
class RecordingJob:
    """What a process must know to find the keypoints of a recording; it can be pickled.

    Attributes:
        run: The run's folder.
        recording, calibration: Of the same sizes.
        windows: `[T, V, 4]`, what the model sees of each frame, or None: all.
        fps: Frames a second.
        video: Whether to draw and encode a video too.
    """

    run: Path
    recording: Recording
    calibration: Calibration
    windows: np.ndarray | None
    fps: float
    video: bool

    @property
    def seekable(self) -> bool:
        """Whether a part costs no more than itself."""
        return self.recording.seekable

    def drawing(self) -> "Drawing":
        """A new `Drawing` of the recording."""
        from tfkeypoints.inference.drawing import Drawing

        return Drawing(self.calibration, len(self.recording), self.fps)

    def open(self) -> "RecordingFinder":
        """Loads the model: returns a `RecordingFinder`."""
        from tfkeypoints.inference.recording_finder import RecordingFinder

        return RecordingFinder(self)
