import subprocess
import sys

import pytest

pytest.importorskip("gymnasium", reason="Gymnasium is not installed (extra `control`)")

import numpy as np

from tests import reference
from tfkeypoints.control import environments
from tfkeypoints.control.environments.point_reach import CLOSE, REACH, SPEED, STEPS, PointReach

KEYS = ("image", "intrinsics", "extrinsics", "proprioception", "state")


@pytest.fixture
def env():
    return PointReach(KEYS, image_size=96)


def test_observations_lie_in_the_space_that_is_promised(env):
    observation, _ = env.reset(seed=0)
    assert env.observation_space.contains(observation)
    assert list(observation) == list(KEYS)


def test_the_ball_is_drawn_where_the_cameras_say(env):
    checked = 0
    for seed in range(5):
        observation, _ = env.reset(seed=seed)
        red = observation["image"][..., 0].astype(int) - observation["image"][..., 2] > 40
        for view in range(3):
            (u, v), _ = reference.project(
                observation["state"][:3].astype(float),
                observation["intrinsics"][view].astype(float),
                observation["extrinsics"][view].astype(float),
            )
            rows, columns = np.nonzero(red[view])
            if len(rows) < 60:  # hidden behind the target
                continue
            middle = (columns.max() + columns.min() + 1) / 96 - 1, (rows.max() + rows.min() + 1) / 96 - 1
            assert np.hypot(middle[0] - u, middle[1] - v) < 0.08
            checked += 1
    assert checked >= 10


def test_what_is_nearer_hides_what_is_farther(env):
    env.reset(seed=0)
    eye = -env._cameras[1][0, :3, :3].T @ env._cameras[1][0, :3, 3]
    env._ball, env._target = 0.3 * eye / np.linalg.norm(eye), -0.3 * eye / np.linalg.norm(eye)
    row, column = 48, 48
    pixel = env._image()[0, row, column].astype(int)
    assert pixel[0] > pixel[2] + 40
    env._ball, env._target = env._target, env._ball
    pixel = env._image()[0, row, column].astype(int)
    assert pixel[2] > pixel[0] + 40


def test_moving_straight_to_the_target_succeeds_and_is_paid_for_the_way(env):
    observation, _ = env.reset(seed=3)
    start = np.linalg.norm(observation["state"][3:] - observation["state"][:3])
    total, terminated = 0.0, False
    while not terminated:
        way = (observation["state"][3:] - observation["state"][:3]) / SPEED
        observation, reward, terminated, truncated, info = env.step(np.clip(way, -1, 1))
        total += reward
        assert not truncated
    left = np.linalg.norm(observation["state"][3:] - observation["state"][:3])
    assert info["success"] and left < CLOSE
    assert total == pytest.approx(10 * (start - left) + 10, abs=1e-4)


def test_standing_still_is_cut_off_and_no_success(env):
    env.reset(seed=0)
    for step in range(STEPS):
        _, reward, terminated, truncated, info = env.step(np.zeros(3))
        assert reward == 0 and not terminated and truncated == (step == STEPS - 1)
    assert info["success"] is False


def test_the_ball_stays_inside_and_proprioception_says_what_it_really_moved(env):
    env.reset(seed=0)
    for _ in range(15):
        observation = env.step(np.array([1.0, 0.0, 0.0]))[0]
    assert observation["state"][0] == pytest.approx(REACH)
    np.testing.assert_array_equal(observation["proprioception"], 0)


def test_an_episode_follows_from_its_seed():
    first, second = (PointReach(KEYS, image_size=32).reset(seed=7)[0] for _ in range(2))
    for name in KEYS:
        np.testing.assert_array_equal(first[name], second[name])


def test_frames_are_stacked_oldest_first():
    env = environments.make("point_reach", ("state",), frame_stack=3)
    env.reset(seed=0)
    env.step(np.ones(3))
    observation = env.step(np.ones(3))[0]["state"]
    assert observation.shape == (3, 6)
    np.testing.assert_allclose(np.diff(observation[:, 3:], axis=0), 0)
    assert (observation[1:, :3] >= observation[:-1, :3]).all() and (observation[-1, :3] > observation[0, :3]).any()


def test_environments_do_not_import_tensorflow():
    code = "import sys; from tfkeypoints.control import environments; environments.make('point_reach').reset(); "
    code += "sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0


def test_unknown_entries_are_named():
    with pytest.raises(ValueError, match="keys=\\('images',\\)"):
        PointReach(("images",))


def test_unknown_environments_are_named():
    with pytest.raises(ValueError, match="Received: env=PointReach-v9"):
        environments.make("PointReach-v9", ("state",))


def test_environments_without_cameras_are_refused_to_methods_that_see():
    with pytest.raises(ValueError, match=r"observations must be a gymnasium\.spaces\.Dict with `image`"):
        environments.make("CartPole-v1", ("image",))
