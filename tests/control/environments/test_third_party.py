"""Somebody else's environments: where they run, what of them is seen, and how they are found."""

import pytest

pytest.importorskip("gymnasium", reason="Gymnasium is not installed (extra `control`)")

import gymnasium
import numpy as np
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv

from tests.control.environments import third_party
from tests.control.environments.third_party import NAME, Shown
from tfkeypoints.control import environments
from tfkeypoints.control.environments.schema import VISIBLE_KEYS


@pytest.fixture
def made():
    """Makes vectors of environments, and closes them."""
    opened = []

    def make(*arguments, **options):
        opened.append(environments.make_vector(*arguments, **options))
        return opened[-1]

    yield make
    for envs in opened:
        envs.close()


def test_they_run_in_processes_without_tensorflow_and_show_what_they_show(made):
    envs = made(NAME, 2, VISIBLE_KEYS, frame_stack=2)
    assert isinstance(envs, AsyncVectorEnv)
    observations, _ = envs.reset(seed=0)
    right = third_party.right_entries()
    assert list(observations) == sorted(VISIBLE_KEYS)
    for name, values in observations.items():
        assert values.dtype == (np.uint8 if name == "image" else np.float32)
        np.testing.assert_array_equal(values, np.tile(right[name], (2, 2, *[1] * right[name].ndim)))
    for modules in envs.call("modules"):
        assert "tests.control.environments.third_party" in modules
        assert not {"tensorflow", "keras"} & set(modules)


def test_the_end_of_an_episode_tells_of_success_or_that_nobody_knows(made):
    envs = made(NAME, 2, ("state",))
    envs.reset(seed=0)
    for _ in range(3):
        observations, rewards, terminated, _, info = envs.step(np.zeros(2, int))
    assert observations["state"].shape == (2, 1, 4) and rewards.tolist() == [1, 1] and terminated.all()
    assert info["final_info"]["success"].tolist() == [0, 0] and not envs.notices
    silent = made("CartPole-v1", 1, ("state",))
    silent.reset(seed=0)
    while not (step := silent.step(np.zeros(1, int)))[2][0]:
        pass
    assert np.isnan(step[4]["final_info"]["success"][0])


def test_what_is_registered_here_is_known_there_and_what_nobody_can_import_runs_here(made):
    assert isinstance(made("Shown-v0", 1, VISIBLE_KEYS), AsyncVectorEnv)
    gymnasium.register("OnlyHere-v0", entry_point=lambda: Shown(info={}))
    try:
        envs = made("OnlyHere-v0", 1, VISIBLE_KEYS)
        assert isinstance(envs, SyncVectorEnv)
        np.testing.assert_array_equal(envs.reset(seed=0)[0]["image"][0, 0], third_party.right_entries()["image"])
        assert "success rates stay unknown" in envs.notices[0]
    finally:
        del gymnasium.registry["OnlyHere-v0"]


def test_vectors_stay_in_this_process(made):
    assert isinstance(made("CartPole-v1", 1, ("state",)), SyncVectorEnv)
    envs = made(NAME.replace("Shown", "Counting"), 2, ("state",))
    assert isinstance(envs, SyncVectorEnv)
    envs.reset(seed=0)
    state = envs.step(np.zeros(2, int))[0]["state"]
    assert state.dtype == np.float32 and state.tolist() == [[[1, 1]], [[1, 1]]]


def test_an_image_size_is_passed_on_and_what_comes_of_it_checked(made):
    with pytest.raises(ValueError, match=r"`image_size` should be left out: .* Received: image_size=32, for env=tests"):
        made(NAME, 1, VISIBLE_KEYS, image_size=32)
    with pytest.raises(ValueError, match="image_size=40, but has 12 x 16"):
        made(NAME.replace("Shown", "Sized"), 1, VISIBLE_KEYS, image_size=40)
    assert made(NAME, 1, ("state",), image_size=32).single_observation_space["state"].shape == (1, 4)


def test_missing_modules_and_missing_names_are_named():
    for name in ("no_such_module:Shown-v0", "tests.control.environments.third_party:Hidden-v0"):
        with pytest.raises(ValueError, match=f"MODULE:ENVIRONMENT.* Received: env={name}"):
            environments.make_vector(name, 1, VISIBLE_KEYS)


def test_what_is_wrong_is_found_before_any_environment_is_kept():
    with pytest.raises(ValueError, match=r"observations must be a gymnasium\.spaces\.Dict with `image`"):
        environments.make_vector("CartPole-v1", 1, VISIBLE_KEYS)
