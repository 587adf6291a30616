"""Procrustes: against Kabsch, differences, and where the points do not determine a rotation."""

import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tests.geometry.gradients import gradient_of
from tfkeypoints.geometry.procrustes import procrustes


def test_procrustes_recovers_a_known_rotation_whatever_the_shift(rng):
    truth = reference.random_rotation(rng)
    source = rng.normal(size=(7, 3))
    np.testing.assert_allclose(procrustes(source, source @ truth.T + [1, 2, 3]), truth, atol=1e-12)


def test_procrustes_agrees_with_kabsch_on_noisy_weighted_batches(rng):
    source, target = rng.normal(size=(4, 2, 6, 3)), rng.normal(size=(4, 2, 6, 3))
    weights = rng.uniform(0.1, 1, (4, 2, 6))
    found = procrustes(source, target, weights).numpy()
    for index in np.ndindex(4, 2):
        expected = reference.kabsch(source[index], target[index], weights[index])
        np.testing.assert_allclose(found[index], expected, atol=1e-9)
        assert np.linalg.det(found[index]) == pytest.approx(1)


def test_procrustes_of_mirrored_points_is_still_a_rotation(rng):
    source = rng.normal(size=(6, 3))
    found = procrustes(source, source * [-1, 1, 1]).numpy()
    assert np.linalg.det(found) == pytest.approx(1)


def test_points_of_weight_zero_have_no_say(rng):
    truth, source = reference.random_rotation(rng), rng.normal(size=(6, 3))
    target = source @ truth.T
    target[0] += 100
    weights = np.array([0.0, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(procrustes(source, target, weights), truth, atol=1e-9)


def test_gradient_of_procrustes_agrees_with_finite_differences(rng):
    source, target, probe = rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), rng.normal(size=(3, 3))

    def function(array):
        return tf.reduce_sum(procrustes(source, array) * probe)

    _, gradient = gradient_of(function, target)
    np.testing.assert_allclose(gradient, reference.numeric_gradient(function, target), rtol=1e-5, atol=1e-7)


def test_gradient_of_procrustes_is_right_where_singular_values_meet():
    source = np.concatenate([np.eye(3), -np.eye(3)])
    target = source @ reference.axis_rotation([1, 2, 3], 0.7).T
    probe = np.arange(9.0).reshape(3, 3)

    def function(array):
        return tf.reduce_sum(procrustes(source, array) * probe)

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
        return tf.reduce_sum(procrustes(array, source) * np.arange(9).reshape(3, 3).astype(dtype))

    found = procrustes(source, source).numpy()
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-5)
    assert np.linalg.det(found) == pytest.approx(1, abs=1e-5)
    _, gradient = gradient_of(function, source)
    assert np.isfinite(gradient).all()
    assert abs(gradient).max() < 1e5


def test_a_wrong_shape_is_named():
    with pytest.raises(ValueError, match="`target` must have shape"):
        procrustes(np.zeros((4, 3)), np.zeros((4, 2)))
