"""Motion, jitter and rigs of cameras against loops and hand-made values."""

import numpy as np
import pytest

from tests import reference
from tfkeypoints.metrics import temporal


def test_motion_is_the_root_mean_square_distance_from_the_mean(rng):
    points = rng.normal(3, 2, (7, 2, 3))
    expected = [np.sqrt(np.mean([np.sum((x - points[:, p].mean(0)) ** 2) for x in points[:, p]])) for p in range(2)]
    np.testing.assert_allclose(temporal.motion(points), expected)


def test_the_mean_is_that_of_the_episode_even_where_episodes_are_mixed():
    points = np.array([1.0, 10.0, 3.0, 30.0])[:, None, None] * np.ones(3)
    moved = temporal.from_episode_mean(points, [b"a", b"b", b"a", b"b"])
    np.testing.assert_allclose(moved[:, 0, 0], [-1, -10, 1, 10])


def test_jitter_counts_consecutive_frames_of_one_episode_only(rng):
    points = rng.normal(size=(9, 2, 3))
    episodes = ["a"] * 5 + ["b"] * 4
    frames = [0, 1, 2, 3, 7, 0, 1, 2, 3]
    triples = [(0, 1, 2), (1, 2, 3), (5, 6, 7), (6, 7, 8)]
    squares = [np.sum((points[i] - 2 * points[j] + points[k]) ** 2, -1) for i, j, k in triples]
    np.testing.assert_allclose(temporal.jitter(points, episodes, frames), np.sqrt(np.mean(squares, axis=0)))


def test_steady_motion_has_no_jitter_and_two_frames_have_none_to_measure():
    line = np.arange(6.0)[:, None, None] * np.array([1.0, -2.0, 3.0])
    np.testing.assert_allclose(temporal.jitter(line, [0] * 6, range(6)), 0, atol=1e-12)
    assert np.isnan(temporal.jitter(line[:2], [0, 0], [0, 1])).all()


def moved_cameras(extrinsics, steps, turn=None):
    """The cameras `[V, 4, 4]` at places that have moved by `steps` `[N, V, 3]`, and turned."""
    moved = np.tile(extrinsics, (len(steps), 1, 1, 1))
    for n, v in np.ndindex(moved.shape[:2]):
        place = -extrinsics[v, :3, :3].T @ extrinsics[v, :3, 3] + steps[n, v]
        if turn is not None and n:
            moved[n, v, :3, :3] = moved[n, v, :3, :3] @ turn
        moved[n, v, :3, 3] = -moved[n, v, :3, :3] @ place
    return moved


def test_a_rig_that_rides_along_is_found_and_followed(rng):
    _, extrinsics = reference.random_cameras(rng, (3,))
    steps = rng.normal(0, 4, (5, 1, 3))
    centres = temporal.ride(np.float32(moved_cameras(extrinsics, np.tile(steps, (1, 3, 1)))))
    np.testing.assert_allclose(centres - centres[0], (steps - steps[0])[:, 0], atol=1e-4)


def test_fixed_cameras_have_a_constant_centre(rng):
    _, extrinsics = reference.random_cameras(rng, (3,))
    centres = temporal.ride(np.tile(extrinsics, (4, 1, 1, 1)))
    np.testing.assert_allclose(centres, np.tile(centres[0], (4, 1)))


def test_cameras_that_turn_or_move_each_by_itself_are_no_rig(rng):
    _, extrinsics = reference.random_cameras(rng, (3,))
    apart = moved_cameras(extrinsics, rng.normal(size=(5, 3, 3)))
    turning = moved_cameras(extrinsics, np.zeros((5, 3, 3)), reference.axis_rotation([1, 2, 3], 0.1))
    assert not temporal.ride(apart).any() and not temporal.ride(turning).any()


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"episodes.shape=\(2,\)"):
        temporal.jitter(np.ones((3, 1, 3)), ["a", "b"], [0, 1, 2])
    with pytest.raises(ValueError, match="frames"):
        temporal.jitter(np.ones((3, 1, 3)), ["a"] * 3, [0, 1])
