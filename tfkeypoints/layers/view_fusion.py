"""From every view's opinion of a point to one point."""

import keras
import tensorflow as tf

from tfkeypoints.geometry._tensors import TensorLike
from tfkeypoints.layers._geometric import GeometricLayer

ATTENTION_GUARD = 1e-12
"""Added to every attention: a point that no view attends to becomes the plain mean, with a finite gradient."""


@keras.saving.register_keras_serializable(package="tfkeypoints")
class ViewFusion(GeometricLayer):
    """Averages the points of all views, each weighted by the attention that its view pays to it.

    x^k = Σ_n A_n^k x_n^k / Σ_n A_n^k

    Call arguments:
        points_world: `[B, V, K, 3]` float, world units.
        attention: `[B, V, K]` float, ≥ 0.

    Returns:
        Points `[B, K, 3]` in the world frame, float32 or better.

    Reference: Chen et al. 2021, section 3.
    Note: a point that no view attends to is the mean of all views' opinions; the original divides 0 by 0.

    Example:
        >>> points = tf.constant([[[[0.0, 0.0, 0.0]], [[4.0, 0.0, 0.0]]]])
        >>> ViewFusion()(points, tf.constant([[[3.0], [1.0]]])).numpy().tolist()
        [[[1.0, 0.0, 0.0]]]
    """

    def call(self, points_world: TensorLike, attention: TensorLike) -> tf.Tensor:
        points_world = self.at_least_float32(points_world)
        weights = tf.expand_dims(self.at_least_float32(attention) + ATTENTION_GUARD, -1)
        weights /= tf.reduce_sum(weights, 1, keepdims=True)
        return tf.reduce_sum(weights * points_world, 1)

    def compute_output_shape(
        self, points_world_shape: tuple[int | None, ...], attention_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return (points_world_shape[0], *points_world_shape[2:])
