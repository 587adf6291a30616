"""Pinhole cameras: intrinsics, extrinsics, projection and its inverse.

Convention:
    Camera axes are OpenCV's: x right, y down, z forward; depth is z > 0.
    Image coordinates `uv` are normalised: the image spans [-1, 1] in u (right) and v (down), and the centre of pixel
    column j of W lies at (2j + 1)/W - 1.
    `intrinsics` [..., 3, 3] take camera points to normalised image coordinates; `extrinsics` [..., 4, 4] take world
    points to camera points. Points are rows, [..., K, 3]; lengths are in world units.

Every function takes any leading dimensions, which broadcast, and works eagerly, inside `tf.function` and under XLA, in
float32 and float64.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tfkeypoints.geometry._tensors import TensorLike, as_floats, check_trailing
from tfkeypoints.geometry.checks import check_extrinsics, check_intrinsics

MIN_COSINE = 1e-3
"""Points farther off the axis than this cosine allows project as if their depth were that at it: 0.06° before the plane
of the camera, in whichever unit. It keeps values and gradients finite."""
TINY = 1e-18
"""A length, in any unit that a world is measured in, that keeps the point at the camera's own place finite."""


def project(points_world: TensorLike, intrinsics: TensorLike, extrinsics: TensorLike) -> tuple[tf.Tensor, tf.Tensor]:
    """Projects world points into the image.

    p = R x + t,   u = (f_x p_x + s p_y) / p_z + c_x,   v = f_y p_y / p_z + c_y

    Args:
        points_world: `[..., K, 3]` float, world units.
        intrinsics: `[..., 3, 3]` float, camera to normalised image coordinates.
        extrinsics: `[..., 4, 4]` float, world to camera, rigid.

    Returns:
        uv `[..., K, 2]`, normalised image coordinates, and depth `[..., K, 1]`, world units. The depth is the true one;
        the division alone is guarded by `MIN_COSINE`.

    Raises:
        ValueError: If a static shape does not fit.

    Example:
        >>> uv, depth = project([[0.0, 0.0, 2.0]], intrinsics_from_fov(1.0), tf.eye(4))
        >>> depth.numpy().tolist()
        [[2.0]]
    """
    points_world, intrinsics, extrinsics = as_floats(
        points_world, intrinsics, extrinsics, names="points_world intrinsics extrinsics"
    )
    return project_camera(to_camera(points_world, extrinsics), intrinsics)


def unproject(uv: TensorLike, depth: TensorLike, intrinsics: TensorLike, extrinsics: TensorLike) -> tf.Tensor:
    """Lifts image points with their depths into the world; the inverse of `project`.

    x = Rᵀ (z K⁻¹ (u, v, 1)ᵀ - t)

    Args:
        uv: `[..., K, 2]` float, normalised image coordinates.
        depth: `[..., K, 1]` float, world units.
        intrinsics: `[..., 3, 3]` float, upper triangular with last row 0, 0, 1.
        extrinsics: `[..., 4, 4]` float, world to camera, rigid.

    Returns:
        Points `[..., K, 3]` in the world frame.

    Raises:
        ValueError: If a static shape does not fit.
    """
    uv, depth, intrinsics, extrinsics = as_floats(
        uv, depth, intrinsics, extrinsics, names="uv depth intrinsics extrinsics"
    )
    return to_world(unproject_camera(uv, depth, intrinsics), extrinsics)


def project_camera(points_camera: TensorLike, intrinsics: TensorLike) -> tuple[tf.Tensor, tf.Tensor]:
    """Projects points of the camera frame: `[..., K, 3]` to uv `[..., K, 2]` and depth `[..., K, 1]`."""
    points_camera, intrinsics = as_floats(points_camera, intrinsics, names="points_camera intrinsics")
    check_trailing("points_camera", points_camera, (None, 3))
    check_trailing("intrinsics", intrinsics, (3, 3))
    depth = points_camera[..., 2:]
    homogeneous = tf.matmul(points_camera, intrinsics, transpose_b=True)
    distance = tf.sqrt(tf.reduce_sum(points_camera**2, -1, keepdims=True) + TINY**2)
    return homogeneous[..., :2] / tf.maximum(depth, MIN_COSINE * distance), depth


def unproject_camera(uv: TensorLike, depth: TensorLike, intrinsics: TensorLike) -> tf.Tensor:
    """Lifts uv `[..., K, 2]` with depth `[..., K, 1]` to points `[..., K, 3]` of the camera frame."""
    uv, depth, intrinsics = as_floats(uv, depth, intrinsics, names="uv depth intrinsics")
    check_trailing("uv", uv, (None, 2))
    check_trailing("depth", depth, (None, 1))
    check_trailing("intrinsics", intrinsics, (3, 3))
    focal_u, skew, centre_u = (intrinsics[..., 0, i, None, None] for i in range(3))
    focal_v, centre_v = (intrinsics[..., 1, i, None, None] for i in (1, 2))
    y = (uv[..., 1:] - centre_v) / focal_v
    x = (uv[..., :1] - centre_u - skew * y) / focal_u
    return tf.concat([x * depth, y * depth, depth + tf.zeros_like(x)], -1)


def to_camera(points_world: TensorLike, extrinsics: TensorLike) -> tf.Tensor:
    """Moves points `[..., K, 3]` from the world into the camera frame: R x + t."""
    points_world, extrinsics = as_floats(points_world, extrinsics, names="points_world extrinsics")
    check_trailing("points_world", points_world, (None, 3))
    check_trailing("extrinsics", extrinsics, (4, 4))
    rotated = tf.matmul(points_world, extrinsics[..., :3, :3], transpose_b=True)
    return rotated + tf.expand_dims(extrinsics[..., :3, 3], -2)


def to_world(points_camera: TensorLike, extrinsics: TensorLike) -> tf.Tensor:
    """Moves points `[..., K, 3]` from the camera frame into the world: Rᵀ (p - t)."""
    points_camera, extrinsics = as_floats(points_camera, extrinsics, names="points_camera extrinsics")
    check_trailing("points_camera", points_camera, (None, 3))
    check_trailing("extrinsics", extrinsics, (4, 4))
    return tf.matmul(points_camera - tf.expand_dims(extrinsics[..., :3, 3], -2), extrinsics[..., :3, :3])


def intrinsics_from_pixels(
    fx: TensorLike, fy: TensorLike, cx: TensorLike, cy: TensorLike, width: TensorLike, height: TensorLike
) -> tf.Tensor:
    """Converts OpenCV's pixel intrinsics (the centre of the first pixel is 0, 0) to normalised ones.

    f_u = 2 f_x / W,   c_u = (2 c_x + 1) / W - 1   (v likewise with H)

    Args:
        fx, fy: Focal lengths in pixels, any shape.
        cx, cy: Principal point in pixels.
        width, height: Size of the image in pixels.

    Returns:
        `[..., 3, 3]` intrinsics.

    Raises:
        ValueError: If known focal lengths or sizes are not positive, or anything known is not finite.

    Example:
        >>> intrinsics_from_pixels(100.0, 100.0, 49.5, 49.5, 100, 100)[0].numpy().tolist()
        [2.0, 0.0, 0.0]
    """
    fx, fy, cx, cy, width, height = as_floats(fx, fy, cx, cy, width, height, names="fx fy cx cy width height")
    for name, value in {"fx": fx, "fy": fy, "width": width, "height": height}.items():
        _check_known(name, value, lambda known: known > 0, "positive and finite")
    for name, value in {"cx": cx, "cy": cy}.items():
        _check_known(name, value, np.isfinite, "finite")
    return _intrinsics(2 * fx / width, 2 * fy / height, (2 * cx + 1) / width - 1, (2 * cy + 1) / height - 1)


def intrinsics_from_fov(fov_y: TensorLike, aspect: TensorLike = 1.0) -> tf.Tensor:
    """Makes the intrinsics of a centred camera from its vertical field of view.

    f_v = 1 / tan(fov_y / 2),   f_u = f_v / aspect

    Args:
        fov_y: Vertical field of view in radians, any shape.
        aspect: Width over height.

    Returns:
        `[..., 3, 3]` intrinsics.

    Raises:
        ValueError: If a known field of view lies outside (0, π), or a known aspect is not positive.
    """
    fov_y, aspect = as_floats(fov_y, aspect, names="fov_y aspect")
    _check_known("fov_y", fov_y, lambda known: (known > 0) & (known < 3.14159), "between 0 and π radians")
    _check_known("aspect", aspect, lambda known: known > 0, "positive and finite")
    focal = 1 / tf.tan(fov_y / 2)
    return _intrinsics(focal / aspect, focal, tf.zeros_like(focal), tf.zeros_like(focal))


def from_opengl(projection: TensorLike, view: TensorLike) -> tuple[tf.Tensor, tf.Tensor]:
    """Converts OpenGL matrices (eye space: y up, looking along -z; column vectors) to this library's camera.

    Args:
        projection: `[..., 4, 4]` perspective projection; its last row must be 0, 0, -1, 0.
        view: `[..., 4, 4]` world to eye, rigid.

    Returns:
        intrinsics `[..., 3, 3]` and extrinsics `[..., 4, 4]`.

    Raises:
        ValueError: If a known projection is not a perspective one with the image's right and top at +1, or a known view
            is not rigid.
    """
    projection, view = as_floats(projection, view, names="projection view")
    check_trailing("projection", projection, (4, 4))
    check_trailing("view", view, (4, 4))
    known = tf.get_static_value(projection)
    if known is not None and not (abs(known[..., 3, :] - (0, 0, -1, 0)) <= 1e-5).all():
        raise ValueError(
            "`projection` must be a perspective matrix for column vectors, with last row (0, 0, -1, 0). "
            f"Received a last row of {known[..., 3, :].tolist()}; a transposed (row-vector) matrix must be transposed."
        )
    flip = tf.constant([1, -1, -1, 1], projection.dtype)
    rows = projection[..., :2, :3] * flip[:3]
    upper = tf.stack([rows[..., 0, :], -rows[..., 1, :]], -2)
    last = tf.broadcast_to(tf.constant([[0, 0, 1]], upper.dtype), tf.concat([tf.shape(upper)[:-2], [1, 3]], 0))
    intrinsics, extrinsics = tf.concat([upper, last], -2), flip[:, None] * view
    _check_part("projection", check_intrinsics, intrinsics)
    _check_part("view", check_extrinsics, extrinsics)
    return intrinsics, extrinsics


def look_at(eye: TensorLike, target: TensorLike, up: TensorLike) -> tf.Tensor:
    """Makes the extrinsics of a camera at `eye` that looks at `target`.

    z = (target - eye)/|…|,   x = z × up/|…|,   y = z × x,   R = [x; y; z],   t = -R eye

    Args:
        eye, target: `[..., 3]` world points.
        up: `[..., 3]` world direction that points up in the image; where it is parallel to the view, another is taken.

    Returns:
        `[..., 4, 4]` extrinsics.

    Raises:
        ValueError: If a known eye coincides with its target, `up` is zero, or one of them is not finite.

    Example:
        >>> look_at([0.0, 0.0, -2.0], [0.0, 0.0, 0.0], [0.0, -1.0, 0.0])[2].numpy().tolist()
        [0.0, 0.0, 1.0, 2.0]
    """
    eye, target, up = as_floats(eye, target, up, names="eye target up")
    for name, each in (("eye", eye), ("target", target), ("up", up)):
        check_trailing(name, each, (3,))
    shape = tf.broadcast_dynamic_shape(tf.broadcast_dynamic_shape(tf.shape(eye), tf.shape(target)), tf.shape(up))
    eye, target, up = (tf.broadcast_to(each, shape) for each in (eye, target, up))
    known = tf.get_static_value(tf.norm(target - eye, axis=-1))
    if known is not None and not ((known > 0) & np.isfinite(known)).all():
        raise ValueError(f"`eye` and `target` must differ and be finite. Received: eye={eye}, target={target}")
    _check_known("up", up, lambda known: known.any(-1, keepdims=True), "finite and not zero")
    z = tf.linalg.l2_normalize(target - eye, -1, epsilon=1e-24)
    sideways = tf.linalg.cross(z, up)
    least = tf.one_hot(tf.argmin(tf.abs(z), -1), 3, dtype=z.dtype)
    parallel = tf.reduce_sum(sideways**2, -1, keepdims=True) < 1e-10 * tf.reduce_sum(up**2, -1, keepdims=True)
    x = tf.linalg.l2_normalize(tf.where(parallel, tf.linalg.cross(z, least), sideways), -1, epsilon=1e-24)
    rotation = tf.stack([x, tf.linalg.cross(z, x), z], -2)
    return rigid(rotation, -tf.linalg.matvec(rotation, eye))


def crop(intrinsics: TensorLike, box: TensorLike) -> tf.Tensor:
    """Makes the intrinsics of a crop: what the box shows spans [-1, 1] afterwards.

    u' = (2u - u0 - u1) / (u1 - u0)   (v likewise)

    Args:
        intrinsics: `[..., 3, 3]`.
        box: `[..., 4]`, normalised coordinates u0, v0, u1, v1 of the crop's corners in the whole image.

    Returns:
        `[..., 3, 3]` intrinsics.

    Raises:
        ValueError: If a known box is empty or turned over.
    """
    intrinsics, box = as_floats(intrinsics, box, names="intrinsics box")
    check_trailing("intrinsics", intrinsics, (3, 3))
    check_trailing("box", box, (4,))
    low, high = box[..., :2], box[..., 2:]
    known = tf.get_static_value(high - low)
    if known is not None and not (known > 0).all():
        raise ValueError(f"`box` must be u0, v0, u1, v1 with u0 < u1 and v0 < v1. Received: box={box}")
    scale, shift = 2 / (high - low), -(low + high) / (high - low)
    return tf.matmul(_intrinsics(scale[..., 0], scale[..., 1], shift[..., 0], shift[..., 1]), intrinsics)


def rigid(rotation: TensorLike, translation: TensorLike) -> tf.Tensor:
    """Joins rotations `[..., 3, 3]` and translations `[..., 3]` to extrinsics `[..., 4, 4]`."""
    rotation, translation = as_floats(rotation, translation, names="rotation translation")
    check_trailing("rotation", rotation, (3, 3))
    check_trailing("translation", translation, (3,))
    upper = tf.concat([rotation, tf.expand_dims(translation, -1)], -1)
    last = tf.broadcast_to(tf.constant([[0, 0, 0, 1]], upper.dtype), tf.concat([tf.shape(upper)[:-2], [1, 4]], 0))
    return tf.concat([upper, last], -2)


def facing(intrinsics: TensorLike, extrinsics: TensorLike) -> tf.Tensor:
    """Projects the world points (1, 0, 0) and (-1, 0, 0): where the object's front and back lie in the image.

    Args:
        intrinsics: `[..., 3, 3]`.
        extrinsics: `[..., 4, 4]`.

    Returns:
        uv `[..., 2, 2]`: first of the +x point, then of the -x point. The object faces right if u(+x) > u(-x).

    Reference: Suwajanakorn et al. 2018, section 4.2.
    """
    return project(tf.constant([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]]), intrinsics, extrinsics)[0]


def _check_known(
    name: str, value: tf.Tensor, is_right: Callable[[np.ndarray], np.ndarray | np.bool_], words: str
) -> None:
    """Raises a ValueError where a value that is known before the graph runs is not finite or not right."""
    known = tf.get_static_value(value)
    if known is not None and not (np.isfinite(known) & is_right(known)).all():
        raise ValueError(f"`{name}` must be {words}. Received: {name}={known.tolist()}")


def _check_part(name: str, check: Callable[[np.ndarray], None], matrices: tf.Tensor) -> None:
    """Names the argument that known matrices were made from, where these are not a camera's."""
    known = tf.get_static_value(matrices)
    if known is not None:
        try:
            check(known)
        except ValueError as error:
            raise ValueError(f"`{name}` must belong to a camera, in OpenCV's axes: {error}") from error


def _intrinsics(focal_u: tf.Tensor, focal_v: tf.Tensor, centre_u: tf.Tensor, centre_v: tf.Tensor) -> tf.Tensor:
    shape = tf.broadcast_dynamic_shape(tf.shape(focal_u + centre_u), tf.shape(focal_v + centre_v))
    focal_u, focal_v, centre_u, centre_v = (
        tf.broadcast_to(each, shape) for each in (focal_u, focal_v, centre_u, centre_v)
    )
    zero, one = tf.zeros_like(focal_u), tf.ones_like(focal_u)
    rows = [[focal_u, zero, centre_u], [zero, focal_v, centre_v], [zero, zero, one]]
    return tf.stack([tf.stack(row, -1) for row in rows], -2)
