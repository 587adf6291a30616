"""Agents of all methods fit what an environment shows."""

import pytest

pytest.importorskip("gymnasium", reason="Gymnasium is not installed (extra `control`)")

import gymnasium
import numpy as np

from tests.control.environments.third_party import Shown
from tfkeypoints.control import environments, methods


@pytest.fixture
def shown():
    """Makes environments in this process whose two cameras have images of some size."""
    opened = []

    def make(method, height, width):
        image = np.random.default_rng(0).integers(0, 256, (2, height, width, 3)).astype(np.uint8)
        gymnasium.register("Sized-here-v0", entry_point=lambda: Shown({"image": image}))
        opened.append(environments.make_vector("Sized-here-v0", 3, methods.KEYS[method], frame_stack=2))
        return opened[-1]

    yield make
    gymnasium.registry.pop("Sized-here-v0", None)
    for envs in opened:
        envs.close()


@pytest.mark.parametrize("method", ["pixel", "rad", "keypoint3d"])
def test_images_need_not_be_square(shown, method):
    envs = shown(method, 44, 60)
    agent = methods.build_agent(method, envs, seed=0, num_keypoints=3)
    answer = agent.act(envs.reset(seed=0)[0])
    assert answer["value"].shape == (3,) and np.isfinite(answer["value"]).all()


@pytest.mark.parametrize(("height", "width"), [(30, 60), (60, 30)])
def test_images_that_are_too_low_or_too_narrow_for_the_convolutions_are_refused(shown, height, width):
    with pytest.raises(ValueError, match=r"must be 36 or more .* Received: image_size=30"):
        methods.build_agent("pixel", shown("pixel", height, width), seed=0)
