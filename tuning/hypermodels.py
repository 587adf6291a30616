"""What a sweep varies of a training: the number of keypoints, and what the method's recipe has a range for."""

import functools
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import keras
import keras_tuner

from tfkeypoints.models.recipe import Range, Recipe
from tfkeypoints.training import optimizer_of
from tfkeypoints.training.training import Training

NUM_KEYPOINTS = "num_keypoints"


class KeypointHyperModel(keras_tuner.HyperModel):
    """A training of which the number of keypoints, and what the recipe has ranges for, is to be chosen.

    Args:
        training: The training; what is not varied holds for all trials.
        num_keypoints: The numbers of keypoints to try.
        fixed: Options that are not varied.
        vary: Whether anything but the number of keypoints is varied.

    Example:
        >>> training = Training(recipe=KeypointNetRecipe.from_preset("demo"))
        >>> hypermodel = KeypointHyperModel(training, [4, 8, 12])
        >>> keras_tuner.RandomSearch(hypermodel, keras_tuner.Objective("val_angular_error", "min"))
    """

    def __init__(
        self, training: Training, num_keypoints: Sequence[int], fixed: Collection[str] = (), vary: bool = True
    ):
        super().__init__()
        if not num_keypoints or any(int(k) != k or k < 1 for k in num_keypoints):
            raise ValueError(f"`num_keypoints` should hold positive integers. Received: num_keypoints={num_keypoints}")
        self.training = training
        self.num_keypoints = sorted(set(num_keypoints))
        ranges = training.recipe.ranges if vary else {}
        self.varied = {name: range for name, range in ranges.items() if name not in fixed}

    def declare_hyperparameters(self, hp: keras_tuner.HyperParameters) -> None:
        """Declares the whole space, the number of keypoints first."""
        hp.Choice(NUM_KEYPOINTS, self.num_keypoints, ordered=True)
        for name, range in self.varied.items():
            declare(name, range, hp)

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Builds and compiles the model of a trial."""
        self.declare_hyperparameters(hp)
        recipe = self.recipe_with({name: hp.get(name) for name in (NUM_KEYPOINTS, *self.varied)})
        recipe.check()
        model = self.training.with_recipe(recipe).build(self.examples)
        model.compile(optimizer=optimizer_of(recipe, recipe.steps))
        return model

    def recipe_with(self, values: Mapping) -> Recipe:
        """The recipe with the values of a trial; what else keras-tuner puts there is left out."""
        known = (NUM_KEYPOINTS, *self.varied)
        return self.training.recipe.with_options(**{name: values[name] for name in known if name in values})

    @functools.cached_property
    def examples(self) -> Mapping:
        """The training examples, in memory or on disk."""
        return self.training.load("train", self.training.recipe.num_views)


def declare(name: str, range: Range, hyperparameters: keras_tuner.HyperParameters) -> Any:
    """Adds a hyperparameter to the space, and returns its value."""
    if range.sampling == "choices":
        return hyperparameters.Choice(name, list(range.values), ordered=True)
    return hyperparameters.Float(name, *range.values, sampling=range.sampling)
