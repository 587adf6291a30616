"""From the rays on which every view sees a point to one point."""

import keras
import tensorflow as tf

from tfkeypoints.geometry._tensors import TensorLike
from tfkeypoints.layers._geometric import GeometricLayer
from tfkeypoints.layers.view_fusion import ATTENTION_GUARD

DEPTH_TRUST = 0.05
"""What a distance along a view's ray counts against one across it, both squared: the depth that a view guesses is four
to five times less certain than where it sees a point."""


@keras.saving.register_keras_serializable(package="tfkeypoints")
class RayFusion(GeometricLayer):
    """Finds the place nearest to all views' rays, each weighted by the attention that its view pays to the point.

    x = argmin Σ_n A_n (|(I - d_n d_nᵀ)(x - x_n)|² + ε (d_nᵀ(x - x_n))²),   d_n = (x_n - c_n) / |x_n - c_n|

    where x_n is the view's own opinion, c_n its camera's place and ε `DEPTH_TRUST`: it decides where rays are (nearly)
    parallel, or there is one alone.

    Call arguments:
        points_world: `[B, V, K, 3]` float, world units.
        attention: `[B, V, K]` float, ≥ 0.
        extrinsics: `[B, V, 4, 4]` float, world to camera, rigid.

    Returns:
        Points `[B, K, 3]` in the world frame, float32 or better.

    Example:
        >>> points = tf.constant([[[[0.0, 0.0, 2.0]]]])
        >>> RayFusion()(points, tf.ones([1, 1, 1]), tf.eye(4, batch_shape=[1, 1])).numpy().tolist()
        [[[0.0, 0.0, 2.0]]]
    """

    def call(self, points_world: TensorLike, attention: TensorLike, extrinsics: TensorLike) -> tf.Tensor:
        points, extrinsics = self.at_least_float32(points_world), self.at_least_float32(extrinsics)
        weights = self.at_least_float32(attention)[..., None] + ATTENTION_GUARD
        weights /= tf.reduce_sum(weights, 1, keepdims=True)
        eyes = -tf.linalg.matvec(extrinsics[..., :3, :3], extrinsics[..., :3, 3], transpose_a=True)
        rays = tf.math.l2_normalize(points - tf.expand_dims(eyes, 2), -1)
        middle = tf.reduce_sum(weights * points, 1)
        apart = points - tf.expand_dims(middle, 1)

        def weighted(vectors: tf.Tensor) -> tf.Tensor:  # W v, with W = A (I - (1 - ε) d dᵀ)
            return weights * (vectors - (1 - DEPTH_TRUST) * tf.reduce_sum(rays * vectors, -1, keepdims=True) * rays)

        first, second, third = (
            tf.reduce_sum(weighted(tf.one_hot(axis, 3, dtype=rays.dtype) + tf.zeros_like(rays)), 1) for axis in range(3)
        )
        return middle + _solved(first, second, third, tf.reduce_sum(weighted(apart), 1))

    def compute_output_shape(
        self, points_world_shape: tuple[int | None, ...], *_: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return (points_world_shape[0], *points_world_shape[2:])


def _solved(first: tf.Tensor, second: tf.Tensor, third: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    """Solves a system whose matrix has these columns `[..., 3]`, by Cramer's rule, whose steps every export knows.

    The eigenvalues lie in [ε, 1], so that the determinant is ε or more.
    """
    rows = tf.stack([_cross(second, third), _cross(third, first), _cross(first, second)], -2)
    determinant = tf.reduce_sum(first * rows[..., 0, :], -1, keepdims=True)
    return tf.linalg.matvec(rows, right) / determinant


def _cross(one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    """Their cross product, written out: ONNX has no operator for `tf.linalg.cross`."""
    (x, y, z), (u, v, w) = tf.unstack(one, axis=-1), tf.unstack(other, axis=-1)
    return tf.stack([y * w - z * v, z * u - x * w, x * v - y * u], -1)
