"""`tfkeypoints train keypoint3d`."""

import dataclasses
import logging
from typing import ClassVar, Literal

from tfkeypoints.commands.train import Train

_log = logging.getLogger(__name__)

ALARM_FRAMES = 64
"""Validation frames that the collapse alarms look at."""

MEDIAN_FRAMES = 1000
"""About how many training frames, evenly spread, the median is taken of."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainKeypoint3D(Train):
    """Train a Keypoint3D on frames of a moving scene, seen by several calibrated cameras.

    The run folder holds config.json, history.csv, model.keras (the weights that were best on the validation split),
    checkpoints and TensorBoard logs. The same command takes up a training that was stopped.

    Example:
      tfkeypoints train keypoint3d --data moving_shapes/arm_64 --run runs/arm
      tfkeypoints train keypoint3d --data robot_scenes/hammer_128 --run runs/hammer
    """

    preset: Literal["small", "metaworld", "ant"] = "small"
    """Sizes and schedule: a laptop's, or those that the paper used for one or the other robot."""
    num_keypoints: int | None = None
    """Keypoints to find; by default the preset's."""
    view_encoding: Literal["separate", "stacked", "shared"] | None = None
    """One network a camera, one network for all cameras at once, or the same weights for every camera."""
    crop_size: int | None = None
    """Side of the window that the networks see, at random in training; by default the preset's."""
    filters: int | None = None
    """Channels of the networks' finest level; by default the preset's."""
    levels: int | None = None
    """How often the networks halve the resolution; by default the preset's."""
    background: Literal["none", "features", "residual"] | None = None
    """What the decoder is told of the scene at rest: nothing, its features, or the image to which it adds."""
    moving_weight: float | None = None
    """Extra weight of pixels that differ from the scene at rest."""
    mean_depth: float | None = None
    """Distance from cameras to the scene in world units; by default to where their axes meet."""
    world_scale: float | None = None
    """World units that count as 1 in the multi-view and separation terms; by default a quarter of what a camera sees
    from top to bottom."""
    reconstruction: float | None = None
    """Weight of the term that rebuilds the images."""
    multiview_consistency: float | None = None
    """Weight of the term that lets views agree in 3D."""
    separation: float | None = None
    """Weight of the term that keeps keypoints apart."""
    separation_sharpness: float | None = None
    """One over the squared distance, in world_scale, at which two keypoints are half as repelled."""
    silhouette: float | None = None
    """Weight of the term that keeps heatmaps on what differs from the background."""
    coverage: float | None = None
    """Weight of the term that keeps some heatmap near whatever differs from the background."""
    variance: float | None = None
    """Weight of the term that makes heatmaps narrow."""
    noise: float | None = None
    """Noise on keypoints in training, as a fraction of their heatmaps' spread."""
    fusion: Literal["attention", "mean", "none"] = "attention"
    """How the views' points become one: weighted by attention, plainly, or not at all."""
    ramp_start: int | None = None
    """Step from which views are asked to agree; by default the preset's, in proportion to the steps."""
    ramp_end: int | None = None
    """Step from which that counts fully."""
    monitor: str = "val_loss"
    """Metric of the history by which the best weights are chosen."""

    model_name: ClassVar[str] = "keypoint3d"
    default_data: ClassVar[str] = "moving_shapes/arm_{size}"
    schedule: ClassVar[tuple[str, str]] = ("ramp_start", "ramp_end")
    model_only: ClassVar[tuple[str, ...]] = ("mean_depth", "world_scale", "fusion")

    def build_model(self, preset, examples):
        from tfkeypoints.data.workspace import workspace
        from tfkeypoints.models import Keypoint3D

        options = self.model_options(preset)
        if not {"mean_depth", "world_scale"} <= options.keys():
            options = workspace(examples["intrinsics"], examples["extrinsics"]).model_sizes() | options
        _, num_views, height, width, _ = examples["image"].shape
        size = (preset.crop_size,) * 2 if preset.crop_size else (height, width)
        unit = 2 ** options["levels"]
        size = tuple(side // unit * unit for side in size)
        model = Keypoint3D(**options, num_views=num_views, image_size=size, seed=self.seed, dtype=self.dtype)
        model({name: values[:1] for name, values in examples.items()})
        if model.background != "none":
            _warn_of_moving_cameras(examples["extrinsics"])
            model.set_background(self._background(preset, examples))
        return model

    def _background(self, preset, examples):
        """What the decoder is told: the scene at rest if the data set has a frame of it, or the median of all frames.

        A residual is added to the median, against which a robot that is always in the picture stands out only where it
        moves.
        """
        import numpy as np

        from tfkeypoints import data

        name = self.data_name(preset)
        if preset.background == "features" and "background" in data.dataset_info(name, self.data_dir).splits:
            return next(iter(data.load(name, "background", data_dir=self.data_dir)))["image"]
        apart = -(-len(examples["image"]) // MEDIAN_FRAMES)
        images = examples["image"][::apart].numpy()
        return np.median(images, 0) / (255 if images.dtype == np.uint8 else 1)

    def callbacks(self, preset, run, validation) -> list:
        from tfkeypoints.training.callbacks import CollapseAlarm, MultiviewRamp

        apart = max(1, len(validation["image"]) // ALARM_FRAMES)
        frames = {name: values[::apart] for name, values in validation.items()}
        return [MultiviewRamp(preset.ramp_start, preset.ramp_end), CollapseAlarm(run.logs, frames)]


def _warn_of_moving_cameras(extrinsics):
    import numpy as np

    if np.ptp(extrinsics, axis=0).max() > 1e-3:
        _log.warning(
            "the cameras move: if the images show what passes by (one colour does not show), it counts as moving; then "
            "train without a background: --background none --moving-weight 0 --silhouette 0 --coverage 0"
        )
