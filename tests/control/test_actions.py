import pytest

pytest.importorskip("gymnasium", reason="Gymnasium is not installed (extra `control`)")

import keras
import numpy as np
import scipy.stats
from gymnasium import spaces

from tfkeypoints.control.actions import CategoricalActions, GaussianActions, actions_for


@pytest.fixture
def parameters(rng):
    return np.concatenate([rng.normal(size=(4, 2)), np.tile([0.5, -1.0], (4, 1))], 1).astype("float32")


def test_gaussian_density_and_entropy(parameters, rng):
    actions = rng.normal(size=(4, 2)).astype("float32")
    normal = scipy.stats.norm(parameters[:, :2], np.exp(parameters[:, 2:]))
    layer = GaussianActions([-1, -1], [1, 1])
    np.testing.assert_allclose(layer.log_probability(parameters, actions), normal.logpdf(actions).sum(1), rtol=1e-5)
    np.testing.assert_allclose(layer.entropy(parameters), normal.entropy().sum(1), rtol=1e-5)


def test_gaussian_samples_have_the_mean_and_deviation_that_are_asked_for():
    parameters = np.tile(np.float32([1.0, -2.0, 0.5, -1.0]), (20_000, 1))
    drawn = GaussianActions([-1, -1], [1, 1]).sample(parameters, keras.random.SeedGenerator(0)).numpy()
    np.testing.assert_allclose(drawn.mean(0), [1, -2], atol=0.05)
    np.testing.assert_allclose(drawn.std(0), np.exp([0.5, -1.0]), rtol=0.03)


def test_gaussian_actions_start_with_the_deviation_that_is_asked_for_and_keep_it_in_their_config():
    layer = actions_for(spaces.Box(-1, 1, (2,)), initial_std=0.25)
    for each in (layer, GaussianActions.from_config(layer.get_config())):
        np.testing.assert_allclose(each(np.zeros([3, 5], "float32"))[:, 2:], np.log(0.25), rtol=1e-6)
    with pytest.raises(ValueError, match="Received: initial_std=-1"):
        GaussianActions([-1], [1], initial_std=-1)


def test_gaussian_actions_are_clipped_and_scaled_to_the_bounds():
    layer = GaussianActions([-2, 0], [2, 10])
    np.testing.assert_allclose(layer.to_environment(np.float32([[0.5, 0.5], [-3, 3]])), [[1, 7.5], [-2, 10]])


def test_categorical_probability_entropy_and_mode():
    logits = np.log(np.float32([[0.2, 0.5, 0.3], [0.9, 0.05, 0.05]])) + 3
    layer = CategoricalActions(3)
    np.testing.assert_allclose(layer.log_probability(logits, np.array([2, 0])), np.log([0.3, 0.9]), rtol=1e-5)
    np.testing.assert_allclose(
        layer.entropy(logits), [scipy.stats.entropy(p) for p in ([0.2, 0.5, 0.3], [0.9, 0.05, 0.05])], rtol=1e-5
    )
    np.testing.assert_array_equal(layer.mode(logits), [1, 0])


def test_categorical_samples_come_as_often_as_they_should():
    logits = np.tile(np.log(np.float32([0.2, 0.5, 0.3])), (20_000, 1))
    drawn = CategoricalActions(3).sample(logits, keras.random.SeedGenerator(0)).numpy()
    np.testing.assert_allclose(np.bincount(drawn) / len(drawn), [0.2, 0.5, 0.3], atol=0.02)


def test_the_space_chooses_the_distribution():
    assert actions_for(spaces.Discrete(4)).count == 4
    assert actions_for(spaces.Box(-1, 2, (3,))).high == [2.0] * 3
    with pytest.raises(ValueError, match="Received: MultiDiscrete"):
        actions_for(spaces.MultiDiscrete([2, 2]))


def test_a_policy_of_before_the_standard_deviation_had_its_name_is_loaded():
    config = GaussianActions([-1], [1], initial_std=0.5).get_config()
    config["initial_deviation"] = config.pop("initial_std")
    assert GaussianActions.from_config(config).initial_std == 0.5
