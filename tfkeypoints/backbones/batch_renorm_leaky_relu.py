"""Batch renormalisation and leaky ReLU: trained on the very function that is used afterwards."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from tfkeypoints import replicas
from tfkeypoints.backbones.batch_norm_leaky_relu import BatchNormLeakyReLU, activation_gradient

RAMP = (200, 600)
"""Batches between which the moving statistics take the place of the batch's own."""

MOST_SCALE = 3.0
"""How many times larger or smaller than the batch's deviation the one that is used may be."""


@keras.saving.register_keras_serializable(package="tfkeypoints")
class BatchRenormLeakyReLU(BatchNormLeakyReLU):
    """Normalises by the moving statistics in training too, but passes the gradient of batch normalisation.

    y = leaky(γ (r x̂ + d) + β),   r = σ_batch / σ_moving,   d = (μ_batch - μ_moving) / σ_moving,   r and d constant

    so that r x̂ + d = (x - μ_moving) / σ_moving. The views of a few objects make a batch, and its statistics differ
    much from those of the next: a network that is normalised by them cannot be exact. At first, while the moving
    statistics are behind, r = 1 and d = 0.

    Args:
        momentum: Of the moving statistics, once enough batches were seen; they start as a mean of the first ones.
        **kwargs: See `BatchNormLeakyReLU`.

    Call arguments and Returns: see `BatchNormLeakyReLU`.

    Reference: Ioffe, Batch Renormalization, NeurIPS 2017, algorithm 1.
    Note: the reference widens bounds of r and d; here both fade in, r's bound is fixed, and d has none.

    Example:
        >>> BatchRenormLeakyReLU()(tf.ones([1, 4, 4, 2]), training=True).shape
        TensorShape([1, 4, 4, 2])
    """

    def __init__(self, momentum: float = 0.99, **kwargs: Any) -> None:
        super().__init__(momentum=momentum, **kwargs)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        super().build(input_shape)
        self.batches = self.add_weight(shape=(), initializer="zeros", trainable=False, autocast=False, name="batches")

    def call(self, inputs: tf.Tensor, training: bool | None = None, mask: tf.Tensor | None = None) -> tf.Tensor:
        if not (training and self.trainable):
            return super().call(inputs, training=False, mask=mask)
        activated, mean, variance = self._renormalise(inputs)
        batches = tf.convert_to_tensor(self.batches)
        self._remember(mean, variance, tf.minimum(self.momentum, (1 + batches) / (10 + batches)))
        self.batches.assign_add(1.0)
        return activated

    def _renormalise(self, inputs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """The activated batch and the batch's mean and variance, by channel."""
        gamma, beta, moving_mean, moving_variance = (
            tf.convert_to_tensor(each) for each in (self.gamma, self.beta, self.moving_mean, self.moving_variance)
        )
        trust = tf.clip_by_value((self.batches - RAMP[0]) / (RAMP[1] - RAMP[0]), 0, 1)
        epsilon, slope = self.epsilon, self.negative_slope
        _, mean, variance, _, _, reserve = tf.raw_ops.FusedBatchNormV3(
            x=tf.stop_gradient(inputs),
            scale=tf.ones_like(gamma),
            offset=tf.zeros_like(beta),
            mean=[],
            variance=[],
            epsilon=epsilon,
            is_training=True,
        )
        count = tf.cast(tf.size(inputs) / tf.size(gamma), gamma.dtype)
        mean, variance = replicas.moments(mean, variance, count)
        ratio = ((variance + epsilon) / (moving_variance + epsilon)) ** (trust / 2)
        ratio = tf.clip_by_value(ratio, 1 / MOST_SCALE, MOST_SCALE)
        deviation = tf.sqrt(variance + epsilon) / ratio
        used_mean = mean + trust * (moving_mean - mean)
        shift = (mean - used_mean) / deviation

        @tf.custom_gradient
        def normalise_and_activate(
            inputs: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor
        ) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor, tf.Tensor]]]:
            normalised = tf.raw_ops.FusedBatchNormV3(
                x=inputs,
                scale=gamma,
                offset=beta,
                mean=used_mean,
                variance=deviation**2,
                epsilon=0.0,
                is_training=False,
            ).y
            activated = tf.nn.leaky_relu(normalised, slope)

            def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
                to_inputs, to_product, to_beta = activation_gradient(
                    upstream, activated, gamma * ratio, beta + gamma * shift, gamma / deviation, slope, reserve
                )
                return to_inputs, ratio * to_product + shift * to_beta, to_beta

            return activated, gradient

        return normalise_and_activate(inputs, gamma, beta), mean, variance
