import pytest

pytest.importorskip("gymnasium", reason="Gymnasium is not installed (extra `control`)")

import gymnasium
import numpy as np
import tensorflow as tf
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from tests.rounding import NETWORK
from tfkeypoints.control.actions import CategoricalActions
from tfkeypoints.control.agent import Agent
from tfkeypoints.control.features import StateFeatures
from tfkeypoints.control.rollout import Collector


class Counter(gymnasium.Env):
    """Shows the steps taken, as `[[count]]`; ends after `length` of them."""

    def __init__(self, length, cut_off):
        self.length, self.cut_off = length, cut_off
        self.action_space = gymnasium.spaces.Discrete(2)
        self.observation_space = gymnasium.spaces.Dict({"state": gymnasium.spaces.Box(0, 99, (1, 1))})

    def _seen(self):
        return {"state": np.full((1, 1), self.count, np.float32)}

    def reset(self, seed=None, options=None):
        self.count = 0
        return self._seen(), {}

    def step(self, action):
        self.count += 1
        over = self.count == self.length
        return self._seen(), 2.0, over and not self.cut_off, over and self.cut_off, {"success": over and self.cut_off}


@pytest.fixture
def collector():
    envs = SyncVectorEnv(
        [lambda: Counter(3, cut_off=False), lambda: Counter(2, cut_off=True)],
        autoreset_mode=AutoresetMode.SAME_STEP,
    )
    agent = Agent(StateFeatures(), CategoricalActions(2))
    agent.act({"state": tf.zeros([1, 1, 1])})
    return Collector(envs, agent, seed=0)


def test_a_rollout_is_what_the_environments_showed(collector):
    rollout = collector.collect(5)
    np.testing.assert_array_equal(
        rollout.perceived["vector"][:, :, 0], np.transpose([[0, 1, 2, 0, 1], [0, 1, 0, 1, 0]])
    )
    np.testing.assert_array_equal(rollout.terminated[:, 0], [False, False, True, False, False])
    assert not rollout.terminated[:, 1].any()
    np.testing.assert_array_equal(rollout.ended[:, 1], [False, True, False, True, False])
    assert rollout.episodes == [
        {"env": 1, "return": 4.0, "length": 2, "success": 1.0},
        {"env": 0, "return": 6.0, "length": 3, "success": 0.0},
        {"env": 1, "return": 4.0, "length": 2, "success": 1.0},
    ]


def test_what_followed_the_last_step_of_an_episode_is_what_was_seen_before_the_reset(collector):
    rollout = collector.collect(5)
    value = collector.agent({"vector": np.float32([[0], [1], [2], [3]])})["value"].numpy()
    np.testing.assert_allclose(rollout.next_values[:, 1], value[[1, 2, 1, 2, 1]], **NETWORK)
    np.testing.assert_allclose(rollout.next_values[[0, 1, 3, 4], 0], value[[1, 2, 1, 2]], **NETWORK)


def test_a_rollout_goes_on_where_the_last_one_ended(collector):
    collector.collect(4)
    assert collector.collect(1).perceived["vector"][0, 0, 0] == 1
