import dataclasses

import keras_tuner
import pytest

from tfkeypoints.commands.train_keypoint3d import TrainKeypoint3D
from tfkeypoints.commands.train_keypointnet import TrainKeypointNet
from tfkeypoints.tuning import HYPERMODELS, Keypoint3DHyperModel, KeypointNetHyperModel

TRAININGS = {"keypointnet": TrainKeypointNet, "keypoint3d": TrainKeypoint3D}


@pytest.mark.parametrize("name", TRAININGS)
def test_what_is_varied_are_options_of_the_training(name):
    options = {field.name for field in dataclasses.fields(TRAININGS[name])}
    assert set(HYPERMODELS[name].ranges) <= options


@pytest.mark.parametrize("name", TRAININGS)
def test_the_ranges_hold_the_small_preset(name):
    preset = TRAININGS[name](preset="small").resolved_preset()
    for option, range in HYPERMODELS[name].ranges.items():
        value = getattr(preset, option, None)
        assert value is None or min(range.values) <= value <= max(range.values)


@pytest.mark.parametrize("name", TRAININGS)
def test_the_number_of_keypoints_comes_first(name):
    space = keras_tuner.HyperParameters()
    HYPERMODELS[name](TRAININGS[name](), [8, 4, 4]).declare_hyperparameters(space)
    assert space.space[0].name == "num_keypoints"
    assert list(space.space[0].values) == [4, 8]
    assert {hyperparameter.name for hyperparameter in space.space[1:]} == set(HYPERMODELS[name].ranges)


def test_options_that_are_given_are_not_varied():
    varied = Keypoint3DHyperModel(TrainKeypoint3D(noise=0.1, filters=4), [4]).varied
    assert set(varied) == set(Keypoint3DHyperModel.ranges) - {"noise", "filters"}
    assert Keypoint3DHyperModel(TrainKeypoint3D(), [4], vary=False).varied == {}


def test_a_trials_values_become_options_of_its_training():
    hypermodel = KeypointNetHyperModel(TrainKeypointNet(batch_size=3), [4])
    values = {"num_keypoints": 4, "learning_rate": 0.5, "tuner/epochs": 1}
    training = hypermodel.training_with(values, seed=7)
    assert (training.num_keypoints, training.learning_rate, training.batch_size, training.seed) == (4, 0.5, 3, 7)


@pytest.mark.parametrize("numbers", [[], [0], [4, -1], [2.5]])
def test_numbers_of_keypoints_must_be_positive_integers(numbers):
    with pytest.raises(ValueError, match="num_keypoints"):
        KeypointNetHyperModel(TrainKeypointNet(), numbers)
