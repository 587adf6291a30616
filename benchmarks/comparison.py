"""What the comparisons share: variants of a preset as recipes, and their measure on the test split."""

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import keras
import tensorflow as tf

from tfkeypoints import data, evaluation, files, visualization
from tfkeypoints.data.augmentation import vary
from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.geometry import camera
from tfkeypoints.models import KeypointNet, OrientationNet
from tfkeypoints.models.keypointnet.keypointnet import TERMS
from tfkeypoints.models.keypointnet.recipe import KeypointNetRecipe
from tfkeypoints.training import Run
from tfkeypoints.training.training import Training

RECIPE = KeypointNetRecipe.presets()["small"].with_options(facing="network")
EPOCHS = 8
"""About so often a training is validated."""
UNSUPERVISED_TERMS = tuple(term for term in TERMS if term != "orientation")


@keras.saving.register_keras_serializable(package="benchmarks")
class SupervisedKeypointNet(KeypointNet):
    """The same network, taught where the landmarks are instead: mean squared distance in the camera's frame."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.loss_weights["landmarks"] = 1.0
        self.trackers["landmarks"] = keras.metrics.Mean("landmarks")

    def loss_terms(self, x, outputs, training):
        landmarks = camera.to_camera(tf.expand_dims(x["landmarks"], 1), x["extrinsics"])
        distances = tf.reduce_sum((outputs["points_camera"] - landmarks) ** 2, -1)
        return {**super().loss_terms(x, outputs, training), "landmarks": tf.reduce_mean(distances, [1, 2])}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Variant(KeypointNetRecipe):
    """The usual training, with a facing that was learnt before if there is one."""

    facing: str | None = None
    """Run of a trained orientation network, which is then frozen; None: it is learnt meanwhile, if at all."""
    kind: ClassVar[type] = KeypointNet

    def build(self, examples, at_rest=None, sizes=None):
        usual = super().build(examples, at_rest, sizes)
        model = self.kind.from_config(usual.get_config())
        model.build()
        if self.facing:
            model.orientation_net.set_weights(Run.open(self.facing).load_model().get_weights())
            model.orientation_net.trainable = False
            model.orientation_truth.assign(0.0)
        return model

    def callbacks(self, run, validation):
        return [] if self.facing else super().callbacks(run, validation)


@dataclasses.dataclass(frozen=True, kw_only=True)
class SupervisedVariant(Variant):
    """The same, taught where the landmarks are."""

    landmarks: tuple[str, ...]
    """Their names; what is called left becomes right in a mirrored object."""
    displacement: float = 0.0
    """Standard deviation of each coordinate of where they are said to be, the same in all views of an object."""
    kind: ClassVar[type] = SupervisedKeypointNet
    labels: ClassVar[tuple[str, ...]] = ("landmarks",)

    def augmentation(self):
        order = mirrored_order(self.landmarks) if self.vary_objects else None
        return functools.partial(placed_and_varied, displacement=self.displacement, order=order)


@dataclasses.dataclass(frozen=True, kw_only=True)
class FacingVariant(KeypointNetRecipe):
    """The orientation network alone."""

    def build(self, examples, at_rest=None, sizes=None):
        arguments = self.model
        filters = max(arguments.filters // 2, 1)
        return OrientationNet(filters, arguments.dilations, arguments.first_stride, arguments.backbone)

    def callbacks(self, run, validation):
        return []


def variant(
    kind: type = Variant,
    steps: int | None = None,
    own: Mapping | None = None,
    base: KeypointNetRecipe = RECIPE,
    **options,
) -> KeypointNetRecipe:
    """A recipe as a variant, with its own fields and with other options of the recipe.

    The facing is withdrawn in proportion to the steps, as in any training.
    """
    values = {field.name: getattr(base, field.name) for field in dataclasses.fields(base)}
    recipe = kind(**values, **(own or {})).with_steps(steps)
    return recipe.with_options(validate_every=max(1, recipe.steps // EPOCHS), **options)


def supervised(landmarks, steps=None, facing=None, displacement=0.0, base=RECIPE, **options):
    """The supervised training for these landmarks."""
    off = dict.fromkeys(UNSUPERVISED_TERMS, 0.0)
    own = {"landmarks": tuple(landmarks), "facing": facing, "displacement": displacement}
    return variant(SupervisedVariant, steps, own, base, **{**off, "num_keypoints": len(landmarks), **options})


def placed_and_varied(example, seed, displacement, order):
    """An object whose landmarks were placed by hand, each off by chance, and varied if there is an order."""
    example = {**example, "landmarks": placed(example["landmarks"], displacement)}
    return vary(example, seed, order) if order else example


def placed(landmarks, displacement):
    """Landmarks `[L, 3]` as a hand places them: off by normal deviates, the same whenever the object is seen."""
    seed = tf.strings.to_hash_bucket_fast(tf.io.serialize_tensor(landmarks), 2**31)
    return landmarks + displacement * tf.random.stateless_normal(tf.shape(landmarks), [seed, 0])


def mirrored_order(names) -> tuple[int, ...]:
    """The order of landmarks after an object was mirrored: those that are left stand where those right stood.

    Example:
        >>> mirrored_order(["seat_left", "seat_right", "top"])
        (1, 0, 2)
    """
    swap = {"left": "right", "right": "left"}
    names = list(names)
    return tuple(names.index("_".join(swap.get(word, word) for word in name.split("_"))) for name in names)


def train(folder, recipe, name, data_dir=None):
    """Trains a variant, or resumes or reads the one that the folder holds. Returns the run."""
    place = None if data_dir is None else Path(data_dir)
    return Training(recipe=recipe, data=name, data_dir=place, run=Path(folder))()


def measure(run, name, data_dir=None):
    """Metrics of a run's best weights on the test split; a contact sheet goes into the run's pictures."""
    if run.metrics_file.exists():
        return files.read_json(run.metrics_file)
    model = run.load_model()
    examples = data.load(name, "test", data_dir=data_dir)
    metrics, _ = evaluation.measure(evaluation.collect(model, examples), (RECIPE.image_size, RECIPE.image_size))
    unseen = evaluation.one_of_each_instance(examples, 12)
    uv = model({key: unseen[key] for key in CAMERA_KEYS}, training=False)["uv"]
    visualization.save_image(run.pictures / "contact_sheet.png", visualization.contact_sheet(unseen["image"], uv))
    files.write_json(run.metrics_file, metrics)
    return metrics
