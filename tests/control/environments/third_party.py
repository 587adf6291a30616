"""An environment as somebody else may have written it: right, unless it is told to be wrong."""

import sys

import gymnasium
import numpy as np
from gymnasium import spaces

from tfkeypoints.geometry import poses

NAME = "tests.control.environments.third_party:Shown-v0"


def right_entries():
    """What an observation shows that has nothing wrong: two cameras, 12 x 16 pixels."""
    intrinsics, extrinsics = poses.cameras_at(np.array([[3.0, 0, 1], [0, 3, 1]]), np.zeros(3), 0.8, aspect=4 / 3)
    return {
        "image": np.random.default_rng(0).integers(0, 256, (2, 12, 16, 3)).astype(np.uint8),
        "intrinsics": intrinsics,
        "extrinsics": extrinsics,
        "proprioception": np.zeros(1, np.float32),
        "state": np.zeros(4, np.float64),
    }


class Shown(gymnasium.Env):
    """Shows the same entries all the time, ends after three steps.

    Args:
        changes: Entries that are not as in `right_entries`; None leaves one out.
        promised: Entries whose space is made after these arrays instead of what is shown.
        info: Of every step.
        space: Of the observations, if it is not made after what is shown.
        reset_result, step_result: What `reset` and `step` return instead.
    """

    def __init__(
        self, changes=(), promised=(), info=(("success", False),), space=None, reset_result=None, step_result=None
    ):
        shown = {**right_entries(), **dict(changes)}
        self.shown = {name: value for name, value in shown.items() if value is not None}
        entries = {**self.shown, **dict(promised)}
        self.observation_space = space or spaces.Dict({name: box(value) for name, value in entries.items()})
        self.action_space = spaces.Discrete(3)
        self.info, self.reset_result, self.step_result, self.steps = dict(info), reset_result, step_result, 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return (self.shown, {}) if self.reset_result is None else self.reset_result

    def step(self, action):
        self.steps += 1
        if self.step_result is not None:
            return self.step_result
        return self.shown, 1, self.steps == 3, False, self.info

    def modules(self):
        return sorted(sys.modules)


def box(value):
    low, high = (0, 255) if value.dtype == np.uint8 else (-np.inf, np.inf)
    return spaces.Box(low, high, value.shape, value.dtype)


class Sized(Shown):
    """Takes an `image_size`, and draws 12 x 16 pixels all the same."""

    def __init__(self, image_size=32):
        super().__init__()


class Counting(gymnasium.Env):
    """A vector of whole numbers: how many steps were taken."""

    observation_space, action_space = spaces.Box(0, 9, (2,), np.int64), spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = np.zeros(2, np.int64)
        return self.steps, {}

    def step(self, action):
        self.steps = self.steps + 1
        return self.steps, 0.0, False, False, {}


gymnasium.register("Counting-v0", entry_point="tests.control.environments.third_party:Counting")
gymnasium.register("Shown-v0", entry_point="tests.control.environments.third_party:Shown")
gymnasium.register("Sized-v0", entry_point="tests.control.environments.third_party:Sized")
