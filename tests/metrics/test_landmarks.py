"""Ridge map, landmark error and PCK against closed forms and hand-made values."""

import numpy as np
import pytest

from tfkeypoints.metrics import landmarks
from tfkeypoints.metrics.landmarks import RidgeMap


def test_an_affine_relation_is_recovered_on_unseen_objects():
    rng = np.random.default_rng(0)
    points = np.repeat(rng.normal([5, 0, 0], [1, 20, 0.1], (80, 1, 4, 3)), 2, axis=1)
    true = points[:, 0].reshape(80, 12) @ rng.normal(size=(12, 9)) + rng.normal(size=9)
    true = true.reshape(80, 3, 3)
    predicted = RidgeMap(points[:60], true[:60]).predict(points[60:])
    assert predicted.shape == (20, 2, 3, 3)
    np.testing.assert_allclose(predicted, np.repeat(true[60:, None], 2, axis=1), atol=0.01)


def test_the_map_solves_the_normal_equations_for_the_chosen_penalty():
    rng = np.random.default_rng(1)
    points, true = rng.normal(3, 2, (30, 2, 2, 3)), rng.normal(size=(30, 2, 3))
    fitted = RidgeMap(points, true)
    inputs, targets = points.reshape(60, 6), np.repeat(true.reshape(30, 6), 2, axis=0)
    standard = (inputs - inputs.mean(0)) / inputs.std(0)
    for landmark, penalty in enumerate(fitted.penalties):
        own = targets[:, 3 * landmark : 3 * landmark + 3]
        weights = np.linalg.inv(standard.T @ standard / 60 + penalty * np.eye(6)) @ standard.T @ own / 60
        expected = standard @ weights + own.mean(0)
        np.testing.assert_allclose(fitted.predict(points)[:, :, landmark].reshape(60, 3), expected, atol=1e-9)


def test_a_landmark_that_keypoints_know_nothing_of_has_a_stronger_penalty_than_one_that_they_show():
    rng = np.random.default_rng(2)
    points = rng.normal(size=(60, 1, 5, 3))
    unrelated, shown = RidgeMap(points, np.stack([rng.normal(size=(60, 3)), points[:, 0, 1]], 1)).penalties
    assert unrelated > 100 * shown


def test_examples_of_one_object_are_held_out_together():
    rng = np.random.default_rng(3)
    objects = rng.normal(size=(8, 4, 3))
    owner = np.tile(np.arange(8), 5)
    held_out = landmarks._held_out_quarter(objects[owner].reshape(40, -1), seed=0)
    assert set(owner[held_out]).isdisjoint(owner[~held_out])
    assert held_out.sum() == 10


def test_frames_of_an_episode_are_held_out_together_so_that_what_tells_episodes_apart_is_not_trusted():
    rng = np.random.default_rng(6)
    episodes = np.repeat(np.array([f"episode {number}" for number in range(12)], object), 10)
    place = np.repeat(rng.normal(size=(12, 1, 3)), 10, axis=0)  # of a landmark, one for each episode
    code = np.repeat(rng.normal(size=(12, 1, 6, 3)), 10, axis=0)  # unrelated, but tells the episodes apart
    frames = place + 1e-3 * rng.normal(size=place.shape)
    assert RidgeMap(code, frames, episodes).penalties > 100 * RidgeMap(code, frames).penalties


def test_a_keypoint_that_never_moves_is_harmless():
    rng = np.random.default_rng(4)
    points = rng.normal(size=(20, 1, 3, 3))
    points[:, :, 1] = 7
    assert np.isfinite(RidgeMap(points, rng.normal(size=(20, 2, 3))).predict(points)).all()


def test_error_is_the_distance_of_every_landmark_in_every_view():
    true = np.zeros((1, 2, 3))
    predicted = np.zeros((1, 2, 2, 3))
    predicted[0, 1, 0] = [3, 4, 0]
    np.testing.assert_allclose(landmarks.landmark_error(predicted, true), [[[0, 0], [5, 0]]])


def test_size_is_the_diagonal_of_the_bounding_box_and_pck_is_relative_to_it():
    sizes = landmarks.object_size([[[0, 0, 0], [1, 2, 2]], [[0, 0, 0], [0, 0, 1]]])
    np.testing.assert_allclose(sizes, [3, 1])
    errors = np.array([[[0.2, 0.4]], [[0.2, 0.05]]])
    assert landmarks.pck(errors, sizes, (0.1, 0.15)) == {0.1: 0.5, 0.15: 0.75}


def test_bad_input_is_named():
    points = np.ones((4, 2, 3, 3))
    with pytest.raises(ValueError, match="two or more different objects"):
        RidgeMap(points, np.ones((4, 2, 3)))
    with pytest.raises(ValueError, match=r"landmarks.shape=\(3, 2, 3\)"):
        RidgeMap(points, np.ones((3, 2, 3)))
    with pytest.raises(ValueError, match=r"points_world.shape=\(4, 2, 5, 3\)"):
        RidgeMap(points, np.arange(24.0).reshape(4, 2, 3)).predict(np.ones((4, 2, 5, 3)))
    with pytest.raises(ValueError, match="groups"):
        RidgeMap(points, np.arange(24.0).reshape(4, 2, 3), groups=[0, 1])
    with pytest.raises(ValueError, match="sizes"):
        landmarks.pck(np.ones((1, 1, 2)), [0.0])
