"""Training on the user's own recordings, of which a data set is made first."""

import dataclasses
import functools
from pathlib import Path
from typing import Any, Literal

from tfkeypoints.data.recordings.options import RecordingOptions
from tfkeypoints.training.training import R, Training


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecordedTraining(RecordingOptions, Training[R]):
    """A training whose data may be a recording: a data set is made of it before, or again where its files changed.

    Example:
        >>> recipe = Keypoint3DRecipe.from_preset("recording")
        >>> run = RecordedTraining(recipe=recipe, recording=Path("sessions"), cameras=Path("calibration.toml"))()
    """

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
    keep_data: bool = False
    """Use the data set of a recording as it was made, although files have changed since."""

    @property
    def data_name(self) -> str:
        if self.recording is None:
            return super().data_name
        return f"recordings/{self._config.name}"

    def config(self) -> dict[str, Any]:
        if self.recording is None:
            if self.cameras is not None or self.said():
                raise ValueError(
                    "`cameras`, `pair`, `offset` and `bits` belong to a `recording`. Received: recording=None"
                )
            return super().config()
        if self.data is not None:
            raise ValueError(
                f"`data` and `recording` exclude each other. Received: data={self.data}, recording={self.recording}"
            )
        return {**super().config(), "recording": {**self._config.options(), "files": self._digest()}}

    def load(self, split: str, num_views: int | None = None) -> dict:
        self._make_data()
        return super().load(split, num_views)

    def build(self, examples):
        self._make_data()
        return super().build(examples)

    @property
    def _options(self) -> dict[str, Any]:
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

    @functools.cached_property
    def _config(self):
        """The configuration of the data set, whose name depends on all options and on no file."""
        from tfkeypoints.data.builders import config_of

        return config_of("recordings/own", **self._options)

    def _make_data(self) -> None:
        """Makes the data set of a recording, once, before it is read."""
        if self.recording is None or "_made" in vars(self):
            return
        from tfkeypoints import data

        data.build("recordings/own", self.data_dir, keep_data=self.keep_data, **self._options)
        vars(self)["_made"] = True

    def _digest(self) -> str:
        """One word for the contents of the files that the data is, or will be, made of."""
        from tfkeypoints.data.builders import made_of_now

        return made_of_now("recordings/own", self.data_dir, self.keep_data, **self._options)
