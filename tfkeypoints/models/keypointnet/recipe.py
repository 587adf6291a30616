"""How KeypointNet is trained, evaluated, asked and described. Imports no TensorFlow until it is asked to."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import tyro

from tfkeypoints.models.keypointnet.arguments import KeypointNetArguments
from tfkeypoints.models.options import Choice
from tfkeypoints.models.outputs import OUTPUTS
from tfkeypoints.models.recipe import Range, Recipe

if TYPE_CHECKING:
    import keras
    import numpy as np
    from numpy.typing import ArrayLike

    from tfkeypoints.data.sampling import Augmentation
    from tfkeypoints.training.run import Run


ALIKE = 1e-4
"""Relative difference up to which focal lengths are the same."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class KeypointNetRecipe(Recipe):
    """Train a KeypointNet on pairs of views of objects.

    The run folder holds config.json, history.csv, model.keras (the weights that were best on the validation split),
    checkpoints and TensorBoard logs. The same command resumes a training that was stopped.

    Example:
      tfkeypoints train keypointnet --preset small --data rendered_objects/cars_64 --run runs/cars
      tfkeypoints train keypointnet --preset demo --captures objects/ --run runs/mine
      tensorboard --logdir runs
    """

    name: ClassVar[str] = "keypointnet"
    default_data: ClassVar[str] = "rendered_objects/chairs_{size}"
    schedule: ClassVar[tuple[str, str]] = ("orientation_start", "orientation_end")
    outputs: ClassVar[Mapping[str, str]] = {
        **OUTPUTS,
        "orientation": "[batch, views, 2, 2], uv of where the object's front and back point",
    }
    objective: ClassVar[str] = "val_angular_error"
    ranges: ClassVar[Mapping[str, Range]] = {
        "learning_rate": Range((5e-4, 1e-2), "log", "decides most within a short budget; more diverges"),
        "filters": Range((8, 16, 24, 32), "choices", "capacity against time: a step costs about its square"),
        "relative_pose": Range((0.2, 20.0), "log", "the paper's 0.2 up to where it outweighs all other terms"),
        "reprojection_consistency": Range((1.0, 100.0), "log", "how much exact points count beside the right rotation"),
        "separation": Range((1.0, 100.0), "log", "the more keypoints, the more pairs of them there are to keep apart"),
        "separation_delta": Range((0.01, 0.2), "log", "the more keypoints, the closer neighbours must be let come"),
        "silhouette": Range((0.5, 50.0), "log", "too little lets points leave the object, too much holds them back"),
        "variance": Range((0.05, 5.0), "log", "narrow heatmaps are exact, but learn slowly if forced early"),
        "pose_noise": Range((0.0, 0.3), "linear", "asks for points that lie apart; too much hides what the angle says"),
    }

    preset: Literal["small", "paper", "demo"] = "small"
    """Sizes and schedule: a laptop's, the paper's, or a quick demonstration."""
    model: Annotated[KeypointNetArguments, tyro.conf.arg(name="")] = dataclasses.field(
        default=KeypointNetArguments(mean_depth=None)
    )
    """Arguments of the model."""
    num_views: int = 2
    """Views of an object that are trained on together, joined from examples that show the same one: every one of the
    V (V - 1) / 2 pairs teaches, for the price of V images."""
    vary_objects: Choice = False
    """Whether objects are also shown mirrored (left against right) and in other colors."""
    orientation_start: int
    """Step at which the true facing begins to be withdrawn."""
    orientation_end: int
    """Step from which the network relies on the predicted facing."""
    orientation_form: Literal["gradual", "switch"] = "gradual"
    """How it is withdrawn; the original's way is a switch half way between the two."""

    @classmethod
    def import_classes(cls) -> None:
        import tfkeypoints.models.keypointnet.keypointnet  # noqa: F401

    def activations(self) -> int:
        cells = (self.image_size // self.model.first_stride) ** 2
        return self.batch_size * self.num_views * cells * self.model.filters

    def build(
        self, examples: Mapping[str, Any], at_rest: "ArrayLike | None" = None, sizes: Mapping[str, float] | None = None
    ) -> "keras.Model":
        from tfkeypoints.models.keypointnet.keypointnet import KeypointNet

        options, known = self.model_options(), dict(sizes or {})
        if options["mean_depth"] is not None:  # it holds for all views then, unless the user says more
            known.pop("focal", None)
        elif not known:
            known = {"mean_depth": training_distance(examples["extrinsics"])} | common_focal(examples["intrinsics"])
        options |= {name: size for name, size in known.items() if options[name] is None}
        return KeypointNet(**options, seed=self.seed, dtype=self.dtype)

    def augmentation(self) -> "Augmentation | None":
        if not self.vary_objects:
            return None
        from tfkeypoints.data.augmentation import vary

        return vary

    def callbacks(self, run: "Run", validation: "Mapping[str, np.ndarray]") -> "list[keras.callbacks.Callback]":
        from tfkeypoints.training.callbacks import OrientationSchedule

        if not self.model.use_orientation:
            return []
        return [OrientationSchedule(self.orientation_start, self.orientation_end, self.orientation_form)]

    @classmethod
    def evaluation(cls) -> ModuleType:
        from tfkeypoints.evaluation import objects

        return objects

    @classmethod
    def predict(
        cls,
        run: "Run",
        out: Path,
        *,
        images: Path,
        fov: float | None = None,
        intrinsics: tuple[float, float, float, float] | None = None,
        bits: int | None = None,
        workers: int | None = None,
        ray: str | None = None,
        **of_recordings: Any,
    ) -> None:
        from tfkeypoints.data.captures.find import cameras_of
        from tfkeypoints.inference import captures, image_collection

        for name, value in of_recordings.items():
            if value:
                raise ValueError(f"`{name}` is for runs of keypoint3d; {run.folder} is one of {cls.name}")
        if (run.config.get("windows") or {}).get("kind") == "object":
            if workers is not None or ray is not None:
                raise ValueError(f"`workers` share images, not the photos of a capture. Received: workers={workers}")
            captures.predict(run, out, images, fov, intrinsics, bits)
            return
        if images.is_dir() and cameras_of(images):
            raise ValueError(
                "`images` should be an image or a folder of images: only a run that was trained on --captures uses the "
                f"cameras of an object's folder. Received: images={images}; its photos alone: {images}/images"
            )
        image_collection.predict(run, out, images, fov, intrinsics, bits, workers, ray)

    @classmethod
    def fixed_views(cls, model: "keras.Model") -> int:
        return 1

    @classmethod
    def keep_familiar(cls, run: "Run", model: "keras.Model", folder: Path) -> None:
        from tfkeypoints.inference import familiarity

        familiarity.keep(run, model, folder / familiarity.FILE)

    @classmethod
    def fits(cls, config: Mapping[str, Any], model: "keras.Model") -> list[str]:
        from tfkeypoints.inference.image_collection import BACKGROUNDS

        cut = f"cut out on a transparent background, or on {BACKGROUNDS[model.input_range]}, "
        alpha = config["images"]["shape"][-1] == 4
        kind = config.get("data", "its own training")  # unknown of an imported model
        return [
            f"One object an image, of the kind of {kind}, {cut * alpha}in the middle, about as large as in "
            "the examples.",
            "No camera is needed: without one, the image is taken to be seen as the training images were.",
        ]


def common_focal(intrinsics: "ArrayLike") -> dict[str, float]:
    """The vertical focal length of the cameras `[..., 3, 3]` as `focal`, if all have the same; an empty dict if not."""
    import numpy as np

    focal = np.asarray(intrinsics)[..., 1, 1]
    return {"focal": float(focal.flat[0])} if np.ptp(focal) <= ALIKE * focal.min() else {}


def training_distance(extrinsics: "ArrayLike") -> float:
    """Mean distance of the cameras `[..., 4, 4]` from the world's origin, to three digits."""
    import numpy as np

    return float(f"{np.linalg.norm(np.asarray(extrinsics)[..., :3, 3], axis=-1).mean():.3g}")
