import numpy as np
import pytest
import tensorflow as tf

from tfkeypoints.backbones.batch_norm_leaky_relu import BatchNormLeakyReLU
from tfkeypoints.backbones.batch_renorm_leaky_relu import RAMP, BatchRenormLeakyReLU

GAMMA = np.array([1.5, -0.7, 0.01], "float32")
BETA = np.array([0.2, -0.1, 0.3], "float32")
MEAN = np.array([2.5, 3.5, 3.0], "float32")
VARIANCE = np.array([3.0, 6.0, 4.0], "float32")


def layer_after(batches, shape):
    layer = BatchRenormLeakyReLU(negative_slope=0.2)
    layer.build(shape)
    values = {"gamma": GAMMA, "beta": BETA, "moving_mean": MEAN, "moving_variance": VARIANCE, "batches": batches}
    for name, value in values.items():
        getattr(layer, name).assign(value)
    return layer


def gradients(layer, images, probe):
    inputs = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        loss = tf.reduce_sum(layer(inputs, training=True) * probe)
    return tape.gradient(loss, [inputs, layer.gamma.value, layer.beta.value])


def test_after_the_ramp_training_computes_what_inference_does(images):
    layer = layer_after(RAMP[1], images.shape)
    inference = layer(images)
    np.testing.assert_allclose(layer(images, training=True), inference, atol=1e-5)


def test_before_the_ramp_it_is_batch_normalisation(images, rng):
    probe = rng.normal(size=images.shape).astype("float32")
    generic = BatchNormLeakyReLU(negative_slope=0.2)
    generic.build(images.shape)
    generic.gamma.assign(GAMMA)
    generic.beta.assign(BETA)
    ours = layer_after(RAMP[0], images.shape)
    for ours_gradient, generic_gradient in zip(
        gradients(ours, images, probe), gradients(generic, images, probe), strict=True
    ):
        # Of n = 120 numbers the generic one takes the biased deviation: 1 / (2 n) = 0.004 less.
        np.testing.assert_allclose(ours_gradient, generic_gradient, rtol=0.01, atol=0.01)


@pytest.mark.parametrize("batches", [RAMP[0], sum(RAMP) / 2, RAMP[1]])
def test_gradients_are_those_of_the_formula_with_r_and_d_held_constant(batches, images, rng):
    probe = rng.normal(size=images.shape).astype("float32")
    layer = layer_after(batches, images.shape)
    share = (batches - RAMP[0]) / (RAMP[1] - RAMP[0])
    count = images[..., 0].size
    mean, variance = images.mean((0, 1, 2)), images.var((0, 1, 2)) * count / (count - 1)
    r = ((variance + layer.epsilon) / (VARIANCE + layer.epsilon)) ** (share / 2)
    d = share * (mean - MEAN) * r / np.sqrt(variance + layer.epsilon)
    inputs, gamma, beta = tf.constant(images), tf.constant(GAMMA), tf.constant(BETA)
    with tf.GradientTape() as tape:
        tape.watch([inputs, gamma, beta])
        whitened = (inputs - tf.reduce_mean(inputs, [0, 1, 2])) / tf.sqrt(
            tf.math.reduce_variance(inputs, [0, 1, 2]) * count / (count - 1) + layer.epsilon
        )
        outputs = tf.nn.leaky_relu(gamma * (r * whitened + d) + beta, 0.2)
        loss = tf.reduce_sum(outputs * probe)
    expected = tape.gradient(loss, [inputs, gamma, beta])
    for ours, theirs in zip(gradients(layer, images, probe), expected, strict=True):
        # The kernel's gradient takes the biased deviation, as above; what rounding adds is a thousand times less.
        np.testing.assert_allclose(ours, theirs, rtol=0.01, atol=2e-3 * np.abs(theirs).max())


def test_the_first_batch_makes_nine_tenths_of_the_moving_statistics(images):
    layer = BatchRenormLeakyReLU()
    layer(images, training=True)
    np.testing.assert_allclose(layer.moving_mean, 0.9 * images.mean((0, 1, 2)), rtol=1e-4)
    assert float(layer.batches) == 1


def test_a_channel_that_moved_far_is_rescaled_three_times_at_most(images):
    layer = layer_after(RAMP[1], images.shape)
    layer.moving_variance.assign(VARIANCE / 1e4)
    layer.moving_mean.assign(images.mean((0, 1, 2)))
    layer.gamma.assign(np.ones(3))
    layer.beta.assign(np.zeros(3))
    outputs = np.asarray(layer(images, training=True))
    unfolded = np.where(outputs > 0, outputs, outputs / 0.2)
    np.testing.assert_allclose(unfolded.std((0, 1, 2)), 3, rtol=0.01)


def test_a_frozen_layer_keeps_its_statistics(images):
    layer = layer_after(10, images.shape)
    layer.trainable = False
    layer(images, training=True)
    np.testing.assert_array_equal(layer.moving_mean, MEAN)


@pytest.mark.usefixtures("half_precision")
def test_half_precision_activations_stay_half_precision(images):
    layer = BatchRenormLeakyReLU(dtype="mixed_bfloat16")
    assert layer(images, training=True).dtype == tf.bfloat16
    assert layer.moving_mean.dtype == "float32"
