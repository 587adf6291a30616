"""Training on the user's own recordings."""

import dataclasses
from pathlib import Path
from typing import Any, ClassVar, Literal

from tfkeypoints.data.recordings.options import RecordingOptions
from tfkeypoints.training.own_files import OwnFilesTraining
from tfkeypoints.training.training import R


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecordedTraining(RecordingOptions, OwnFilesTraining[R]):
    """A training whose data may be a recording.

    Example:
        >>> recipe = Keypoint3DRecipe.from_preset("recording")
        >>> run = RecordedTraining(recipe=recipe, recording=Path("sessions"), cameras=Path("calibration.toml"))()
    """

    DATA: ClassVar[str] = "recordings/own"
    FOLDER: ClassVar[str] = "recording"

    recording: Path | None = None
    """In place of data: your own recording, a folder with a sub-folder of images or a video for each camera; or a
    folder of several recordings. docs/own_cameras.md tells more."""
    cameras: Path | None = None
    """File or folder with the cameras of the recordings, unless each has its own in its folder."""
    window: Literal["auto", "fixed", "follow"] = "auto"
    """Which part of a recording's images is seen: a fixed square a camera about what moves, or one that follows it."""
    at_rest: str = "median"
    """What the scene of a recording looks like at rest: median, none, or a folder with a recording of it empty."""
    num_frames: int = 600
    """Frames of recordings to train on, at most; those that differ most."""
    world_unit: str = "unit of the camera file"
    """The camera file's unit of length; of metres, results are told in centimetres."""

    def check_without(self) -> None:
        if self.cameras is not None or self.said():
            raise ValueError("`cameras`, `pair`, `offset` and `bits` belong to a `recording`. Received: recording=None")

    def options(self) -> dict[str, Any]:
        return {
            "recording": str(self.recording),
            "cameras": self.cameras and str(self.cameras),
            **self.said(),
            "window": self.window,
            "at_rest": self.at_rest,
            "num_frames": self.num_frames,
            "world_unit": self.world_unit,
            "image_size": self.recipe.image_size,
        }
