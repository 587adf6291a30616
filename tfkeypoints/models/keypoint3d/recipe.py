"""How Keypoint3D is trained, evaluated, asked and described. Imports no TensorFlow until it is asked to."""

import dataclasses
import functools
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import tyro

from tfkeypoints.arguments import check_weights
from tfkeypoints.models.keypoint3d.arguments import Keypoint3DArguments
from tfkeypoints.models.outputs import OUTPUTS
from tfkeypoints.models.recipe import Range, Recipe

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf
    from numpy.typing import ArrayLike

    from tfkeypoints.data.sampling import Augmentation
    from tfkeypoints.geometry._tensors import TensorLike
    from tfkeypoints.training.run import Run


_log = logging.getLogger(__name__)

ALARM_FRAMES = 64
"""Validation frames that the collapse alarms look at."""

USUAL_VIEWS = 3
"""Cameras of the data sets here."""

MEDIAN_FRAMES = 1000
"""About how many training frames, evenly spread, the median is taken of."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Keypoint3DRecipe(Recipe):
    """Train a Keypoint3D on frames of a moving scene, seen by several calibrated cameras.

    The run folder holds config.json, history.csv, model.keras (the weights that were best on the validation split),
    checkpoints and TensorBoard logs. The same command resumes a training that was stopped.

    Example:
      tfkeypoints train keypoint3d --data moving_shapes/arm_64 --run runs/arm
      tfkeypoints train keypoint3d --data robot_scenes/hammer_128 --run runs/hammer
    """

    name: ClassVar[str] = "keypoint3d"
    default_data: ClassVar[str] = "moving_shapes/arm_{size}"
    of_moving_scenes: ClassVar[bool] = True
    recording_preset: ClassVar[str] = "recording"
    schedule: ClassVar[tuple[str, str]] = ("ramp_start", "ramp_end")
    outputs: ClassVar[Mapping[str, str]] = {
        "keypoints": "[batch, K, 3], world: the views' points, fused",
        **OUTPUTS,
        "attention": "[batch, views, K], what the fusion weighs the views with; sums to 1 over K",
    }
    extras: ClassVar[tuple[str, ...]] = ("background",)
    compare_untrained: ClassVar[bool] = True
    objective: ClassVar[str] = "val_reconstruction"
    """How well the images are rebuilt, which ever more keypoints do a little better."""
    ranges: ClassVar[Mapping[str, Range]] = {
        "learning_rate": Range((5e-4, 8e-3), "log", "decides most within a short budget; more diverges"),
        "filters": Range((16, 24, 32, 48), "choices", "capacity against time; a large decoder needs fewer keypoints"),
        "multiview_consistency": Range((0.05, 20.0), "log", "the paper's weight up to where views agree on one place"),
        "separation": Range(
            (0.0025, 2.0), "log", "from the paper's weight up; the more keypoints, the more pairs of them"
        ),
        "silhouette": Range((0.03, 3.0), "log", "draws points to what moves; too much crowds them there"),
        "variance": Range((0.1, 10.0), "log", "narrow heatmaps are exact, but learn slowly if forced early"),
        "noise": Range((0.0, 0.2), "linear", "keeps heatmaps narrow: from none to four times the default"),
    }

    preset: Literal["small", "recording", "metaworld", "ant"] = "small"
    """Sizes and schedule: a laptop's, the same for one's own recordings, or those that the paper used for one or the
    other robot."""
    model: Annotated[Keypoint3DArguments, tyro.conf.arg(name="")] = dataclasses.field(
        default=Keypoint3DArguments(mean_depth=None, world_scale=None)
    )
    """Arguments of the model."""
    crop_size: int | None = None
    """Side of the window that the networks see, at random in training; None: the whole image."""
    num_views: int | None = None
    """Views of a frame; None: all that the data set has."""
    ramp_start: int = 0
    """Step from which views are asked to agree."""
    ramp_end: int = 0
    """Step from which that counts fully."""
    turn_degrees: float = 0.0
    """In training, images are turned by up to so many degrees, each view by itself; cameras follow."""
    zoom: float = 0.0
    """They are enlarged or reduced by up to this share."""
    shift: float = 0.0
    """They are shifted by up to this share of their sides."""
    light: float = 0.0
    """Brightness and each color are changed by up to this share, each view by itself."""
    left_out_views: int = 0
    """Each frame is shown without so many of its views, which are drawn anew each time."""
    monitor: str = "val_loss"
    """Metric of the history by which the best weights are chosen."""

    @classmethod
    def import_classes(cls) -> None:
        import tfkeypoints.models.keypoint3d.keypoint3d  # noqa: F401

    def activations(self) -> int:
        cells = ((self.crop_size or self.image_size) // 2) ** 2
        return self.batch_size * (self.num_views or USUAL_VIEWS) * cells * self.model.filters

    def build(
        self, examples: Mapping[str, Any], at_rest: "ArrayLike | None" = None, sizes: Mapping[str, float] | None = None
    ) -> "keras.Model":
        from tfkeypoints.data.workspace import workspace
        from tfkeypoints.models.keypoint3d.keypoint3d import Keypoint3D

        options = self.model_options()
        self._check_views(examples)
        known = dict(sizes or {})
        if None in (options["mean_depth"], options["world_scale"]) and not known:
            known = workspace(examples["intrinsics"], examples["extrinsics"]).model_sizes()
        if options["mean_depth"] is not None:  # it holds for all views then, unless the user says more
            known.pop("focal", None)
        options |= {name: size for name, size in known.items() if options[name] is None}
        _, num_views, height, width, _ = examples["image"].shape
        size = (self.crop_size,) * 2 if self.crop_size else (height, width)
        unit = 2**self.model.levels
        size = tuple(side // unit * unit for side in size)
        model = Keypoint3D(**options, num_views=num_views, image_size=size, seed=self.seed, dtype=self.dtype)
        model({name: values[:1] for name, values in examples.items()})
        if model.background != "none":
            _warn_of_moving_cameras(examples["extrinsics"])
            # A residual is added to the median, against which a robot that is always in the picture stands out only
            # where it moves; features are those of the scene without it, where the data set has such a frame.
            told = self.model.background == "features" and at_rest is not None
            still = median(examples.get("background", examples["image"]))
            model.set_background(at_rest if told else still)
        return model

    def augmentation(self) -> "Augmentation | None":
        from tfkeypoints.data.window_augmentation import vary_windows

        amounts = {name: getattr(self, name) for name in ("turn_degrees", "zoom", "shift", "light", "left_out_views")}
        return functools.partial(vary_windows, **amounts) if any(amounts.values()) else None

    def check(self) -> None:
        super().check()
        check_weights(turn_degrees=self.turn_degrees, shift=self.shift)
        for name in ("zoom", "light"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(
                    f"`{name}` is a share and must be from 0 to below 1. Received: {name}={getattr(self, name)}"
                )

    def _check_views(self, examples: Mapping[str, Any]) -> None:
        """Whether views can be left out of these examples."""
        if not self.left_out_views:
            return
        views, model, asked = examples["image"].shape[1], self.model, f"left_out_views={self.left_out_views}"
        if not 0 < self.left_out_views <= views - 2:
            raise ValueError(f"`left_out_views` must leave two views or more, of {views}. Received: {asked}")
        if model.view_encoding != "shared":
            encoding = f"view_encoding={model.view_encoding!r}"
            raise ValueError(f"`left_out_views` wants view_encoding='shared'. Received: {asked}, {encoding}")
        if model.background != "none" and "background" not in examples:
            raise ValueError(
                f"`left_out_views` wants examples with a `background` of their own, as recordings have, or a model "
                f"with background='none'. Received: {asked}, examples with {', '.join(sorted(examples))}"
            )

    def callbacks(self, run: "Run", validation: "Mapping[str, np.ndarray]") -> "list[keras.callbacks.Callback]":
        from tfkeypoints.training.callbacks import MultiviewRamp

        return [MultiviewRamp(self.ramp_start, self.ramp_end)]

    def watchers(self, run: "Run", validation: "Mapping[str, np.ndarray]") -> "list[keras.callbacks.Callback]":
        from tfkeypoints.models.keypoint3d.collapse_alarm import CollapseAlarm

        apart = max(1, len(validation["image"]) // ALARM_FRAMES)
        frames = {name: values[::apart] for name, values in validation.items()}
        return [CollapseAlarm(run.logs, frames)]

    @classmethod
    def evaluation(cls) -> ModuleType:
        from tfkeypoints.evaluation import episodes

        return episodes

    @classmethod
    def untrained(cls, model: "keras.Model", seed: int) -> "keras.Model":
        newborn = super().untrained(model, seed)
        if model.background != "none":  # it is told the same scene at rest
            newborn.build({"image": (None, *model.background_images.shape)})
            newborn.background_images.assign(model.background_images)
        return newborn

    @classmethod
    def predict(
        cls,
        run: "Run",
        out: Path,
        *,
        images: Path,
        fov: float | None = None,
        intrinsics: Sequence[float] | None = None,
        cameras: Path | None = None,
        **options: Any,
    ) -> None:
        from tfkeypoints.inference import recordings

        if cameras is None or fov is not None or intrinsics is not None:
            raise ValueError("A run of keypoint3d takes its cameras from a file: `--cameras cameras.json`")
        recordings.predict(run, out, images, cameras, **options)

    @classmethod
    def detect(cls, model: "keras.Model", inputs: "dict[str, TensorLike]") -> "dict[str, tf.Tensor]":
        return model.detect(inputs)

    @classmethod
    def views(cls, model: "keras.Model") -> int | None:
        return None if model.view_encoding == "shared" else model.num_views

    @classmethod
    def fixed_views(cls, model: "keras.Model") -> int:
        return model.num_views

    @classmethod
    def fits(cls, config: Mapping[str, Any], model: "keras.Model") -> list[str]:
        views = cls.views(model)
        count = "any number of cameras" if views is None else f"{views} cameras, in the order of the training"
        told = config.get("windows")
        return [
            f"One image a camera, all taken at the same time: {count}.",
            "A camera file (JSON) for images of your own, without lenses: undistort these first.",
            f"The scene of {config['data']}: the model knows no other.",
            *(["Windows about what moves, as `tfkeypoints predict` cuts them; not whole images."] if told else []),
        ]


def median(images: "np.ndarray") -> "np.ndarray":
    """The median of about `MEDIAN_FRAMES` of the frames `[N, V, H, W, C]`, as floats in [0, 1]."""
    import numpy as np

    apart = -(-len(images) // MEDIAN_FRAMES)
    frames = np.asarray(images[::apart])
    return np.median(frames, 0) / (255 if frames.dtype == np.uint8 else 1)


def _warn_of_moving_cameras(extrinsics: "np.ndarray") -> None:
    import numpy as np

    if np.ptp(extrinsics, axis=0).max() > 1e-3:
        _log.warning(
            "the cameras move: if the images show what passes by (one color does not show), it counts as moving; then "
            "train without a background: --background none --moving-weight 0 --silhouette 0 --coverage 0"
        )
