"""Rotations: conversions through tensorflow-graphics, the angle between two, and the best one between point sets."""

import tensorflow as tf

from tfkeypoints.geometry import graphics
from tfkeypoints.geometry._tensors import as_floats, check_trailing


def procrustes(source, target, weights=None):
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


def angular_distance(a, b):
    """Measures the angle of the rotation from one orientation to another.

    θ = atan2(|vee(Q - Qᵀ)| / 2, (tr Q - 1) / 2),   Q = aᵀ b

    Args:
        a, b: `[..., 3, 3]` rotation matrices.

    Returns:
        Radians in [0, π], `[...]`. Value and gradient are finite everywhere; at 0 and π the gradient, which has no
        direction there, is zero.

    Reference: Suwajanakorn et al. 2018, equation 2.
    Note: the paper's 2 asin(|a - b| / (2√2)) is the same angle; its derivative is infinite at 0 and at π, and the
        original clamps it there.

    Example:
        >>> float(angular_distance(tf.eye(3), tf.eye(3)))
        0.0
    """
    a, b = as_floats(a, b, names="a b")
    check_trailing("a", a, (3, 3))
    check_trailing("b", b, (3, 3))
    q = tf.matmul(a, b, transpose_a=True)
    axis = tf.stack([q[..., 2, 1] - q[..., 1, 2], q[..., 0, 2] - q[..., 2, 0], q[..., 1, 0] - q[..., 0, 1]], -1)
    squared = tf.reduce_sum(axis**2, -1)
    turned = squared > 0
    sine = tf.where(turned, tf.sqrt(tf.where(turned, squared, tf.ones_like(squared))), tf.zeros_like(squared)) / 2
    return tf.atan2(sine, (tf.linalg.trace(q) - 1) / 2)


def from_axis_angle(axis, angle):
    """Makes rotation matrices `[..., 3, 3]` from unit axes `[..., 3]` and angles `[..., 1]` in radians."""
    axis, angle = as_floats(axis, angle, names="axis angle")
    return graphics.rotation_matrix_3d().from_axis_angle(axis, angle)


def from_quaternion(quaternion):
    """Makes rotation matrices `[..., 3, 3]` from unit quaternions `[..., 4]` in the order x, y, z, w."""
    (quaternion,) = as_floats(quaternion, names="quaternion")
    return graphics.rotation_matrix_3d().from_quaternion(quaternion)


def from_euler(angles):
    """Makes rotation matrices `[..., 3, 3]` from Euler angles `[..., 3]` in radians: R = R_z R_y R_x."""
    (angles,) = as_floats(angles, names="angles")
    return graphics.rotation_matrix_3d().from_euler(angles)


@tf.custom_gradient
def _nearest_rotation(matrix):
    """The rotation R that maximises tr(Rᵀ M), with the gradient of the polar decomposition M = R P."""
    singular, u, v = tf.linalg.svd(matrix)
    sign = _determinant(u) * _determinant(v)
    signs = tf.stack([tf.ones_like(sign), tf.ones_like(sign), sign], -1)
    signed_u = u * tf.expand_dims(signs, -2)
    rotation = tf.matmul(signed_u, v, transpose_b=True)

    def gradient(upstream):
        inner = tf.matmul(tf.matmul(signed_u, upstream, transpose_a=True), v)
        stretch = singular * signs
        sums = tf.expand_dims(stretch, -1) + tf.expand_dims(stretch, -2)
        damping = 1e-4 * singular[..., :1, None] + 1e-9
        skew = (inner - tf.linalg.matrix_transpose(inner)) * sums / (sums**2 + damping**2)
        return tf.matmul(tf.matmul(signed_u, skew), v, transpose_b=True)

    return rotation, gradient


def _determinant(matrix):
    return tf.reduce_sum(matrix[..., 0] * tf.linalg.cross(matrix[..., 1], matrix[..., 2]), -1)
