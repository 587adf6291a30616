"""Rotations: conversions, the angle between two, and the best one between point sets (in procrustes.py).

What makes a rotation from numbers goes through tensorflow-graphics, which is imported on first use, because importing
it takes seconds. Results have the dtype of the arguments, float32 or float64.
"""

import numpy as np
import tensorflow as tf

from tfkeypoints.geometry import graphics
from tfkeypoints.geometry._tensors import TensorLike, as_floats, check_trailing
from tfkeypoints.geometry.checks import check_rotations
from tfkeypoints.geometry.procrustes import procrustes

__all__ = [
    "angular_distance",
    "from_axis_angle",
    "from_euler",
    "from_quaternion",
    "from_rotation_vector",
    "procrustes",
    "to_quaternion",
    "to_rotation_vector",
]


def angular_distance(a: TensorLike, b: TensorLike) -> tf.Tensor:
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


def from_axis_angle(axis: TensorLike, angle: TensorLike) -> tf.Tensor:
    """Makes rotation matrices from axes and angles: R = cos a I + sin a [n]ₓ + (1 - cos a) n nᵀ.

    Args:
        axis: `[..., 3]` float; n is the axis divided by its length.
        angle: `[..., 1]` float, or one number: radians, counter-clockwise seen from the tip of the axis.

    Returns:
        `[..., 3, 3]`.

    Raises:
        ValueError: If a static shape does not fit, or a known axis is zero or anything known is not finite. What is
            unknown until a graph runs gives NaN instead.
    """
    rotation_matrix_3d = graphics.rotation_matrix_3d()

    axis, angle = as_floats(axis, angle, names="axis angle")
    angle = tf.reshape(angle, [1]) if angle.shape.rank == 0 else angle
    check_trailing("axis", axis, (3,))
    check_trailing("angle", angle, (1,))
    _check_finite("angle", angle, angle)
    try:
        tf.broadcast_static_shape(axis.shape[:-1], angle.shape[:-1])
    except ValueError as error:
        raise ValueError(
            "`axis` [..., 3] and `angle` [..., 1] must have batch dimensions that broadcast. "
            f"Received: axis.shape={tuple(axis.shape)}, angle.shape={tuple(angle.shape)}"
        ) from error
    axis, angle = _normalized("axis", axis) + tf.zeros_like(angle), angle + tf.zeros_like(axis[..., :1])
    return rotation_matrix_3d.from_axis_angle(axis, angle)


def from_quaternion(quaternion: TensorLike, order: str = "xyzw") -> tf.Tensor:
    """Makes rotation matrices from quaternions of any length but 0.

    Args:
        quaternion: `[..., 4]` float; it is divided by its length.
        order: "xyzw" (SciPy, ROS, Kalibr) or "wxyz" (COLMAP, MuJoCo): where the scalar w stands.

    Returns:
        `[..., 3, 3]`.

    Raises:
        ValueError: If a static shape does not fit, or a known quaternion is zero or not finite. What is unknown until a
            graph runs gives NaN instead.

    Example:
        >>> from_quaternion([2.0, 0.0, 0.0, 0.0], order="wxyz").numpy().tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    rotation_matrix_3d = graphics.rotation_matrix_3d()

    _check_order(order)
    (quaternion,) = as_floats(quaternion, names="quaternion")
    check_trailing("quaternion", quaternion, (4,))
    quaternion = _normalized("quaternion", quaternion)
    return rotation_matrix_3d.from_quaternion(tf.roll(quaternion, -1, -1) if order == "wxyz" else quaternion)


def from_euler(angles: TensorLike) -> tf.Tensor:
    """Makes rotation matrices `[..., 3, 3]` from Euler angles `[..., 3]` about x, y, z in radians: R = R_z R_y R_x.

    Raises:
        ValueError: If the static shape does not fit, or known angles are not finite.
    """
    rotation_matrix_3d = graphics.rotation_matrix_3d()

    (angles,) = as_floats(angles, names="angles")
    check_trailing("angles", angles, (3,))
    _check_finite("angles", angles, angles)
    return rotation_matrix_3d.from_euler(angles)


def from_rotation_vector(vector: TensorLike) -> tf.Tensor:
    """Makes rotation matrices from rotation vectors, as OpenCV, anipose and others store them: axis times angle.

    v = a n  ->  quaternion (sin(a/2) n, cos(a/2))

    Args:
        vector: `[..., 3]` float; its length is the angle in radians.

    Returns:
        `[..., 3, 3]`; exactly I for the vector 0, where the gradient is right too.

    Raises:
        ValueError: If the static shape does not fit, or a known vector is not finite or too long to be squared.
    """
    rotation_matrix_3d = graphics.rotation_matrix_3d()

    (vector,) = as_floats(vector, names="vector")
    check_trailing("vector", vector, (3,))
    angle, turned = _length(vector)
    _check_finite("vector", vector, angle)
    half = tf.sin(angle / 2) / angle
    scale = tf.where(turned, half, tf.fill(tf.shape(half), tf.cast(0.5, half.dtype)))
    cosine = tf.where(turned, tf.cos(angle / 2), tf.ones_like(angle))
    return rotation_matrix_3d.from_quaternion(tf.concat([scale * vector, cosine], -1))


def to_quaternion(matrix: TensorLike, order: str = "xyzw") -> tf.Tensor:
    """Finds the quaternions of rotation matrices.

    4 q qᵀ is linear in R; q is its row with the largest diagonal entry, divided by its length.

    Args:
        matrix: `[..., 3, 3]` rotation matrices.
        order: "xyzw" (SciPy, ROS, Kalibr) or "wxyz" (COLMAP, MuJoCo): where the scalar w stands.

    Returns:
        `[..., 4]` of length 1 with w ≥ 0. Value and gradient are finite for every rotation, half turns included.

    Raises:
        ValueError: If the static shape does not fit, or a known matrix is no rotation.

    Note: tensorflow-graphics' `quaternion.from_rotation_matrix` takes roots that are 0 at half turns, so that its
        gradient is NaN there (tensorflow/graphics#462).
    """
    _check_order(order)
    (matrix,) = as_floats(matrix, names="matrix")
    check_trailing("matrix", matrix, (3, 3))
    known = tf.get_static_value(matrix)
    if known is not None:
        check_rotations("matrix", known)
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = (tf.unstack(row, axis=-1) for row in tf.unstack(matrix, axis=-2))
    rows = [
        [1 + xx - yy - zz, xy + yx, zx + xz, zy - yz],
        [xy + yx, 1 - xx + yy - zz, yz + zy, xz - zx],
        [zx + xz, yz + zy, 1 - xx - yy + zz, yx - xy],
        [zy - yz, xz - zx, yx - xy, 1 + xx + yy + zz],
    ]
    products = tf.stack([tf.stack(row, -1) for row in rows], -2)
    largest = tf.one_hot(tf.argmax(tf.linalg.diag_part(products), -1), 4, dtype=matrix.dtype)
    row = tf.reduce_sum(tf.expand_dims(largest, -1) * products, -2)
    quaternion = row / tf.norm(row, axis=-1, keepdims=True)
    quaternion = tf.where(quaternion[..., 3:] < 0, -quaternion, quaternion)
    return tf.roll(quaternion, 1, -1) if order == "wxyz" else quaternion


def to_rotation_vector(matrix: TensorLike) -> tf.Tensor:
    """Finds the rotation vectors of rotation matrices; the inverse of `from_rotation_vector`.

    v = 2 atan2(|(x, y, z)|, w) (x, y, z) / |(x, y, z)|   of the quaternion (x, y, z, w)

    Args:
        matrix: `[..., 3, 3]` rotation matrices.

    Returns:
        `[..., 3]`: axis times angle, the angle in [0, π]; 0 exactly for I. Value and gradient are finite for every
        rotation. Of the two vectors of a half turn it returns the one whose largest component is positive.

    Raises:
        ValueError: If the static shape does not fit, or a known matrix is no rotation.
    """
    quaternion = to_quaternion(matrix)
    xyz, w = quaternion[..., :3], quaternion[..., 3:]
    sine, turned = _length(xyz)
    return xyz * tf.where(turned, 2 * tf.atan2(sine, w) / sine, 2 * tf.ones_like(sine))


def _length(vector: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The length `[..., 1]` of vectors, 1 instead of 0 so that it can divide, and where it is not 0."""
    squared = tf.reduce_sum(vector**2, -1, keepdims=True)
    known = squared != 0
    return tf.sqrt(tf.where(known, squared, tf.ones_like(squared))), known


def _normalized(name: str, vector: tf.Tensor) -> tf.Tensor:
    known = tf.get_static_value(vector)
    if known is not None:
        largest = np.abs(known).max(-1)
        if not (np.isfinite(largest) & (largest >= np.finfo(known.dtype).tiny)).all():
            raise ValueError(f"`{name}` must be finite and not zero. Received: {name}={known.tolist()}")
    vector /= tf.stop_gradient(tf.reduce_max(tf.abs(vector), -1, keepdims=True))  # squares stay in range
    return vector / tf.norm(vector, axis=-1, keepdims=True)


def _check_finite(name: str, received: tf.Tensor, angles: tf.Tensor) -> None:
    known = tf.get_static_value(angles)
    if known is not None and not np.isfinite(known).all():
        received = tf.get_static_value(received).tolist()
        raise ValueError(f"`{name}` must give finite angles, in radians. Received: {name}={received}")


def _check_order(order: str) -> None:
    if order not in ("xyzw", "wxyz"):
        raise ValueError(f"`order` must be 'xyzw' or 'wxyz'. Received: order={order!r}")
