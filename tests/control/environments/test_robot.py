import pytest

pytest.importorskip("gymnasium", reason="Gymnasium is not installed (extra `control`)")

import numpy as np

from tests import reference
from tests.simulation.requirements import needs_robots
from tfkeypoints.control import environments
from tfkeypoints.processes import spawned_map

pytestmark = needs_robots

KEYS = ("image", "intrinsics", "extrinsics", "proprioception", "state")


@pytest.mark.parametrize(("name", "proprioception", "state"), [("hammer", 1, 39), ("ant", 16, 105), ("scarf", 1, 26)])
def test_robots_show_themselves_and_their_episodes_are_cut_off(name, proprioception, state):
    envs = environments.make_vector(name, 1, KEYS, image_size=32)
    try:
        observations, _ = envs.reset(seed=0)
        assert envs.observation_space.contains(observations)
        assert observations["proprioception"].shape == (1, 1, proprioception)
        assert observations["state"].shape == (1, 1, state)
        still = np.zeros(envs.action_space.shape, np.float32)
        start = observations["state"]
        for step in range(200):
            observations, _, terminated, truncated, info = envs.step(still)
            assert not terminated[0] and truncated[0] == (step == 199)
        assert not info["final_info"]["success"][0]
        assert (observations["state"] != start).any()
    finally:
        envs.close()


def test_the_ants_cameras_stay_where_they_are_seen_from_its_torso():
    envs = environments.make_vector("ant", 1, ("extrinsics", "state"), image_size=32)
    try:
        start, _ = envs.reset(seed=0)
        for _ in range(20):
            later, *_ = envs.step(np.full(envs.action_space.shape, 0.7, np.float32))
        assert np.abs(later["state"] - start["state"]).max() > 0.1
        np.testing.assert_allclose(later["extrinsics"], start["extrinsics"], atol=1e-5)
    finally:
        envs.close()


@pytest.mark.parametrize(("name", "channel"), [("push_wall", 1), ("pick_place", 2)])
def test_goals_that_nothing_else_shows_are_drawn(name, channel):
    """A green and a blue ball."""
    envs = environments.make_vector(name, 1, KEYS, image_size=96)
    try:
        observations = {key: values[0, 0] for key, values in envs.reset(seed=0)[0].items()}
    finally:
        envs.close()
    goal = observations["state"][-3:].astype(float)
    seen = 0
    for image, *cameras in zip(
        observations["image"], observations["intrinsics"], observations["extrinsics"], strict=True
    ):
        (u, v), _ = reference.project(goal, *(values.astype(float) for values in cameras))
        pixel = image[int((v + 1) * 48), int((u + 1) * 48)].astype(int)
        seen += pixel[channel] > np.delete(pixel, channel).max() + 50
    assert seen >= 2  # the arm or the wall may hide it from one camera


def test_extrinsics_can_be_had_without_intrinsics():
    seen = {}
    for keys in (("extrinsics",), ("intrinsics", "extrinsics")):
        envs = environments.make_vector("drawer_close", 1, keys, image_size=32)
        try:
            seen[keys] = envs.reset(seed=0)[0]["extrinsics"]
        finally:
            envs.close()
    alone, both = seen.values()
    np.testing.assert_array_equal(alone, both)
    np.testing.assert_array_equal(alone[0, 0, :, 3], np.tile([0, 0, 0, 1], (alone.shape[2], 1)))


def test_a_registered_robot_is_made_by_its_name_alone():
    made = "__import__('gymnasium').make('tfkeypoints/DrawerClose-v0').observation_space"
    (keys,) = spawned_map(eval, [f"(__import__('tfkeypoints.control.environments'), sorted({made}))[1]"], num_workers=1)
    assert keys == ["extrinsics", "image", "intrinsics", "proprioception"]
