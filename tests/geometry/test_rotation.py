"""Conversions and angles against hand-made values, Rodrigues' formula, SciPy and finite differences."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.transform import Rotation

from tests import reference
from tests.geometry.gradients import gradient_of
from tfkeypoints.geometry import rotation

EPSILON = np.finfo(np.float64).eps


@pytest.mark.parametrize("angle", [0.0, 1e-4, 0.3, 2.0, 3.14159, np.pi])
def test_angular_distance_is_the_angle_turned(angle, rng):
    start = reference.random_rotation(rng)
    turned = start @ reference.axis_rotation([2, -1, 0.5], angle)
    assert float(rotation.angular_distance(start, turned)) == pytest.approx(angle, abs=1e-7)


def test_angular_distance_resolves_small_angles_in_float32():
    turned = reference.axis_rotation([0, 0, 1], 1e-5).astype("float32")
    assert float(rotation.angular_distance(np.eye(3, dtype="float32"), turned)) == pytest.approx(1e-5, rel=1e-3)


def test_angular_distance_agrees_with_the_papers_formula(rng):
    a, b = reference.random_rotation(rng), reference.random_rotation(rng)
    papers = 2 * np.arcsin(np.linalg.norm(a - b) / (2 * np.sqrt(2)))
    assert float(rotation.angular_distance(a, b)) == pytest.approx(papers)


@pytest.mark.parametrize("angle", [0.0, 1e-9, np.pi - 1e-9, np.pi])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradient_of_angular_distance_is_finite_at_its_ends(angle, dtype):
    b = reference.axis_rotation([0, 1, 0], angle).astype(dtype)
    value, gradient = gradient_of(lambda a: rotation.angular_distance(a, b), np.eye(3, dtype=dtype))
    assert value == pytest.approx(angle, abs=1e-3 if dtype == "float32" else 1e-7)
    assert np.isfinite(gradient).all()
    assert abs(gradient).max() <= 1


def test_gradient_of_angular_distance_agrees_with_finite_differences(rng):
    a, b = reference.random_rotation(rng), reference.random_rotation(rng)
    _, gradient = gradient_of(lambda x: rotation.angular_distance(x, b), a)
    numeric = reference.numeric_gradient(lambda x: rotation.angular_distance(x, b), a)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-8)


def test_axis_angle_and_quaternion_and_euler_make_the_same_quarter_turn():
    quarter = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    half = np.sqrt(0.5)
    np.testing.assert_allclose(rotation.from_axis_angle([0.0, 0.0, 1.0], [np.pi / 2]), quarter, atol=1e-6)
    np.testing.assert_allclose(rotation.from_quaternion([0.0, 0.0, half, half]), quarter, atol=1e-6)
    np.testing.assert_allclose(rotation.from_euler([0.0, 0.0, np.pi / 2]), quarter, atol=1e-6)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_procrustes_and_angle_in_a_compiled_function_with_dynamic_batch(rng, jit_compile):
    source = rng.normal(size=(3, 6, 3)).astype("float32")
    truth = np.stack([reference.random_rotation(rng) for _ in range(3)]).astype("float32")
    spec = tf.TensorSpec([None, 6, 3], tf.float32)

    @tf.function(input_signature=[spec, spec, tf.TensorSpec([None, 3, 3], tf.float32)], jit_compile=jit_compile)
    def error_and_gradient(source, target, truth):
        with tf.GradientTape() as tape:
            tape.watch(target)
            angle = rotation.angular_distance(rotation.procrustes(source, target), truth)
        return angle, tape.gradient(angle, target)

    angle, gradient = error_and_gradient(source, source @ truth.transpose(0, 2, 1), truth)
    np.testing.assert_allclose(angle, np.zeros(3), atol=2e-3)
    assert np.isfinite(gradient).all()


BATCH = [[1.0, -2.0, 0.5], [0.0, 0.0, -3.0], [0.3, 0.1, 0.2], [-1.5, 2.0, 1.0]]
"""Rotation vectors of angles from 0.37 to 3."""


def test_rotation_vectors_become_the_rotations_of_rodrigues_in_float64():
    found = rotation.from_rotation_vector(np.reshape(BATCH, (2, 2, 3)))
    assert found.dtype == tf.float64
    expected = [reference.axis_rotation(each, np.linalg.norm(each)) for each in BATCH]
    np.testing.assert_allclose(found, np.reshape(expected, (2, 2, 3, 3)), atol=16 * EPSILON)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("length", [0.0, 1e-170, 1e-30, 1e-20, 1e-8, 1e-3])
def test_small_rotation_vectors_turn_by_their_cross_product(length, dtype):
    vector = (length * np.array([2.0, -1, 2]) / 3).astype(dtype)
    matrix = rotation.from_rotation_vector(vector).numpy()
    x, y, z = vector.astype(np.float64)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    np.testing.assert_allclose(matrix - np.eye(3), cross, atol=length**2 + np.finfo(dtype).eps)
    np.testing.assert_allclose(matrix - matrix.T, 2 * cross, rtol=max(length**2, 8 * np.finfo(dtype).eps), atol=1e-38)
    if length == 0:
        np.testing.assert_array_equal(matrix, np.eye(3))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("length", [0.0, 1e-200, 1e-30, 1e-18, 1e-9])
def test_gradient_of_small_rotation_vectors_is_the_generators(length, dtype):
    probe = np.arange(9.0).reshape(3, 3)
    _, gradient = gradient_of(
        lambda vector: tf.reduce_sum(rotation.from_rotation_vector(vector) * probe),
        np.array([length, 0, -length]).astype(dtype),
    )
    np.testing.assert_allclose(gradient, [7 - 5, 2 - 6, 3 - 1], rtol=100 * np.finfo(dtype).eps, atol=100 * length)


@pytest.mark.parametrize("vector", [*BATCH, [np.pi, 0, 0], [0, 2.5, 2.5], [5.0, -4, 3]])
def test_gradient_of_rotation_vectors_agrees_with_finite_differences(vector, rng):
    probe = rng.normal(size=(3, 3))

    def function(array):
        return tf.reduce_sum(rotation.from_rotation_vector(array) * probe)

    _, gradient = gradient_of(function, np.array(vector))
    numeric = reference.numeric_gradient(function, np.array(vector))
    np.testing.assert_allclose(gradient, numeric, rtol=1e-7, atol=1e-8)


def test_axis_angle_takes_an_axis_of_any_length_and_a_scalar_or_broadcast_angle(rng):
    axis, angles = np.array([3.0, -1, 2]), rng.uniform(-7, 7, (5, 1))
    expected = np.stack([reference.axis_rotation(axis, angle) for angle in angles[:, 0]])
    np.testing.assert_allclose(rotation.from_axis_angle(axis, angles), expected, atol=1e-14)
    np.testing.assert_allclose(rotation.from_axis_angle(axis * 1e200, angles[0, 0]), expected[0], atol=1e-14)
    np.testing.assert_allclose(
        rotation.from_axis_angle(np.stack([axis, -axis]), angles[0])[1], expected[0].T, atol=1e-14
    )


@pytest.mark.parametrize("scale", [1.0, 2.0, 1e-3, 1e180, 1e-180])
def test_quaternions_of_any_length_agree_with_another_implementation(scale, rng):
    quaternions = rng.normal(size=(2, 3, 4))
    expected = Rotation.from_quat(quaternions.reshape(-1, 4)).as_matrix().reshape(2, 3, 3, 3)
    np.testing.assert_allclose(rotation.from_quaternion(scale * quaternions), expected, atol=16 * EPSILON)
    first = scale * np.roll(quaternions, 1, axis=-1)
    np.testing.assert_allclose(rotation.from_quaternion(first, order="wxyz"), expected, atol=16 * EPSILON)


def test_gradient_of_a_quaternion_that_is_not_of_length_1_agrees_with_finite_differences(rng):
    quaternion, probe = rng.normal(size=4), rng.normal(size=(3, 3))

    def function(array):
        return tf.reduce_sum(rotation.from_quaternion(array) * probe)

    _, gradient = gradient_of(function, quaternion)
    np.testing.assert_allclose(gradient, reference.numeric_gradient(function, quaternion), rtol=1e-6, atol=1e-8)


def test_euler_angles_turn_about_x_then_y_then_z():
    x, y, z = 0.3, -1.1, 2.0
    turns = [reference.axis_rotation(axis, angle) for axis, angle in zip(np.eye(3), (x, y, z), strict=True)]
    found = rotation.from_euler(np.array([x, y, z]))
    assert found.dtype == tf.float64
    np.testing.assert_allclose(found, turns[2] @ turns[1] @ turns[0], atol=1e-15)


HALF_TURNS = [[0.0, 0, 1], [1, 0, 0], [0, -1, 0], [1, 2, 3], [-3, 1, 0.5], [1, 1, 1]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("axis", HALF_TURNS)
@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-5, 0.1, 2.0, np.pi - 1e-5, np.pi - 1e-12, np.pi])
def test_vectors_and_quaternions_come_back_from_their_matrices(axis, angle, dtype):
    axis = np.array(axis) / np.linalg.norm(axis)
    matrix = reference.axis_rotation(axis, angle).astype(dtype)
    vector, quaternion = rotation.to_rotation_vector(matrix).numpy(), rotation.to_quaternion(matrix).numpy()
    assert vector.dtype == quaternion.dtype == dtype
    sign = 1 if angle < 3.1415 or vector @ axis > 0 else -1  # a half turn has two vectors
    step = np.finfo(dtype).eps
    np.testing.assert_allclose(vector, sign * angle * axis, atol=8 * step)
    expected = [*(sign * np.sin(angle / 2) * axis), abs(np.cos(angle / 2))]
    np.testing.assert_allclose(quaternion, expected, atol=4 * step)
    np.testing.assert_array_equal(rotation.to_quaternion(matrix, order="wxyz"), np.roll(quaternion, 1))
    assert quaternion[3] >= 0


@pytest.mark.parametrize("length", [1e-30, 1e-12, 1e-6])
def test_small_rotation_vectors_come_back_with_all_their_digits(length):
    vector = np.array([3.0, -1, 2]) * length
    found = rotation.to_rotation_vector(rotation.from_rotation_vector(vector))
    np.testing.assert_allclose(found, vector, rtol=8 * EPSILON)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("axis", HALF_TURNS)
@pytest.mark.parametrize("angle", [0.0, 1e-9, np.pi - 1e-9, np.pi])
def test_gradient_of_inverses_is_finite_at_no_turn_and_at_half_turns(axis, angle, dtype):
    matrix = reference.axis_rotation(axis, angle).astype(dtype)
    for function in (rotation.to_quaternion, rotation.to_rotation_vector):
        _, gradient = gradient_of(lambda array, function=function: tf.reduce_sum(function(array)), matrix)
        assert np.isfinite(gradient).all()
        assert 0.1 < abs(gradient).max() < 10


@pytest.mark.parametrize("vector", [[0.0, 0, 0], *BATCH, [3.1, 0.1, 0.2]])
def test_gradient_through_matrix_and_back_is_the_identity(vector):
    vector = tf.constant(vector, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(vector)
        back = rotation.to_rotation_vector(rotation.from_rotation_vector(vector))
    np.testing.assert_allclose(back, vector, atol=1e-14)
    np.testing.assert_allclose(tape.jacobian(back, vector), np.eye(3), atol=1e-12)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_conversions_in_a_compiled_function_with_dynamic_batch(jit_compile):
    spec = tf.TensorSpec([None, None, 3], tf.float64)

    @tf.function(input_signature=[spec], jit_compile=jit_compile)
    def convert(vectors):
        matrices = rotation.from_rotation_vector(vectors)
        lengths = tf.norm(vectors, axis=-1, keepdims=True)
        return (
            matrices,
            rotation.from_axis_angle(vectors, lengths),
            rotation.from_quaternion(3 * rotation.to_quaternion(matrices)),
            rotation.from_rotation_vector(rotation.to_rotation_vector(matrices)),
            rotation.from_euler(vectors),
        )

    *same, euler = convert(np.reshape(BATCH, (2, 2, 3)))
    expected = [reference.axis_rotation(each, np.linalg.norm(each)) for each in BATCH]
    for each in same:
        np.testing.assert_allclose(each, np.reshape(expected, (2, 2, 3, 3)), atol=1e-14)
    np.testing.assert_allclose(euler, rotation.from_euler(np.reshape(BATCH, (2, 2, 3))), atol=1e-14)


@pytest.mark.parametrize("quaternion", [[0.0, 0, 0, 0], [np.nan, 0, 0, 1], [np.inf, 0, 0, 1]])
def test_in_a_graph_a_quaternion_that_is_none_gives_nan_and_no_rotation(quaternion):
    convert = tf.function(rotation.from_quaternion, input_signature=[tf.TensorSpec([None, 4], tf.float32)])
    assert np.isnan(convert([quaternion])).any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rotation.from_quaternion([[0, 0, 0, 1], [0, 0, 0, 0]]), "`quaternion` must be finite and not zero"),
        (lambda: rotation.from_quaternion([np.nan, 0, 0, 1]), "`quaternion` must be finite.*nan"),
        (lambda: rotation.from_quaternion([0.0, 0, 1]), r"`quaternion` must have shape \[..., 4\]"),
        (lambda: rotation.from_quaternion([0.0, 0, 0, 1], order="xwyz"), "`order` must be 'xyzw' or 'wxyz'.*xwyz"),
        (lambda: rotation.to_quaternion(np.eye(3), order="w"), "`order` must be"),
        (lambda: rotation.from_axis_angle([0.0, 0, 0], 1.0), "`axis` must be finite and not zero"),
        (lambda: rotation.from_axis_angle([0.0, 0, np.inf], 1.0), "`axis` must be finite"),
        (lambda: rotation.from_axis_angle([0.0, 0, 1], np.nan), "`angle` must give finite angles.*nan"),
        (lambda: rotation.from_axis_angle(np.eye(3), np.ones(3)), r"`angle` must have shape \[..., 1\].*\(3,\)"),
        (lambda: rotation.from_axis_angle(np.eye(3), np.ones((2, 1))), r"batch dimensions.*\(3, 3\).*\(2, 1\)"),
        (lambda: rotation.from_euler([0.0, np.inf, 0]), "`angles` must give finite angles"),
        (lambda: rotation.from_euler([0.0, 1]), r"`angles` must have shape \[..., 3\]"),
        (lambda: rotation.from_euler(["a", "b", "c"]), "`angles` must be an array of real numbers"),
        (lambda: rotation.from_euler(np.array([1j, 0, 0])), "`angles` must be an array of real numbers"),
        (lambda: rotation.from_rotation_vector([np.nan, 0, 0]), "`vector` must give finite angles.*nan"),
        (lambda: rotation.from_rotation_vector([1e30, 0, 0]), r"`vector` must give finite angles.*e\+30"),
        (lambda: rotation.from_rotation_vector(0.5), r"`vector` must have shape \[..., 3\]"),
        (lambda: rotation.to_rotation_vector(2 * np.eye(3)), r"`matrix` must be a rotation.*max \|RᵀR - I\| = 3"),
        (lambda: rotation.to_quaternion([np.eye(3), -np.eye(3)]), "in view 1 det R = -1, a reflection"),
        (lambda: rotation.to_quaternion(np.full((3, 3), np.nan)), "not finite"),
        (lambda: rotation.to_quaternion(np.eye(4)), r"`matrix` must have shape \[..., 3, 3\]"),
    ],
)
def test_what_makes_no_rotation_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
