import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.round_trip import assert_round_trips
from tfkeypoints.layers import KeypointNoise


def test_points_stay_where_they_are_outside_training(rng):
    uv, std = rng.uniform(-1, 1, (2, 3, 4, 2)), rng.uniform(size=(2, 3, 4, 1))
    np.testing.assert_array_equal(KeypointNoise(noise=0.5)(uv, std), uv)
    np.testing.assert_array_equal(KeypointNoise(noise=0.0)(uv, std, training=True), uv)


def test_noise_is_normal_with_a_fraction_of_the_spread_and_independent_in_u_and_v():
    std = np.tile([[0.5], [2.0]], [20_000, 1, 1])
    moved = KeypointNoise(noise=0.1, seed=1)(np.zeros((20_000, 2, 2)), std, training=True).numpy()
    assert moved.dtype == np.float64
    np.testing.assert_allclose(moved.mean(0), 0, atol=5e-3)
    np.testing.assert_allclose(moved.std(0), [[0.05, 0.05], [0.2, 0.2]], rtol=0.02)
    np.testing.assert_allclose(np.corrcoef(moved.reshape(-1, 4).T), np.eye(4), atol=0.03)


def test_no_point_leaves_its_spread():
    moved = KeypointNoise(noise=3.0, seed=1)(np.zeros((500, 3, 2)), np.full((500, 3, 1), 0.25), training=True).numpy()
    assert abs(moved).max() == 0.25
    assert 0.5 < (abs(moved) == 0.25).mean() < 0.9


def test_the_seed_fixes_a_stream_of_noise():
    inputs = np.zeros((2, 3, 2)), np.ones((2, 3, 1))
    first, again = KeypointNoise(0.1, seed=7), KeypointNoise(0.1, seed=7)
    draws = [first(*inputs, training=True).numpy() for _ in range(2)]
    np.testing.assert_array_equal(again(*inputs, training=True), draws[0])
    assert not np.allclose(draws[0], draws[1])
    assert not np.allclose(KeypointNoise(0.1, seed=8)(*inputs, training=True), draws[0])


def test_each_step_of_a_compiled_function_draws_anew():
    layer = KeypointNoise(0.1, seed=0)
    step = tf.function(lambda: layer(tf.zeros([3, 2]), tf.ones([3, 1]), training=True))
    assert not np.allclose(step(), step())


def test_gradient_reaches_points_and_spread():
    uv, std = tf.zeros([1, 3, 2]), tf.zeros([1, 3, 1])
    with tf.GradientTape() as tape:
        tape.watch([uv, std])
        moved = KeypointNoise(0.1, seed=0)(uv, std, training=True)
    to_uv, to_std = tape.gradient(moved, [uv, std])
    np.testing.assert_array_equal(to_uv, np.ones((1, 3, 2)))
    assert (to_std.numpy() != 0).all()


def test_config_and_file_round_trip(tmp_path, rng):
    inputs = rng.uniform(-1, 1, (2, 4, 2)), rng.uniform(size=(2, 4, 1))
    assert_round_trips(KeypointNoise(0.3, seed=5), inputs, tmp_path)
    config = KeypointNoise(0.3, seed=5).get_config()
    assert (config["noise"], config["seed"]) == (0.3, 5)


def test_a_model_in_training_is_noisy_and_in_inference_is_not():
    uv, std = keras.Input([4, 2]), keras.Input([4, 1])
    model = keras.Model([uv, std], KeypointNoise(0.1, seed=0)(uv, std))
    inputs = [np.zeros((2, 4, 2), "float32"), np.ones((2, 4, 1), "float32")]
    assert abs(model(inputs, training=True)).numpy().min() > 0
    assert abs(model(inputs, training=False)).numpy().max() == 0


def test_negative_noise_is_refused():
    with pytest.raises(ValueError, match=r"`noise`.*noise=-0.1"):
        KeypointNoise(noise=-0.1)
