"""A run that is measured on a recording of the user's which it was not trained on."""

from pathlib import Path
from typing import Any

from tfkeypoints import data
from tfkeypoints.training.run import Run


class Elsewhere(Run):
    """A run as it is measured on other data: its configuration names these, and what is found has a folder of its own.

    Args:
        run: The run.
        name: Data set NAME/CONFIG, built.
    """

    def __init__(self, run: Run, name: str):
        super().__init__(run.folder, run.outputs / "evaluations" / name.rpartition("/")[2])
        self._data = name

    @property
    def config(self) -> dict[str, Any]:
        return {**super().config, "data": self._data}


def elsewhere(run: Run, recording: Path, cameras: Path | None, **reading: Any) -> Elsewhere:
    """Makes a data set of a recording as the run's own was made, and gives the run that is measured on it.

    Args:
        run: A run that was trained on recordings.
        recording, cameras: The recording, or several, and their cameras.
        **reading: Further options of the data set, about which frames are whose.

    Raises:
        ValueError: If the run was trained on something else, or what building the data set raises.
    """
    config = run.config
    if "recording" not in config:
        raise ValueError(
            "`recording` is for runs that were trained on recordings (train keypoint3d --recording). "
            f"Received: run={run.folder}, which was trained on {config['data']}"
        )
    trained = config["recording"]
    builder = data.build(
        "recordings/own",
        config["data_dir"],
        recording=str(recording),
        cameras=cameras and str(cameras),
        image_size=trained["image_size"],
        num_frames=trained["num_frames"],
        world_unit=trained["world_unit"],
        window=config["windows"]["kind"],
        window_side=config["windows"]["side"],
        at_rest="none" if trained["at_rest"] == "none" else "median",
        **reading,
    )
    return Elsewhere(run, f"recordings/{builder.info.config_name}")
