import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tfkeypoints.geometry import rotation


def gradient_of(function, array):
    variable = tf.constant(array)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        value = function(variable)
    return value.numpy(), tape.gradient(value, variable).numpy()


def test_procrustes_recovers_a_known_rotation_whatever_the_shift(rng):
    truth = reference.random_rotation(rng)
    source = rng.normal(size=(7, 3))
    np.testing.assert_allclose(rotation.procrustes(source, source @ truth.T + [1, 2, 3]), truth, atol=1e-12)


def test_procrustes_agrees_with_kabsch_on_noisy_weighted_batches(rng):
    source, target = rng.normal(size=(4, 2, 6, 3)), rng.normal(size=(4, 2, 6, 3))
    weights = rng.uniform(0.1, 1, (4, 2, 6))
    found = rotation.procrustes(source, target, weights).numpy()
    for index in np.ndindex(4, 2):
        expected = reference.kabsch(source[index], target[index], weights[index])
        np.testing.assert_allclose(found[index], expected, atol=1e-9)
        assert np.linalg.det(found[index]) == pytest.approx(1)


def test_procrustes_of_mirrored_points_is_still_a_rotation(rng):
    source = rng.normal(size=(6, 3))
    found = rotation.procrustes(source, source * [-1, 1, 1]).numpy()
    assert np.linalg.det(found) == pytest.approx(1)


def test_points_of_weight_zero_have_no_say(rng):
    truth, source = reference.random_rotation(rng), rng.normal(size=(6, 3))
    target = source @ truth.T
    target[0] += 100
    weights = np.array([0.0, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(rotation.procrustes(source, target, weights), truth, atol=1e-9)


def test_gradient_of_procrustes_agrees_with_finite_differences(rng):
    source, target, probe = rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), rng.normal(size=(3, 3))

    def function(array):
        return tf.reduce_sum(rotation.procrustes(source, array) * probe)

    _, gradient = gradient_of(function, target)
    np.testing.assert_allclose(gradient, reference.numeric_gradient(function, target), rtol=1e-5, atol=1e-7)


def test_gradient_of_procrustes_is_right_where_singular_values_meet():
    source = np.concatenate([np.eye(3), -np.eye(3)])
    target = source @ reference.axis_rotation([1, 2, 3], 0.7).T
    probe = np.arange(9.0).reshape(3, 3)

    def function(array):
        return tf.reduce_sum(rotation.procrustes(source, array) * probe)

    _, gradient = gradient_of(function, target)
    np.testing.assert_allclose(gradient, reference.numeric_gradient(function, target), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "source",
    [np.zeros((5, 3)), np.ones((5, 3)), np.outer(np.arange(5.0), [1, 2, 3]), np.eye(3)[[0, 0, 0, 1, 1]]],
    ids=["all zero", "coincident", "collinear", "two places"],
)
def test_degenerate_points_give_a_rotation_and_a_finite_gradient(source, dtype):
    source = source.astype(dtype)

    def function(array):
        return tf.reduce_sum(rotation.procrustes(array, source) * np.arange(9).reshape(3, 3).astype(dtype))

    found = rotation.procrustes(source, source).numpy()
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-5)
    assert np.linalg.det(found) == pytest.approx(1, abs=1e-5)
    _, gradient = gradient_of(function, source)
    assert np.isfinite(gradient).all()
    assert abs(gradient).max() < 1e5


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


def test_a_wrong_shape_is_named():
    with pytest.raises(ValueError, match="`target` must have shape"):
        rotation.procrustes(np.zeros((4, 3)), np.zeros((4, 2)))
