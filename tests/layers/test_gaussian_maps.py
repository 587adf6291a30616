import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tests.layers.round_trip import assert_round_trips
from tfkeypoints.layers import GaussianMaps, KeypointExpectation


def random_points(rng, shape):
    return rng.uniform(-1.2, 1.2, (*shape, 2)), rng.uniform(0.5, 3, (*shape, 1))


def test_agrees_with_cell_by_cell_drawing_on_a_non_square_map(rng):
    uv, depth = random_points(rng, (2, 3, 4))
    maps = GaussianMaps(5, 7, scale=0.3)(uv, depth)
    assert maps.dtype == tf.float64
    assert maps.shape == (2, 3, 5, 7, 4)
    for b, v, k in np.ndindex(2, 3, 4):
        expected = reference.gaussian_map(uv[b, v, k], depth[b, v, k, 0], 5, 7, scale=0.3)
        np.testing.assert_allclose(maps[b, v, :, :, k], expected, atol=1e-12)


def test_peak_is_one_at_the_cell_under_the_point():
    uv = np.array([[2 * 5.5 / 8 - 1, 2 * 1.5 / 4 - 1]])  # column 5 of 8, row 1 of 4
    maps = GaussianMaps(4, 8, scale=0.1)(uv, np.ones((1, 1))).numpy()[..., 0]
    np.testing.assert_allclose(maps[1, 5], 1)
    assert (np.delete(maps.ravel(), 8 + 5) < 0.1).all()


@pytest.mark.parametrize("depth", [0.5, 1.0, 4.0])
def test_standard_deviation_is_scale_over_depth(depth):
    maps = GaussianMaps(400, 400, scale=0.1)(np.array([[0.1, -0.2]]), np.array([[depth]]))
    uv, _, std = KeypointExpectation()(maps / tf.reduce_sum(maps), maps)
    np.testing.assert_allclose(uv, [[0.1, -0.2]], atol=1e-4)
    np.testing.assert_allclose(std, [[np.sqrt(2) * 0.1 / depth]], rtol=1e-3)


@pytest.mark.parametrize("depth", [0.0, -2.0, 1e-12])
def test_a_point_at_or_behind_the_camera_has_finite_maps_and_gradients(depth):
    uv, depths = tf.constant([[0.3, 0.4], [900.0, -2.0]]), tf.constant([[depth], [depth]])
    with tf.GradientTape() as tape:
        tape.watch([uv, depths])
        maps = GaussianMaps(4, 6, scale=0.1)(uv, depths)
    np.testing.assert_allclose(maps[..., 0], np.ones((4, 6)), atol=1e-3)
    assert (maps[..., 1].numpy() < 1e-6).all()
    assert all(np.isfinite(gradient).all() for gradient in tape.gradient(maps, [uv, depths]))


@pytest.mark.parametrize("unit", [1e-9, 1e-6, 1e3, 1e6])
def test_the_unit_of_length_makes_no_difference(unit, rng):
    uv, depth = random_points(rng, (2, 4))
    maps = GaussianMaps(5, 7, scale=0.3)(uv, depth)
    np.testing.assert_allclose(GaussianMaps(5, 7, scale=0.3 * unit)(uv, depth * unit), maps, rtol=1e-12)


def test_gradient_agrees_with_finite_differences(rng):
    uv, depth = random_points(rng, (1, 3))
    weights = rng.normal(size=(1, 4, 5, 3))

    def function(array):
        maps = GaussianMaps(4, 5, scale=0.6)(tf.constant(array[..., :2]), tf.constant(array[..., 2:]))
        return tf.reduce_sum(weights * maps)

    points = np.concatenate([uv, depth], -1)
    variables = [tf.constant(uv), tf.constant(depth)]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        loss = tf.reduce_sum(weights * GaussianMaps(4, 5, scale=0.6)(*variables))
    gradient = np.concatenate(tape.gradient(loss, variables), -1)
    np.testing.assert_allclose(gradient, reference.numeric_gradient(function, points), rtol=1e-6, atol=1e-8)


def test_half_precision_points_are_drawn_in_float32():
    layer = GaussianMaps(4, 4, 0.5, dtype="mixed_float16")
    assert layer(np.zeros((1, 2, 2), "float16"), np.ones((1, 2, 1), "float16")).dtype == tf.float32


def test_config_and_file_round_trip(tmp_path, rng):
    assert_round_trips(GaussianMaps(4, 6, scale=0.4), random_points(rng, (2, 3, 5)), tmp_path)


@pytest.mark.parametrize("arguments", [(0, 4, 1.0), (4, 0, 1.0), (4, 4, 0.0)])
def test_sizes_and_scales_that_are_not_positive_are_refused(arguments):
    with pytest.raises(ValueError, match=r"must be positive\. Received: .*=0"):
        GaussianMaps(*arguments)
