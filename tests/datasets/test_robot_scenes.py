"""Tests of robot_scenes through `data.load`: schema, order, background, and what bad options do."""

import numpy as np
import pytest

from tests.simulation.requirements import needs_robots
from tfkeypoints import data
from tfkeypoints.datasets.robot_scenes import robot_scenes_dataset_builder as robot_scenes
from tfkeypoints.simulation.catalog import SCENES

FEW = {
    "image_size": 32,
    "train_episodes": 3,
    "validation_episodes": 1,
    "test_episodes": 1,
    "num_frames": 4,
    "config_name": "few_ants",
}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@needs_robots
def test_frames_follow_the_schema_in_the_order_of_time(data_dir):
    frames = list(data.load("robot_scenes/ant_64", "train", data_dir, **FEW).as_numpy_iterator())
    names = [f"ant/train/{number:05d}" for number in range(3)]
    assert [frame["instance"].decode() for frame in frames] == np.repeat(names, 4).tolist()
    assert [frame["frame"] for frame in frames] == [0, 1, 2, 3] * 3
    for frame in frames:
        data.check_example(frame)
        assert frame["image"].shape == (3, 32, 32, 3)
        assert frame["landmarks"].shape == (5, 3)
    metadata = data.dataset_info("robot_scenes/few_ants", data_dir).metadata
    assert metadata["landmark_names"] == list(SCENES["ant"].landmark_names)
    assert metadata["world_unit"] == "metre"
    assert metadata["frames_per_second"] == 20


@needs_robots
def test_background_is_one_example(data_dir):
    (background,) = data.load("robot_scenes/ant_64", "background", data_dir, **FEW).as_numpy_iterator()
    data.check_example(background)
    assert background["instance"] == b"background"
    assert not background["landmarks"].any()


def test_there_is_a_config_for_each_scene_and_size():
    names = set(robot_scenes.Builder.builder_configs)
    assert names == {f"{scene}_{size}" for scene in SCENES for size in (64, 128)}
    assert {"hammer_128", "peg_unplug_side_64", "ant_plain_128"} <= names


@pytest.mark.parametrize(
    ("option", "value"),
    [("robot_scene", "juggle"), ("num_frames", 0), ("action_noise", [-0.1]), ("action_noise", []), ("seed", -1)],
)
def test_bad_option_is_named(option, value):
    with pytest.raises(ValueError, match=option):
        robot_scenes.RobotScenesConfig(name="bad", **{option: value})
