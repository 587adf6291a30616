"""Tracking error, motion ratio and roles against loops and hand-made keypoints."""

import numpy as np
import pytest

from tfkeypoints.metrics import tracking
from tfkeypoints.metrics.tracking import Tracking

EPISODES = np.repeat(["a", "b", "c"], 10)


@pytest.fixture
def landmarks(rng):
    return rng.normal(size=(30, 2, 3))


def test_errors_are_those_of_every_keypoint_with_its_mean_offset(rng, landmarks):
    keypoints, seen = rng.normal(size=(30, 4, 3)), rng.normal(size=(20, 4, 3))
    fitted = Tracking(seen, landmarks[:20])
    errors = fitted.errors(keypoints, landmarks)
    for k, row in np.ndindex(4, 2):
        offset = np.mean([landmarks[n, row] - seen[n, k] for n in range(20)], axis=0)
        distances = [np.linalg.norm(keypoints[n, k] + offset - landmarks[n, row]) for n in range(30)]
        np.testing.assert_allclose(errors[k, row], np.mean(distances))


def test_a_keypoint_at_a_constant_offset_is_chosen_and_has_no_error(rng, landmarks):
    keypoints = rng.normal(size=(30, 5, 3))
    keypoints[:, 3], keypoints[:, 1] = landmarks[:, 0] + [1, -2, 5], landmarks[:, 1]
    fitted = Tracking(keypoints[:20], landmarks[:20])
    assert fitted.chosen.tolist() == [3, 1]
    errors = fitted.errors(keypoints[20:], landmarks[20:])
    np.testing.assert_allclose(errors[[3, 1], [0, 1]], 0, atol=1e-12)
    np.testing.assert_allclose(fitted.offsets[3, 0], [-1, 2, -5], atol=1e-12)


def test_the_choice_is_made_on_training_frames(rng, landmarks):
    seen, held_out = rng.normal(size=(2, 30, 2, 3))
    seen[:, 0], held_out[:, 1] = landmarks[:, 0], landmarks[:, 0]
    assert Tracking(seen, landmarks[:, :1]).chosen.tolist() == [0]


def test_motion_ratio_is_the_slope_within_episodes(rng, landmarks):
    moved = 0.7 * landmarks[:, 0] + np.repeat(rng.normal(0, 50, (3, 3)), 10, axis=0)
    keypoints = np.stack([moved, np.zeros_like(moved), -landmarks[:, 0]], axis=1)
    ratios = tracking.motion_ratio(keypoints, landmarks[:, :1], EPISODES)
    np.testing.assert_allclose(ratios[:, 0], [0.7, 0, -1], atol=1e-12)


def test_motion_ratio_equals_the_regression_by_loops(rng, landmarks):
    keypoints = rng.normal(size=(30, 1, 3))
    over, under = 0.0, 0.0
    for episode in "abc":
        rows = np.flatnonzero(episode == EPISODES)
        for n in rows:
            step = landmarks[n, 1] - landmarks[rows, 1].mean(0)
            over += step @ (keypoints[n, 0] - keypoints[rows, 0].mean(0))
            under += step @ step
    np.testing.assert_allclose(tracking.motion_ratio(keypoints, landmarks, EPISODES)[0, 1], over / under)


def test_a_landmark_that_stands_still_has_no_motion_ratio(landmarks):
    landmarks[:, 1] = np.float32(0.1) + 1e-4 * landmarks[:, 1]
    ratios = tracking.motion_ratio(landmarks[:, :1], landmarks, EPISODES)
    assert ratios[0, 0] == pytest.approx(1) and np.isnan(ratios[0, 1])
    assert np.isnan(tracking.motion_ratio(landmarks, np.zeros((30, 1, 3)), EPISODES)).all()


def test_every_role_is_told_and_following_comes_first(rng):
    keypoints = np.zeros((20, 5, 3))
    keypoints[:, [0, 3, 4], 0] = rng.normal(0, 10, (20, 3))
    errors = np.array([[2.0, 9.0], [2.0, 2.0], [9.0, 9.0], [9.0, 9.0], [9.0, 1.0]])
    ratios = np.array([[0.6, 1.0], [0.1, np.nan], [0.0, 0.0], [0.9, 0.9], [0.0, 0.9]])
    attention = np.broadcast_to(np.array([0.3, 0.3, 0.01, 0.389, 0.001]), (20, 2, 5)).copy()
    told = tracking.roles(errors, ratios, keypoints, attention, tolerance=3.0)
    assert told.tolist() == ["following", "static", "idle", "wandering", "following"]
    attention[:, 1, 2] = 0.3
    assert tracking.roles(errors, ratios, keypoints, attention, 3.0)[2] == "static"


def test_bad_input_is_named(landmarks):
    with pytest.raises(ValueError, match=r"landmarks.shape=\(30, 2, 3\)"):
        Tracking(landmarks[:20], landmarks)
    with pytest.raises(ValueError, match="tolerance=0"):
        tracking.roles(np.ones((2, 1)), np.ones((2, 1)), landmarks, np.ones((30, 1, 2)), tolerance=0)


def test_a_landmark_is_followed_by_who_is_near_and_moves_with_it():
    errors = np.array([[0.02, 0.02, 0.02], [0.04, 0.01, 0.5]])
    ratios = np.array([[0.6, 0.4, np.nan], [1.0, 1.2, 1.0]])
    expected = [[True, False, False], [False, True, False]]
    assert tracking.followers(errors, ratios, tolerance=0.03).tolist() == expected
    with pytest.raises(ValueError, match="tolerance"):
        tracking.followers(errors, ratios, tolerance=0)


def test_how_far_keypoints_are_apart():
    """Neighbours at 1 and 3 in the first frame, 2 each in the second: (1 + 1 + 3 + 2 + 2 + 2) / 6."""
    frames = np.zeros((2, 3, 3))
    frames[0, :, 0], frames[1, :, 1] = [0, 1, 4], [0, 2, 4]
    assert tracking.apart(frames) == pytest.approx(11 / 6)
    assert np.isnan(tracking.apart(frames[:, :1]))
    assert np.isnan(tracking.apart(frames[:, :0]))
