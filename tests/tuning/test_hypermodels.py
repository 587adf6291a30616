import pytest

pytest.importorskip("keras_tuner", reason="keras-tuner is not installed (extra `tuning`)")

import keras_tuner

from tfkeypoints.methods import recipe_of
from tfkeypoints.training.training import Training
from tfkeypoints.tuning import KeypointHyperModel

METHODS = ["keypointnet", "keypoint3d"]


def hypermodel_of(name, num_keypoints, fixed=(), vary=True, **options):
    training = Training(recipe=recipe_of(name).from_preset("small", **options))
    return KeypointHyperModel(training, num_keypoints, fixed, vary)


@pytest.mark.parametrize("name", METHODS)
def test_the_number_of_keypoints_comes_first(name):
    space = keras_tuner.HyperParameters()
    hypermodel_of(name, [8, 4, 4]).declare_hyperparameters(space)
    assert space.space[0].name == "num_keypoints"
    assert list(space.space[0].values) == [4, 8]
    assert {hyperparameter.name for hyperparameter in space.space[1:]} == set(recipe_of(name).ranges)


def test_options_that_are_given_are_not_varied():
    varied = hypermodel_of("keypoint3d", [4], fixed=("noise", "filters")).varied
    assert set(varied) == set(recipe_of("keypoint3d").ranges) - {"noise", "filters"}
    assert hypermodel_of("keypoint3d", [4], vary=False).varied == {}


def test_a_trials_values_become_options_of_its_training():
    values = {"num_keypoints": 4, "learning_rate": 0.5, "tuner/epochs": 1}
    recipe = hypermodel_of("keypointnet", [4], batch_size=3).recipe_with(values)
    assert (recipe.model.num_keypoints, recipe.learning_rate, recipe.batch_size) == (4, 0.5, 3)


@pytest.mark.parametrize("numbers", [[], [0], [4, -1], [2.5]])
def test_numbers_of_keypoints_must_be_positive_integers(numbers):
    with pytest.raises(ValueError, match="num_keypoints"):
        hypermodel_of("keypointnet", numbers)
