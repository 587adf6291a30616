"""Tests that Apache Beam builds the data sets that this machine's processes build."""

import importlib.util

import pytest

from tfkeypoints import data

FEW = {"image_size": 16, "num_views": 2}
CASES = {
    "rendered_objects/chairs_64": {
        "train_instances": 3, "validation_instances": 2, "test_instances": 1, "train_examples": 3,
    },
    "moving_shapes/arm_64": {"num_frames": 3, "train_episodes": 3, "validation_episodes": 1, "test_episodes": 1},
}  # fmt: skip

with_beam = pytest.mark.skipif(
    not importlib.util.find_spec("apache_beam"), reason="apache-beam is not installed: pip install 'tfkeypoints[beam]'"
)


def contents(builder):
    """The bytes of the record files."""
    return {path.name: path.read_bytes() for path in sorted(builder.data_path.glob("*.tfrecord*"))}


@with_beam
@pytest.mark.parametrize("name", CASES)
def test_both_ways_give_the_same_files(name, tmp_path):
    options = FEW | CASES[name]
    here = data.build(name, tmp_path / "here", **options)
    there = data.build(name, tmp_path / "there", beam_options="runner=DirectRunner,direct_num_workers=2", **options)
    assert len(contents(here)) == len(here.info.splits)
    assert contents(there) == contents(here)
    assert {split: info.num_examples for split, info in there.info.splits.items()} == {
        split: info.num_examples for split, info in here.info.splits.items()
    }


@with_beam
def test_data_sets_that_beam_cannot_build_are_refused(tmp_path):
    with pytest.raises(ValueError, match="recordings is not built by Beam"):
        data.build("recordings/own", tmp_path, beam_options="runner=DirectRunner")


@pytest.mark.skipif(importlib.util.find_spec("apache_beam") is not None, reason="apache-beam is installed")
def test_without_beam_the_extra_is_named(tmp_path):
    with pytest.raises(ImportError, match=r"pip install 'tfkeypoints\[beam\]'"):
        data.build("moving_shapes/arm_64", tmp_path, beam_options="runner=DirectRunner")
