"""Batch normalisation and leaky ReLU as one operation that keeps one tensor for its gradient instead of three."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from tfkeypoints import replicas


@keras.saving.register_keras_serializable(package="tfkeypoints")
class BatchNormLeakyReLU(keras.layers.BatchNormalization):
    """Normalises over batch and image, then applies a leaky ReLU.

    y = leaky(γ x̂ + β),   x̂ = (x - mean) / √(var + ε)

    The leaky ReLU can be inverted, so the gradient finds x̂ from y, which the next layer keeps anyway, and x can be
    forgotten at once. This halves the memory of a deep network of such layers.

    Args:
        negative_slope: Of the ReLU, in (0, 1).
        **kwargs: Of `keras.layers.BatchNormalization`.

    Call arguments:
        inputs: `[N, H, W, C]` float.

    Returns:
        `[N, H, W, C]`.

    Reference: Rota Bulò et al., In-Place Activated BatchNorm, CVPR 2018.
    Note: the moving variance gathers the unbiased estimate, as TensorFlow's fused kernel returns it. Where |γ| falls
        below 0.001, the gradient takes it for 0.001. Under a strategy, batch means that of all replicas.
    """

    def __init__(self, negative_slope: float = 0.1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 < negative_slope < 1:
            raise ValueError(f"`negative_slope` must lie in (0, 1). Received: negative_slope={negative_slope}")
        self.negative_slope = negative_slope

    def call(self, inputs: tf.Tensor, training: bool | None = None, mask: tf.Tensor | None = None) -> tf.Tensor:
        if not (training and self.trainable):
            return tf.nn.leaky_relu(super().call(inputs, training=training, mask=mask), self.negative_slope)
        gamma, beta = tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta)
        activated, mean, variance = _train(inputs, gamma, beta, self.epsilon, self.negative_slope)
        self._remember(mean, variance, self.momentum)
        return activated

    def _remember(self, mean: tf.Tensor, variance: tf.Tensor, momentum: float | tf.Tensor) -> None:
        """Lets the moving statistics follow those of a batch."""
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * momentum + tf.cast(batch, moving.dtype) * (1 - momentum))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "negative_slope": self.negative_slope}


def _train(
    inputs: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: float, slope: float
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The activated batch and the batch's mean and unbiased variance, by channel."""

    @tf.custom_gradient
    def normalise_and_activate(
        inputs: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, tf.Tensor, tf.Tensor], Callable[..., tuple[tf.Tensor, tf.Tensor, tf.Tensor]]]:
        normalised, mean, variance, _, _, reserve = tf.raw_ops.FusedBatchNormV3(
            x=inputs, scale=gamma, offset=beta, mean=[], variance=[], epsilon=epsilon, is_training=True
        )
        count = tf.cast(tf.size(inputs) / tf.size(gamma), gamma.dtype)
        if replicas.context():
            mean, variance = replicas.moments(mean, variance, count)
            count *= tf.distribute.get_strategy().num_replicas_in_sync
            normalised = tf.raw_ops.FusedBatchNormV3(
                x=inputs,
                scale=gamma,
                offset=beta,
                mean=mean,
                variance=variance * (count - 1) / count,
                epsilon=epsilon,
                is_training=False,
            ).y
        activated = tf.nn.leaky_relu(normalised, slope)

        def gradient(
            upstream: tf.Tensor, _mean: tf.Tensor, _variance: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            deviation = tf.sqrt(variance * (count - 1) / count + epsilon)
            return activation_gradient(upstream, activated, gamma, beta, gamma / deviation, slope, reserve)

        return (activated, mean, variance), gradient

    return normalise_and_activate(inputs, gamma, beta)


def activation_gradient(
    upstream: tf.Tensor,
    activated: tf.Tensor,
    gamma: tf.Tensor,
    beta: tf.Tensor,
    scale: tf.Tensor,
    slope: float,
    reserve: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The gradients of leaky(γ x̂ + β) from its value, to x, γ and β.

    x̂ is x whitened by the statistics of its own batch, and `scale` is γ over the deviation of that x. The kernel
    whitens γ x̂ + β, taking β for a mean and |γ| for a deviation, and so finds x̂ but for the sign of γ.
    """
    magnitude = tf.maximum(tf.abs(gamma), 1e-3)
    with tf.control_dependencies([upstream]):  # not sooner: those of all layers would pile up
        normalised = tf.nn.leaky_relu(activated, 1 / slope)
    to_inputs, to_gamma, to_beta, _, _ = tf.raw_ops.FusedBatchNormGradV3(
        y_backprop=tf.raw_ops.LeakyReluGrad(gradients=upstream, features=activated, alpha=slope),
        x=normalised,
        scale=scale * magnitude,
        reserve_space_1=beta,
        reserve_space_2=magnitude**2,
        reserve_space_3=reserve,
        epsilon=1e-12,
        is_training=True,
    )
    if replicas.context():
        to_inputs += _of_other_replicas(normalised, beta, magnitude, to_gamma, to_beta, scale)
    return to_inputs, tf.where(gamma < 0, -to_gamma, to_gamma), to_beta


def _of_other_replicas(
    normalised: tf.Tensor,
    mean: tf.Tensor,
    deviation: tf.Tensor,
    to_gamma: tf.Tensor,
    to_beta: tf.Tensor,
    scale: tf.Tensor,
) -> tf.Tensor:
    """What the gradient to x lacks where its sums over the batch, by channel, are those of this replica's part alone.

    It has scale (-S_1 - x̂ S_2) / N of its own part of N values, and shall have the means over replicas of these sums S.
    """
    count = tf.cast(tf.size(normalised) / tf.size(scale), scale.dtype)
    sums = tf.stack([to_beta, to_gamma])
    constant, slope = tf.unstack(scale * (sums - replicas.mean(sums)) / count)
    slope /= deviation
    constant -= mean * slope
    return tf.cast(constant, normalised.dtype) + normalised * tf.cast(slope, normalised.dtype)
