"""The rotation that best takes one point set onto another."""

from collections.abc import Callable

import tensorflow as tf

from tfkeypoints.geometry._tensors import TensorLike, as_floats, check_trailing


def procrustes(source: TensorLike, target: TensorLike, weights: TensorLike | None = None) -> tf.Tensor:
    """Finds the rotation that best takes one centred point set onto another (orthogonal Procrustes).

    R = argmin_R Σ_k w_k |(y_k - ȳ) - R (x_k - x̄)|² = U diag(1, 1, det(U Vᵀ)) Vᵀ,   U S Vᵀ = Σ_k w_k (y_k - ȳ)(x_k - x̄)ᵀ

    The gradient is that of the polar decomposition and needs no differences of singular values: it is exact where the
    points determine the rotation, and fades to zero in the directions in which they do not (coincident or collinear
    points, mirror images).

    Args:
        source: `[..., K, 3]` float.
        target: `[..., K, 3]` float.
        weights: `[..., K]` float, not negative; equal if None.

    Returns:
        R `[..., 3, 3]`, det R = 1, with target ≈ R @ source once both are centred.

    Raises:
        ValueError: If a static shape does not fit.

    Reference: Suwajanakorn et al. 2018, equation 3.
    """
    if weights is None:
        source, target = as_floats(source, target, names="source target")
        check_trailing("source", source, (None, 3))
        weights = tf.ones_like(source[..., 0])
    source, target, weights = as_floats(source, target, weights, names="source target weights")
    check_trailing("source", source, (None, 3))
    check_trailing("target", target, (None, 3))
    weights = tf.expand_dims(tf.math.divide_no_nan(weights, tf.reduce_sum(weights, -1, keepdims=True)), -1)
    source -= tf.reduce_sum(weights * source, -2, keepdims=True)
    target -= tf.reduce_sum(weights * target, -2, keepdims=True)
    return _nearest_rotation(tf.matmul(weights * target, source, transpose_a=True))


@tf.custom_gradient
def _nearest_rotation(matrix: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """The rotation R that maximises tr(Rᵀ M), with the gradient of the polar decomposition M = R P."""
    singular, u, v = tf.linalg.svd(matrix)
    sign = _determinant(u) * _determinant(v)
    signs = tf.stack([tf.ones_like(sign), tf.ones_like(sign), sign], -1)
    signed_u = u * tf.expand_dims(signs, -2)
    rotation = tf.matmul(signed_u, v, transpose_b=True)

    def gradient(upstream: tf.Tensor) -> tf.Tensor:
        inner = tf.matmul(tf.matmul(signed_u, upstream, transpose_a=True), v)
        stretch = singular * signs
        sums = tf.expand_dims(stretch, -1) + tf.expand_dims(stretch, -2)
        damping = 1e-4 * singular[..., :1, None] + 1e-9
        skew = (inner - tf.linalg.matrix_transpose(inner)) * sums / (sums**2 + damping**2)
        return tf.matmul(tf.matmul(signed_u, skew), v, transpose_b=True)

    return rotation, gradient


def _determinant(matrix: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(matrix[..., 0] * tf.linalg.cross(matrix[..., 1], matrix[..., 2]), -1)
