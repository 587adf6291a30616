import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tests.layers.round_trip import assert_round_trips
from tfkeypoints.layers import KeypointExpectation


def random_heatmaps(rng, shape):
    heatmaps = rng.uniform(size=shape)
    return heatmaps / heatmaps.sum((-3, -2), keepdims=True)


def test_agrees_with_cell_by_cell_sums_on_a_non_square_image(rng):
    heatmaps, depths = random_heatmaps(rng, (2, 3, 5, 7, 4)), rng.uniform(1, 9, (2, 3, 5, 7, 4))
    uv, depth, std = KeypointExpectation()(heatmaps, depths)
    assert uv.dtype == tf.float64
    for index in np.ndindex(2, 3, 4):
        *batch, k = index
        mean, expected_depth, expected_std = reference.expectation(
            heatmaps[tuple(batch)][..., k], depths[tuple(batch)][..., k]
        )
        np.testing.assert_allclose(uv[index], mean, atol=1e-12)
        np.testing.assert_allclose(depth[index], [expected_depth], atol=1e-12)
        np.testing.assert_allclose(std[index], [expected_std], atol=1e-9)


def test_all_mass_in_the_first_cell_lies_half_a_cell_inside_the_corner():
    heatmaps = np.zeros((1, 4, 8, 1), "float32")
    heatmaps[0, 0, 0] = 1
    uv, depth, std = KeypointExpectation()(heatmaps, np.full((1, 4, 8, 1), 3.0, "float32"))
    np.testing.assert_allclose(uv[0, 0], [-1 + 1 / 8, -1 + 1 / 4])
    assert depth[0, 0, 0] == 3
    assert std[0, 0, 0] == 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cell", [(0, 0), (2, 5), (3, 7)])
def test_one_cell_heatmaps_have_zero_spread_and_finite_gradients(cell, dtype):
    values = np.zeros((1, 4, 8, 1), dtype)
    values[0, cell[0], cell[1]] = 1
    heatmaps = tf.constant(values)
    with tf.GradientTape() as tape:
        tape.watch(heatmaps)
        uv, depth, std = KeypointExpectation()(heatmaps, tf.ones_like(heatmaps))
        loss = tf.reduce_sum(uv) + tf.reduce_sum(depth) + tf.reduce_sum(std)
    assert std[0, 0, 0] == 0
    gradient = tape.gradient(loss, heatmaps).numpy()
    assert np.isfinite(gradient).all()
    assert abs(gradient).max() < 10


def test_gradient_agrees_with_finite_differences(rng):
    heatmaps, depths = random_heatmaps(rng, (1, 3, 4, 2)), rng.uniform(1, 9, (1, 3, 4, 2))

    def function(array):
        uv, depth, std = KeypointExpectation()(tf.constant(array), depths)
        return tf.reduce_sum(uv * [1.0, 2.0]) + tf.reduce_sum(depth * std)

    variable = tf.constant(heatmaps)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        loss = function(variable)
    numeric = reference.numeric_gradient(function, heatmaps)
    np.testing.assert_allclose(tape.gradient(loss, variable), numeric, rtol=1e-6, atol=1e-7)


def test_half_precision_maps_are_summed_in_float32(rng):
    heatmaps = random_heatmaps(rng, (1, 8, 8, 2)).astype("float16")
    outputs = KeypointExpectation(dtype="mixed_float16")(heatmaps, heatmaps)
    assert {each.dtype for each in outputs} == {tf.float32}


def test_config_and_file_round_trip(tmp_path, rng):
    maps = [random_heatmaps(rng, (2, 3, 4, 6, 5)), rng.uniform(1, 9, (2, 3, 4, 6, 5))]
    assert_round_trips(KeypointExpectation(), maps, tmp_path)
