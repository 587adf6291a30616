"""What differs from the background: where a moving scene's images are worth most."""

from collections.abc import Mapping

import tensorflow as tf

from tfkeypoints import replicas

FULL_DIFFERENCE = 0.1
"""Mean difference of the color channels from which a pixel counts fully as foreground."""


def pixel_weights(outputs: Mapping[str, tf.Tensor], moving_weight: float, training: bool = False) -> tf.Tensor | None:
    """Weights `[B, V, H, W, 1]` of mean 1 in a batch, larger where the target differs from the background.

    In training, the batch is that of all replicas.
    """
    if not moving_weight:
        return None
    weights = 1 + moving_weight * _difference(outputs)
    mean = tf.reduce_mean(weights)
    return weights / (replicas.mean(mean) if training else mean)


def foreground(outputs: Mapping[str, tf.Tensor], cell: int) -> tf.Tensor:
    """How much of each heatmap cell of `cell` × `cell` pixels differs from the background: `[B, V, h, w]` in [0, 1]."""
    moving = tf.minimum(_difference(outputs) / FULL_DIFFERENCE, 1)
    shape = tf.shape(moving)
    flat = tf.reshape(moving, tf.concat([[-1], shape[2:]], 0))
    cells = tf.nn.avg_pool2d(flat, cell, cell, "VALID")
    return tf.reshape(cells, tf.concat([shape[:2], tf.shape(cells)[1:3]], 0))


def _difference(outputs: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """How far each pixel is from the background, `[B, V, H, W, 1]` in [0, 1]."""
    return tf.reduce_mean(tf.abs(outputs["target"] - outputs["background"]), -1, keepdims=True)
