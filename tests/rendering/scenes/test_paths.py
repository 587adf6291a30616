"""Paths against hand-made values."""

import numpy as np
from scipy.spatial.transform import Rotation

from tfkeypoints.rendering.scenes.paths import eased, rotation_about, wander


def test_value_eases_between_knots_and_stands_still_outside_them():
    knots = [[0.0, 1.0], [4.0, 1.0], [4.0, -1.0]]
    path = eased(np.array([-1.0, 0, 0.5, 1, 2, 4, 5, 9]), [0, 2, 6], knots)
    quarter = 3 / 16 - 2 / 64
    expected = [[0, 1], [0, 1], [4 * quarter, 1], [2, 1], [4, 1], [4, 0], [4, 1 - 2 * (27 / 16 - 54 / 64)], [4, -1]]
    np.testing.assert_allclose(path, expected, atol=1e-12)


def test_speed_is_zero_at_every_knot():
    knots = np.array([[0.0], [1.0], [-2.0]])
    speeds = np.diff(eased(np.array([0.3, 0.3 + 1e-4]), [0.0, 0.3, 1.0], knots), axis=0) / 1e-4
    np.testing.assert_allclose(speeds, 0, atol=1e-2)


def test_wandering_curves_are_smooth_bounded_and_independent():
    times = np.linspace(0, 1, 200)
    curves = wander(np.random.default_rng(3), times, 8)
    assert curves.shape == (200, 8)
    assert np.abs(curves).max() <= 1
    assert np.abs(np.gradient(curves, times, axis=0)).max() <= 2 * np.pi * 0.8 + 0.05
    assert np.abs(np.corrcoef(curves.T) - np.eye(8)).max() < 0.999
    assert curves.std(axis=0).min() > 0.05


def test_rotation_agrees_with_another_implementation(rng):
    axis = rng.normal(size=3)
    axis /= np.linalg.norm(axis)
    angles = rng.uniform(-7, 7, 5)
    expected = Rotation.from_rotvec(angles[:, None] * axis).as_matrix()
    np.testing.assert_allclose(rotation_about(axis, angles), expected, atol=1e-12)
