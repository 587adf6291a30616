import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tests.layers.round_trip import assert_round_trips
from tfkeypoints.layers import ViewFusion


def test_fused_points_are_the_means_weighted_by_attention(rng):
    points, attention = rng.normal(size=(2, 3, 5, 3)), rng.uniform(size=(2, 3, 5))
    fused = ViewFusion()(points, attention)
    for b, k in np.ndindex(2, 5):
        expected = sum(attention[b, n, k] * points[b, n, k] for n in range(3)) / sum(attention[b, :, k])
        np.testing.assert_allclose(fused[b, k], expected, atol=1e-9)


def test_a_single_view_has_the_last_word(rng):
    points = rng.normal(size=(2, 1, 5, 3)).astype("float32")
    np.testing.assert_allclose(ViewFusion()(points, np.full((2, 1, 5), 1e-5, "float32")), points[:, 0], rtol=1e-6)


def test_the_scale_of_attention_does_not_matter(rng):
    points, attention = rng.normal(size=(2, 3, 5, 3)), rng.uniform(size=(2, 3, 5))
    np.testing.assert_allclose(
        ViewFusion()(points, 1e-3 * attention), ViewFusion()(points, attention), rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("value", [0.0, 1e-45, 1e-38, 1e-20])
def test_vanishing_attention_weighs_views_equally_with_finite_gradients(rng, value):
    points = tf.constant(rng.normal(size=(1, 3, 5, 3)), tf.float32)
    attention = tf.fill([1, 3, 5], tf.constant(value, tf.float32))
    with tf.GradientTape() as tape:
        tape.watch([points, attention])
        fused = ViewFusion()(points, attention)
    np.testing.assert_allclose(fused, tf.reduce_mean(points, 1), atol=1e-6)
    to_points, to_attention = tape.gradient(fused, [points, attention])
    np.testing.assert_allclose(to_points, np.full((1, 3, 5, 3), 1 / 3), rtol=1e-6)
    assert np.isfinite(to_attention.numpy()).all()


def test_attention_that_underflows_sends_moderate_gradients_to_its_logits(rng):
    points = tf.constant(rng.normal(size=(1, 2, 3, 3)), tf.float32)
    logits = tf.constant([[[0.0, -28.0, -200.0], [0.0, -28.0, -200.0]]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = tf.reduce_sum(ViewFusion()(points, tf.nn.softmax(logits)))
    gradient = tape.gradient(loss, logits).numpy()
    assert np.isfinite(gradient).all()
    assert abs(gradient).max() < 10


def test_gradient_agrees_with_finite_differences(rng):
    points, attention = rng.normal(size=(1, 3, 2, 3)), rng.uniform(0.1, 1, (1, 3, 2))

    def function(array):
        return tf.reduce_sum(ViewFusion()(points, tf.constant(array)) ** 2)

    variable = tf.constant(attention)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        loss = function(variable)
    np.testing.assert_allclose(
        tape.gradient(loss, variable), reference.numeric_gradient(function, attention), rtol=1e-6, atol=1e-8
    )


def test_half_precision_points_are_fused_in_float32():
    layer = ViewFusion(dtype="mixed_float16")
    assert layer(np.ones((1, 2, 4, 3), "float16"), np.zeros((1, 2, 4), "float16")).dtype == tf.float32


def test_config_and_file_round_trip(tmp_path, rng):
    assert_round_trips(ViewFusion(), [rng.normal(size=(2, 3, 5, 3)), rng.uniform(size=(2, 3, 5))], tmp_path)
