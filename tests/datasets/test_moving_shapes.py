"""Tests of moving_shapes through `data.load`: schema, order, splits, what bad options do."""

import numpy as np
import pytest

from tfkeypoints import data

FEW = {"image_size": 24, "num_frames": 3, "train_episodes": 3, "validation_episodes": 1, "test_episodes": 1}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


def read(split, data_dir, name="arm_64", config_name="few", **options):
    dataset = data.load(f"moving_shapes/{name}", split, data_dir, config_name=config_name, **(FEW | options))
    return list(dataset.as_numpy_iterator())


def test_frames_lie_episode_by_episode_in_the_order_of_time(data_dir):
    found = [(example["instance"].decode(), int(example["frame"])) for example in read("train", data_dir)]
    assert found == [(f"arm/train/{episode:05d}", frame) for episode in range(3) for frame in range(3)]


def test_examples_follow_the_schema_and_no_two_episodes_are_alike(data_dir):
    names = data.dataset_info("moving_shapes/few", data_dir).metadata["landmark_names"]
    episodes = {}
    for split in ("train", "validation", "test"):
        for example in read(split, data_dir):
            data.check_example(example)
            assert example["image"].shape == (3, 24, 24, 3)
            assert example["landmarks"].shape == (len(names), 3)
            assert example["frame"].dtype == np.int32
            episodes.setdefault(example["instance"], example["landmarks"])
    assert len({landmarks.tobytes() for landmarks in episodes.values()}) == 5


def test_background_is_one_example_of_the_empty_table(data_dir):
    (background,) = read("background", data_dir)
    data.check_example(background)
    assert background["instance"] == b"background"
    assert not background["landmarks"].any()
    frames = np.stack([example["image"] for example in read("train", data_dir)])
    assert (np.median(frames, axis=0) == background["image"]).mean() > 0.7


def test_metadata_tell_unit_axes_and_speed(data_dir):
    metadata = data.dataset_info("moving_shapes/few", data_dir).metadata
    assert metadata["world_unit"] == "metre"
    assert "+z up" in metadata["world_axes"]
    assert metadata["frames_per_second"] == 10
    assert metadata["options"]["num_frames"] == 3


def test_moving_cameras_change_over_time_and_standing_ones_do_not(data_dir):
    standing = read("train", data_dir)
    moving = read("train", data_dir, "moving_cameras_64", "few_moving", num_views=2)
    assert len({example["extrinsics"].tobytes() for example in standing}) == 1
    assert len({example["extrinsics"].tobytes() for example in moving}) == 9
    assert moving[0]["image"].shape[0] == 2
    for still, swaying in zip(standing, moving, strict=True):
        np.testing.assert_array_equal(still["landmarks"], swaying["landmarks"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_views": 0}, "`num_views` must be an integer of at least 1. Received: num_views=0"),
        ({"num_frames": 1}, "`num_frames` must be an integer of at least 2. Received: num_frames=1"),
        ({"seed": -1}, "`seed` must be an integer of at least 0. Received: seed=-1"),
        ({"color": 1}, r"Received: \['color'\]"),
    ],
)
def test_error_says_which_option_is_wrong(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        data.load("moving_shapes/arm_64", data_dir=tmp_path, **options)
