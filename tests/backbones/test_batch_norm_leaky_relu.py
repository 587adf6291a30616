import keras
import numpy as np
import pytest
import tensorflow as tf

from tfkeypoints.backbones.batch_norm_leaky_relu import BatchNormLeakyReLU


@pytest.fixture
def layers(images, rng):
    """The layer, and Keras' own two in a row, with equal weights; the second γ is negative, the third small."""
    gamma, beta = np.array([1.5, -0.7, 0.01], "float32"), rng.normal(size=3).astype("float32")
    ours = BatchNormLeakyReLU(negative_slope=0.2, momentum=0.5)
    generic = keras.layers.BatchNormalization(momentum=0.5)
    for layer in (ours, generic):
        layer.build(images.shape)
        layer.gamma.assign(gamma)
        layer.beta.assign(beta)
    return ours, lambda inputs, training: tf.nn.leaky_relu(generic(inputs, training=training), 0.2), generic


def test_training_output_and_gradients_agree_with_the_generic_layers(layers, images, rng):
    ours, generic, normalisation = layers
    probe = rng.normal(size=images.shape).astype("float32")
    results = []
    for layer, variables in ((ours, ours), (generic, normalisation)):
        inputs = tf.constant(images)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs, training=True)
            loss = tf.reduce_sum(outputs * probe)
        results.append([outputs, *tape.gradient(loss, [inputs, variables.gamma.value, variables.beta.value])])
    for ours_result, generic_result in zip(*results, strict=True):
        np.testing.assert_allclose(ours_result, generic_result, atol=2e-4, rtol=2e-4)


def test_inference_uses_the_moving_statistics(layers, images):
    ours, *_ = layers
    ours(images, training=True)
    count = 4 * 5 * 6
    mean, variance = images.mean((0, 1, 2)), images.var((0, 1, 2)) * count / (count - 1)
    np.testing.assert_allclose(ours.moving_mean, 0.5 * mean, rtol=1e-4)
    np.testing.assert_allclose(ours.moving_variance, 0.5 + 0.5 * variance, rtol=1e-4)
    normalised = (images - 0.5 * mean) / np.sqrt(0.5 + 0.5 * variance + ours.epsilon) * ours.gamma + ours.beta
    np.testing.assert_allclose(ours(images), np.where(normalised > 0, normalised, 0.2 * normalised), atol=1e-4)


def test_a_vanishing_scale_has_a_finite_gradient(images):
    layer = BatchNormLeakyReLU()
    layer.build(images.shape)
    layer.gamma.assign(np.zeros(3, "float32"))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(images, training=True) ** 2)
    assert all(np.isfinite(each).all() for each in tape.gradient(loss, [layer.gamma.value, layer.beta.value]))


def test_config_keeps_the_slope():
    assert BatchNormLeakyReLU.from_config(BatchNormLeakyReLU(negative_slope=0.3).get_config()).negative_slope == 0.3


@pytest.mark.parametrize("slope", [0.0, 1.0, -0.1])
def test_a_slope_that_cannot_be_inverted_is_refused(slope):
    with pytest.raises(ValueError, match="negative_slope"):
        BatchNormLeakyReLU(negative_slope=slope)
