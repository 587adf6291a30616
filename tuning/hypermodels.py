"""What can be varied of each model's training, within which range, and why."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import keras
import keras_tuner
import tensorflow as tf

from tfkeypoints import data
from tfkeypoints.commands.train import Train
from tfkeypoints.data.sampling import in_memory
from tfkeypoints.training import optimizer_of

NUM_KEYPOINTS = "num_keypoints"


@dataclasses.dataclass(frozen=True)
class Range:
    """Where a hyperparameter is searched.

    Args:
        values: Least and greatest, or all choices.
        sampling: "linear" or "log" between the two, or one of the "choices".
        reason: Why it is worth varying, and why there.
    """

    values: tuple[float, ...]
    sampling: Literal["linear", "log", "choices"]
    reason: str

    def declare(self, name: str, hyperparameters: keras_tuner.HyperParameters):
        """Adds the hyperparameter to the space, and returns its value."""
        if self.sampling == "choices":
            return hyperparameters.Choice(name, list(self.values), ordered=True)
        return hyperparameters.Float(name, *self.values, sampling=self.sampling)


class KeypointHyperModel(keras_tuner.HyperModel):
    """A training of which the number of keypoints, and what its options leave open, is to be chosen.

    Args:
        training: The training command. Its options hold for all trials; those of `ranges` that are None are varied.
        num_keypoints: The numbers of keypoints to try.
        vary: Whether anything but the number of keypoints is varied.

    Example:
        >>> hypermodel = KeypointNetHyperModel(TrainKeypointNet(preset="demo"), [4, 8, 12])
        >>> keras_tuner.RandomSearch(hypermodel, keras_tuner.Objective("val_angular_error", "min"))
    """

    ranges: ClassVar[Mapping[str, Range]]
    """Option of the training command to its range."""
    objective: ClassVar[str]
    """Validation metric by which trials are compared unless another is named: needs no labels, and is not a weighted
    sum, so that trials with other weights or numbers of keypoints can be compared by it."""

    def __init__(self, training: Train, num_keypoints: Sequence[int], vary: bool = True):
        super().__init__()
        if not num_keypoints or any(int(k) != k or k < 1 for k in num_keypoints):
            raise ValueError(f"`num_keypoints` should hold positive integers. Received: num_keypoints={num_keypoints}")
        self.training = training
        self.num_keypoints = sorted(set(num_keypoints))
        self.varied = {name: range for name, range in self.ranges.items() if vary and getattr(training, name) is None}

    def declare_hyperparameters(self, hp: keras_tuner.HyperParameters) -> None:
        """Declares the whole space, the number of keypoints first."""
        hp.Choice(NUM_KEYPOINTS, self.num_keypoints, ordered=True)
        for name, range in self.varied.items():
            range.declare(name, hp)

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Builds and compiles the model of a trial."""
        self.declare_hyperparameters(hp)
        command = self.training_with({name: hp.get(name) for name in (NUM_KEYPOINTS, *self.varied)})
        preset = command.resolved_preset()
        keras.utils.set_random_seed(command.seed)
        model = command.build_model(preset, self.examples)
        model.compile(optimizer=optimizer_of(preset, preset.steps))
        return model

    def training_with(self, values: Mapping, **options) -> Train:
        """The training command with a trial's values, and other options."""
        known = {field.name for field in dataclasses.fields(self.training)}
        return dataclasses.replace(self.training, **{k: v for k, v in values.items() if k in known}, **options)

    @functools.cached_property
    def examples(self) -> dict[str, tf.Tensor]:
        """The training examples in memory."""
        preset = self.training.resolved_preset()
        examples = data.load(self.training.data_name(preset), "train", data_dir=self.training.data_dir)
        return in_memory(examples, preset.num_views)


class KeypointNetHyperModel(KeypointHyperModel):
    """Of `KeypointNet`: compared by the angle between the true rotation of two views and that of their keypoints."""

    objective = "val_angular_error"
    ranges: ClassVar = {
        "learning_rate": Range((5e-4, 5e-3), "log", "decides most within a short budget; more diverges"),
        "filters": Range((8, 16, 24, 32), "choices", "capacity against time: a step costs about its square"),
        "relative_pose": Range((0.2, 20.0), "log", "the paper's 0.2 up to where it outweighs all other terms"),
        "reprojection_consistency": Range((1.0, 100.0), "log", "how much exact points count beside the right rotation"),
        "separation": Range((1.0, 100.0), "log", "the more keypoints, the more pairs of them there are to keep apart"),
        "separation_delta": Range((0.01, 0.2), "log", "the more keypoints, the closer neighbours must be let come"),
        "silhouette": Range((0.5, 50.0), "log", "too little lets points leave the object, too much holds them back"),
        "variance": Range((0.05, 5.0), "log", "narrow heatmaps are exact, but learn slowly if forced early"),
        "pose_noise": Range((0.0, 0.3), "linear", "asks for points that lie apart; too much hides what the angle says"),
    }


class Keypoint3DHyperModel(KeypointHyperModel):
    """Of `Keypoint3D`: compared by how well the images are rebuilt, which ever more keypoints do a little better."""

    objective = "val_reconstruction"
    ranges: ClassVar = {
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


HYPERMODELS = {"keypointnet": KeypointNetHyperModel, "keypoint3d": Keypoint3DHyperModel}
"""`Train.model_name` to hypermodel."""
