"""`tfkeypoints import keypointnet`."""

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

if TYPE_CHECKING:
    from tfkeypoints.training.run import Run


IMAGE_SHAPE = (2, 128, 128, 4)
"""Of what the original is trained on: pairs of views with alpha."""
FIELD_OF_VIEW = 5.0
"""Of the paper's renderings, in degrees."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ImportKeypointNet:
    """Turn a checkpoint of the original KeypointNet (tensorflow/models, research/keypointnet) into a run.

    The run holds config.json and model.keras, as that of a training does: `predict`, `evaluate`, `export` and `serve`
    take it. Its model gives the original's keypoints, in this library's conventions. Objects are shown to it as there:
    cut out on a transparent background, or on plain black. docs/originals.md tells more.

    Example:
      tfkeypoints import keypointnet model_dir --run runs/original_cars
      tfkeypoints import keypointnet model_dir/model.ckpt-200000 --run runs/cars --data keypointnet_original/cars
      tfkeypoints predict runs/original_cars photos/
    """

    checkpoint: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="CHECKPOINT")]
    """The original's model_dir, of which the newest checkpoint is taken; a file .index in it; or what the names of a
    checkpoint's files begin with."""
    run: Path
    """Run folder to make."""
    data: str | None = None
    """Data set NAME/CONFIG that `evaluate` measures on, built when absent, and whose camera `predict` takes an image to
    be seen by. Without it there is nothing to evaluate on."""
    data_dir: Path | None = None
    """Where data sets lie; by default TensorFlow Datasets' own place."""
    fov: float | None = None
    """Vertical field of view of what it was trained on, in degrees, without a data set; by default the paper's 5."""

    def __call__(self) -> "Run":
        """Imports, and returns the run."""
        from tfkeypoints import originals
        from tfkeypoints.models.keypointnet.recipe import KeypointNetRecipe
        from tfkeypoints.models.options import config_of
        from tfkeypoints.training.run import Run

        self._check()
        variables = originals.read_checkpoint(self.checkpoint)
        model = originals.keypointnet(variables)
        config = {
            "model": KeypointNetRecipe.name,
            "preset": "original",  # of no training, which would otherwise take the folder for its own
            "model_options": config_of(model.arguments),
            "seed": model.seed,
            "checkpoint": str(self.checkpoint.resolve()),
            "images": self._images(),
        }
        if "global_step" in variables:
            config["steps"] = int(variables["global_step"])
        if self.data is not None:
            config |= {"data": self.data, "data_dir": self.data_dir and str(self.data_dir.resolve())}
        run = Run.start(self.run, config, KeypointNetRecipe.upgrade)
        run.save_model(model)
        trained = f" after {config['steps']} steps" if "steps" in config else ""
        print(f"{model.num_keypoints} keypoints, {model.filters} filters{trained}: {run.model_file}")
        print(f"next: tfkeypoints predict {run.folder} IMAGES")
        return run

    def _check(self) -> None:
        """Refuses options that contradict each other, before anything is read."""
        if self.data is None and self.data_dir is not None:
            raise ValueError(f"`data_dir` is where `data` lies; give that too. Received: data_dir={self.data_dir}")
        if self.data is not None and self.fov is not None:
            raise ValueError(f"`data` tells the camera; leave `fov` out. Received: data={self.data}, fov={self.fov}")
        if self.fov is not None and not 0 < self.fov < 180:
            raise ValueError(f"`fov` should lie between 0 and 180 degrees. Received: fov={self.fov}")

    def _images(self) -> dict[str, Any]:
        """The shape and a camera of the images that the model knows."""
        from tfkeypoints import data
        from tfkeypoints.geometry import camera
        from tfkeypoints.training.training import describe_images

        if self.data is not None:
            return describe_images(next(iter(data.load(self.data, "validation", data_dir=self.data_dir).batch(1))))
        intrinsics = camera.intrinsics_from_fov(math.radians(self.fov or FIELD_OF_VIEW))
        return {"shape": list(IMAGE_SHAPE), "intrinsics": intrinsics.numpy().tolist()}
