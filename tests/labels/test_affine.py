"""Weighted sums of keypoints, against those that the points were made with."""

import numpy as np
import pytest

from tests import reference
from tfkeypoints.labels import affine


@pytest.fixture
def keypoints(rng):
    return rng.normal(size=(40, 6, 3)) + rng.normal(size=(40, 1, 3)) * 3


def test_weights_that_a_point_was_made_with_come_back(keypoints):
    weights = np.array([0.7, -0.4, 0.5, 0.0, 0.4, -0.2])
    points = np.einsum("k,nkd->nd", weights, keypoints)
    (found,) = affine.fit(keypoints, points, [1e-12])
    np.testing.assert_allclose(found, weights, rtol=0, atol=1e-9)
    np.testing.assert_allclose(affine.chosen(keypoints, points), weights, rtol=0, atol=1e-4)


def test_weights_are_those_of_the_formula(keypoints, rng):
    """The minimum of the formula, found by Lagrange's multiplier."""
    points = rng.normal(size=(40, 3))
    for penalty, found in zip([0.01, 3.0], affine.fit(keypoints, points, [0.01, 3.0]), strict=True):
        rows, wanted = np.moveaxis(keypoints, 1, 2).reshape(-1, 6), points.reshape(-1)
        middle = rows.mean(1, keepdims=True)
        ridge = penalty * len(rows) * np.mean((rows - middle) ** 2)
        system = np.block([[rows.T @ rows + ridge * np.eye(6), np.ones((6, 1))], [np.ones((1, 6)), np.zeros((1, 1))]])
        expected = np.linalg.solve(system, [*(rows.T @ wanted + ridge / 6), 1])[:6]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_the_map_follows_every_motion_and_scale(keypoints, rng):
    points = keypoints[:, 0] * 0.5 + keypoints[:, 1] * 0.5 + rng.normal(size=(40, 3)) * 0.1
    weights = affine.chosen(keypoints, points)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    turn, shift = reference.random_rotation(rng), np.array([100.0, -3, 8])
    moved = 7 * keypoints @ turn.T + shift
    expected = 7 * affine.apply(weights[None], keypoints) @ turn.T + shift
    np.testing.assert_allclose(affine.apply(weights[None], moved), expected, rtol=0, atol=1e-10)
    np.testing.assert_allclose(affine.chosen(moved, 7 * points @ turn.T + shift), weights, rtol=0, atol=1e-6)


def test_one_keypoint_and_keypoints_in_one_place(rng):
    points = rng.normal(size=(5, 3))
    for keypoints in (rng.normal(size=(5, 1, 3)), np.repeat(rng.normal(size=(5, 1, 3)), 4, 1)):
        np.testing.assert_allclose(affine.chosen(keypoints, points), 1 / keypoints.shape[1], rtol=0, atol=1e-12)


def test_frames_that_follow_each_other_are_held_out_together():
    assert [part.tolist() for part in affine.folds(4)] == [[0], [1], [2], [3]]
    parts = affine.folds(25)
    assert len(parts) == 10 and np.concatenate(parts).tolist() == list(range(25))


def test_unknown_keypoints_give_unknown_points(keypoints):
    keypoints[3] = np.nan
    found = affine.apply(np.full((2, 6), 1 / 6), keypoints)
    assert np.isnan(found).all((1, 2)).tolist() == [time == 3 for time in range(40)]
