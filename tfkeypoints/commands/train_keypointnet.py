"""`tfkeypoints train keypointnet`."""

import dataclasses
from typing import Any, ClassVar, Literal

from tfkeypoints.commands.train import Train


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainKeypointNet(Train):
    """Train a KeypointNet on pairs of views of objects.

    The run folder holds config.json, history.csv, model.keras (the weights that were best on the validation split),
    checkpoints and TensorBoard logs. The same command takes up a training that was stopped.

    Example:
      tfkeypoints train keypointnet --preset small --data rendered_objects/cars_64 --run runs/cars
      tensorboard --logdir runs
    """

    preset: Literal["small", "paper", "demo"] = "small"
    """Sizes and schedule: a laptop's, the paper's, or a quick demonstration."""
    num_keypoints: int | None = None
    """Keypoints to find; by default the preset's."""
    filters: int | None = None
    """Channels of the network; by default the preset's."""
    num_views: int | None = None
    """Views of an object that are trained on together, from one or more examples; by default the preset's."""
    vary_objects: bool | None = None
    """Whether objects are also shown mirrored (left against right) and in other colours; by default the preset's."""
    reprojection_consistency: float | None = None
    """Weight of the term that lets views agree in the image; 0 leaves it out."""
    mean_depth: float | None = None
    """Distance from camera to objects in world units; by default that of the training cameras from the origin."""
    relative_pose: float | None = None
    """Weight of the term that asks for the true rotation between views."""
    separation: float | None = None
    """Weight of the term that keeps keypoints apart."""
    separation_delta: float | None = None
    """Squared distance in world units below which two keypoints are pushed apart; by default 0.05."""
    volume: float | None = None
    """Weight of the term that keeps keypoints from lying in one plane."""
    silhouette: float | None = None
    """Weight of the term that keeps keypoints on the object; 0 for images without alpha."""
    variance: float | None = None
    """Weight of the term that makes heatmaps narrow."""
    pose_noise: float | None = None
    """Standard deviation, in world units, of noise on the points that tell the rotation; by default the preset's."""
    orientation: float | None = None
    """Weight of the term that teaches which way the object faces."""
    use_orientation: bool | None = None
    """Whether the network is told which way the object faces; by default yes."""
    orientation_start: int | None = None
    """Step at which the true facing begins to be withdrawn; by default the preset's, in proportion to the steps."""
    orientation_end: int | None = None
    """Step from which the network relies on the predicted facing."""
    orientation_form: Literal["gradual", "switch"] = "gradual"
    """How it is withdrawn; the original's way is a switch half way between the two."""

    model_name: ClassVar[str] = "keypointnet"
    default_data: ClassVar[str] = "rendered_objects/chairs_{size}"
    schedule: ClassVar[tuple[str, str]] = ("orientation_start", "orientation_end")
    model_only: ClassVar[tuple[str, ...]] = ("separation_delta", "variance", "orientation", "use_orientation")

    def build_model(self, preset, examples):
        from tfkeypoints.models import KeypointNet

        depth = self.mean_depth or training_distance(examples["extrinsics"])
        return KeypointNet(**self.model_options(preset), mean_depth=depth, seed=self.seed, dtype=self.dtype)

    def augmentation(self, preset):
        from tfkeypoints.data.augmentation import vary

        return vary if preset.vary_objects else None

    def callbacks(self, preset, run, validation) -> list:
        from tfkeypoints.training.callbacks import OrientationSchedule

        if self.use_orientation is False:
            return []
        return [OrientationSchedule(preset.orientation_start, preset.orientation_end, self.orientation_form)]

    def options(self, preset, name: str) -> dict[str, Any]:
        own = {"orientation_form": self.orientation_form, "mean_depth": self.mean_depth}
        return super().options(preset, name) | own


def training_distance(extrinsics) -> float:
    """Mean distance of the cameras `[..., 4, 4]` from the world's origin, to three digits."""
    import numpy as np

    return float(f"{np.linalg.norm(np.asarray(extrinsics)[..., :3, 3], axis=-1).mean():.3g}")
