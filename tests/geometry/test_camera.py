import itertools

import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tests.geometry.gradients import gradient_of
from tfkeypoints.geometry import camera

LAST = -np.eye(4)[2] * np.eye(4)[3][:, None]
"""The -1 in the last row of OpenGL's perspective matrix."""


@pytest.fixture
def scene(rng):
    intrinsics, extrinsics = reference.random_cameras(rng, (4, 3))
    return rng.uniform(-1, 1, (4, 3, 6, 3)), intrinsics, extrinsics


def test_project_agrees_with_one_point_at_a_time(scene):
    points, intrinsics, extrinsics = scene
    uv, depth = camera.project(points, intrinsics, extrinsics)
    for b, v, k in itertools.product(range(4), range(3), range(6)):
        expected_uv, expected_depth = reference.project(points[b, v, k], intrinsics[b, v], extrinsics[b, v])
        np.testing.assert_allclose(uv[b, v, k], expected_uv, atol=1e-12)
        np.testing.assert_allclose(depth[b, v, k, 0], expected_depth, atol=1e-12)


def test_unproject_agrees_with_general_inverses(scene, rng):
    _, intrinsics, extrinsics = scene
    uv, depth = rng.uniform(-1, 1, (4, 3, 6, 2)), rng.uniform(1, 9, (4, 3, 6, 1))
    points = camera.unproject(uv, depth, intrinsics, extrinsics)
    for b, v, k in itertools.product(range(4), range(3), range(6)):
        expected = reference.unproject(uv[b, v, k], depth[b, v, k, 0], intrinsics[b, v], extrinsics[b, v])
        np.testing.assert_allclose(points[b, v, k], expected, atol=1e-12)


def test_one_set_of_points_broadcasts_over_cameras(scene):
    points, intrinsics, extrinsics = scene
    uv, depth = camera.project(points[0, 0], intrinsics, extrinsics)
    assert uv.shape == (4, 3, 6, 2)
    assert depth.shape == (4, 3, 6, 1)


def test_points_right_of_and_below_the_axis_have_positive_u_and_v():
    uv, depth = camera.project([[0.5, 0.25, 2.0]], camera.intrinsics_from_fov(np.pi / 2), tf.eye(4))
    np.testing.assert_allclose(uv, [[0.25, 0.125]], atol=1e-6)
    np.testing.assert_allclose(depth, [[2.0]])


def test_pixel_centre_of_first_column_is_minus_one_plus_half_pixel():
    width, height = 8, 4
    intrinsics = camera.intrinsics_from_pixels(10.0, 10.0, 0.0, 0.0, width, height)
    uv, _ = camera.project([[0.0, 0.0, 1.0]], intrinsics, tf.eye(4))
    np.testing.assert_allclose(uv, [[-1 + 1 / width, -1 + 1 / height]], atol=1e-6)


def test_pixel_intrinsics_of_a_non_square_image_by_hand():
    intrinsics = camera.intrinsics_from_pixels(200.0, 100.0, 319.5, 119.5, 640, 240)
    np.testing.assert_allclose(intrinsics, [[0.625, 0, 0], [0, 100 / 120, 0], [0, 0, 1]], atol=1e-6)


def test_field_of_view_reaches_the_upper_edge_and_aspect_the_side():
    intrinsics = camera.intrinsics_from_fov(np.deg2rad(60.0), aspect=2.0)
    top, side = -np.tan(np.deg2rad(30)), 2 * np.tan(np.deg2rad(30))
    uv, _ = camera.project(np.array([[0, top, 1.0], [side, 0, 1.0]]), intrinsics, tf.eye(4))
    np.testing.assert_allclose(uv, [[0, -1], [1, 0]], atol=1e-6)


def test_from_opengl_puts_points_where_opengl_does(rng):
    near, far, right, left, top, bottom = 0.1, 50.0, 0.08, -0.05, 0.06, -0.02
    projection = np.array(
        [
            [2 * near / (right - left), 0, (right + left) / (right - left), 0],
            [0, 2 * near / (top - bottom), (top + bottom) / (top - bottom), 0],
            [0, 0, -(far + near) / (far - near), -2 * far * near / (far - near)],
            [0, 0, -1, 0],
        ]
    )
    view = np.eye(4)
    view[:3, :3], view[:3, 3] = reference.random_rotation(rng), [0.1, -0.2, -6]
    points = rng.uniform(-1, 1, (5, 3))
    uv, depth = camera.project(points, *camera.from_opengl(projection, view))
    for point, found_uv, found_depth in zip(points, uv, depth, strict=True):
        clip = projection @ view @ [*point, 1]
        np.testing.assert_allclose(found_uv, [clip[0] / clip[3], -clip[1] / clip[3]], atol=1e-12)
        np.testing.assert_allclose(found_depth[0], clip[3], atol=1e-12)
        assert found_depth[0] > 0


def test_from_opengl_refuses_a_transposed_projection():
    projection = np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1, -1], [0, 0, -0.2, 0]])
    with pytest.raises(ValueError, match="row-vector"):
        camera.from_opengl(projection, np.eye(4))


def test_look_at_centres_the_target_and_points_up_upwards():
    extrinsics = camera.look_at([4.0, 0.0, 3.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0])
    intrinsics = camera.intrinsics_from_fov(1.0)
    uv, depth = camera.project([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]], intrinsics, extrinsics)
    np.testing.assert_allclose(uv[0], [0, 0], atol=1e-6)
    np.testing.assert_allclose(depth[0], [5], rtol=1e-6)
    assert uv[1, 1] < 0
    assert abs(uv[1, 0]) < 1e-6
    assert uv[2, 0] > 0  # seen from the front (+x), the object's left (+y) is on the right


@pytest.mark.parametrize("up", [[0.0, 0.0, 1.0], [0.0, 0.0, -2.0]])
def test_look_at_along_up_is_still_a_rotation(up):
    extrinsics = camera.look_at([0.0, 0.0, 5.0], [0.0, 0.0, 0.0], up).numpy()
    np.testing.assert_allclose(extrinsics[:3, :3] @ extrinsics[:3, :3].T, np.eye(3), atol=1e-6)
    assert np.linalg.det(extrinsics[:3, :3]) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: camera.look_at([1.0, 2, 3], [1.0, 2, 3], [0.0, 0, 1]), "`eye` and `target` must differ"),
        (lambda: camera.look_at([1.0, np.nan, 3], [1.0, 2, 3], [0.0, 0, 1]), "`eye` and `target` must .* be finite"),
        (lambda: camera.look_at([1.0, 2, 3], [0.0, 0, 0], [0.0, 0, 0]), "`up` must be finite and not zero.*up="),
        (lambda: camera.look_at([1.0, 2, 3], [0.0, 0, 0], [0.0, np.inf, 0]), "`up` must be finite and not zero"),
        (lambda: camera.intrinsics_from_pixels(-500, 500, 0, 0, 64, 48), "`fx` must be positive and finite.*-500"),
        (lambda: camera.intrinsics_from_pixels([5.0, 5], [5.0, np.nan], 0, 0, 64, 48), "`fy` must be positive.*nan"),
        (lambda: camera.intrinsics_from_pixels(5, 5, np.inf, 0, 64, 48), "`cx` must be finite.*inf"),
        (lambda: camera.intrinsics_from_pixels(5, 5, 0, 0, 64, 0), "`height` must be positive.*0"),
        (lambda: camera.intrinsics_from_fov(0.0), "`fov_y` must be between 0 and π radians.*0.0"),
        (lambda: camera.intrinsics_from_fov([1.0, np.nan]), "`fov_y` must be between 0 and π radians.*nan"),
        (lambda: camera.intrinsics_from_fov(1.0, aspect=-2.0), "`aspect` must be positive and finite.*-2.0"),
        (lambda: camera.from_opengl(np.diag([1.0, -2, -1, 0]) + LAST, np.eye(4)), "`projection` must.*focal lengths"),
        (lambda: camera.from_opengl(np.diag([1.0, np.nan, -1, 0]) + LAST, np.eye(4)), "`projection` must.*nan"),
        (lambda: camera.from_opengl(np.diag([1.0, 2, -1, 0]) + LAST, 2 * np.eye(4)), "`view` must.*last row"),
        (lambda: camera.from_opengl(np.diag([1.0, 2, -1, 0]) + LAST, np.diag([1.0, 1, -1, 1])), "`view` .* reflection"),
    ],
)
def test_what_makes_no_camera_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_crop_makes_the_corners_of_the_box_the_corners_of_the_image(rng):
    intrinsics, extrinsics = reference.random_cameras(rng, (1,))
    box = np.array([-0.5, -0.2, 0.1, 0.9])
    points = camera.unproject([[box[:2], box[2:]]], np.full((1, 2, 1), 3.0), intrinsics, extrinsics)
    uv, _ = camera.project(points, camera.crop(intrinsics, box), extrinsics)
    np.testing.assert_allclose(uv[0], [[-1, -1], [1, 1]], atol=1e-9)


def test_crop_refuses_a_box_that_is_turned_over():
    with pytest.raises(ValueError, match="u0 < u1"):
        camera.crop(np.eye(3), [0.5, 0.0, -0.5, 1.0])


def test_facing_right_means_that_the_front_lies_further_right():
    extrinsics = camera.look_at([0.0, -10.0, 2.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0])
    front, back = camera.facing(camera.intrinsics_from_fov(1.0), extrinsics).numpy()
    assert front[0] > 0 > back[0]


@pytest.mark.parametrize("depth", [0.0, 1e-9, -1.0])
def test_points_at_or_behind_the_camera_have_finite_values_and_gradients(depth):
    points = tf.constant([[0.3, -0.2, depth]])
    with tf.GradientTape() as tape:
        tape.watch(points)
        uv, true_depth = camera.project(points, tf.eye(3), tf.eye(4))
        loss = tf.reduce_sum(uv**2)
    assert np.isfinite(uv).all()
    assert np.isfinite(tape.gradient(loss, points)).all()
    assert true_depth[0, 0] == depth


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("unit", [1e-9, 1e-6, 1e3, 1e6])
def test_the_unit_of_length_makes_no_difference(scene, unit, dtype):
    points, intrinsics, extrinsics = (each.astype(dtype) for each in scene)
    scaled = extrinsics.copy()
    scaled[..., :3, 3] *= unit
    variables = tf.constant(points), tf.constant(points * np.array(unit, dtype))
    found = []
    for variable, poses in zip(variables, (extrinsics, scaled), strict=True):
        with tf.GradientTape() as tape:
            tape.watch(variable)
            uv, depth = camera.project(variable, intrinsics, poses)
        found.append((uv, depth, tape.gradient(uv, variable)))
    (uv, depth, gradient), (scaled_uv, scaled_depth, scaled_gradient) = found
    tolerance = {"rtol": 32 * np.finfo(dtype).eps, "atol": 32 * np.finfo(dtype).eps}
    np.testing.assert_allclose(scaled_uv, uv, **tolerance)
    np.testing.assert_allclose(scaled_depth / unit, depth, **tolerance)
    np.testing.assert_allclose(scaled_gradient * unit, gradient, **tolerance)


def test_the_guard_leaves_all_but_the_last_twentieth_of_a_degree_alone(rng):
    cosine = np.array([1.001e-3, 0.9e-3, 0.0, -0.5])
    direction = rng.normal(size=2)
    points = np.array([[*direction / np.linalg.norm(direction) * np.sqrt(1 - c**2), c] for c in cosine]) * 0.02
    uv, _ = camera.project(points, np.eye(3), np.eye(4))
    expected = points[:, :2] / np.array([cosine[0], 1e-3, 1e-3, 1e-3])[:, None] / 0.02
    np.testing.assert_allclose(uv, expected, rtol=1e-12)


@pytest.mark.parametrize("length", [0.0, 1e-30, 1e-18])
def test_a_point_at_the_cameras_own_place_has_a_finite_value_and_gradient(length):
    points = tf.constant([[length, -length, length]])
    with tf.GradientTape() as tape:
        tape.watch(points)
        uv, _ = camera.project(points, tf.eye(3), tf.eye(4))
    assert (np.abs(uv) <= 1 / camera.MIN_COSINE).all()
    assert np.isfinite(tape.gradient(uv, points)).all()


def test_gradients_of_projection_and_unprojection_agree_with_finite_differences(scene):
    points, intrinsics, extrinsics = (each[0, 0] for each in scene)

    def there_and_back(array):
        uv, depth = camera.project(array, intrinsics, extrinsics)
        return tf.reduce_sum(uv * [1.0, 2.0]) + tf.reduce_sum(
            camera.unproject(uv, depth + 0.5, intrinsics, extrinsics) ** 2
        )

    _, gradient = gradient_of(there_and_back, points)
    numeric = reference.numeric_gradient(there_and_back, points)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_round_trip_in_a_compiled_function_with_dynamic_batch(scene, dtype, jit_compile):
    points, intrinsics, extrinsics = (each.astype(dtype) for each in scene)
    signature = [tf.TensorSpec([None, *each.shape[1:]], dtype) for each in (points, intrinsics, extrinsics)]

    @tf.function(input_signature=signature, jit_compile=jit_compile)
    def there_and_back(points, intrinsics, extrinsics):
        return camera.unproject(*camera.project(points, intrinsics, extrinsics), intrinsics, extrinsics)

    result = there_and_back(points, intrinsics, extrinsics)
    assert result.dtype == dtype
    # Some 20 roundings of camera coordinates of up to 7.
    np.testing.assert_allclose(result, points, atol=1e-5 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("points_world", (np.zeros((5, 2)), np.eye(3), np.eye(4))),
        ("intrinsics", (np.zeros((5, 3)), np.eye(4), np.eye(4))),
        ("extrinsics", (np.zeros((5, 3)), np.eye(3), np.eye(3))),
    ],
)
def test_a_wrong_shape_is_named(name, arguments):
    with pytest.raises(ValueError, match=f"`{name}` must have shape"):
        camera.project(*arguments)
