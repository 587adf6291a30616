"""Tests that examples on disk are those in memory, in the same order."""

from typing import ClassVar

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from tfkeypoints.data import sampling
from tfkeypoints.data.stored import StoredExamples
from tfkeypoints.datasets import common

COUNT, VIEWS, INSTANCES = 60, 2, 7


class Numbered(common.Builder, skip_registration=True):
    """Random images and cameras; several examples an instance."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            features=common.features(VIEWS, 6, 3, 4, frames=False),
            disable_shuffling=self.builder_config.name == "in_order",
        )

    BUILDER_CONFIGS: ClassVar = [tfds.core.BuilderConfig(name="in_order"), tfds.core.BuilderConfig(name="mixed")]

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        rng = np.random.default_rng(0)
        for number in range(COUNT):
            extrinsics = np.tile(np.eye(4, dtype=np.float32), (VIEWS, 1, 1))
            extrinsics[:, :3, 3] = rng.normal(size=(VIEWS, 3))
            yield (
                number,
                {
                    "image": rng.integers(0, 256, (VIEWS, 6, 6, 3), dtype=np.uint8),
                    "intrinsics": np.tile(np.diag([2, 3, 1]).astype(np.float32), (VIEWS, 1, 1)),
                    "extrinsics": extrinsics,
                    "landmarks": rng.normal(size=(4, 3)).astype(np.float32),
                    "instance": f"object {number % INSTANCES}",
                },
            )


@pytest.fixture(scope="module", params=["in_order", "mixed"])
def builder(request, tmp_path_factory):
    """In three files, which are read one after the other or by turns of sixteen examples."""
    builder = Numbered(config=request.param, data_dir=tmp_path_factory.mktemp("data"))
    builder.download_and_prepare(download_config=tfds.download.DownloadConfig(num_shards=3))
    assert len(builder.info.splits["train"].filepaths) == 3
    return builder


def kept(builder, split="train", **options):
    return sampling.in_memory(builder.as_dataset(split=split), **options)


def assert_equal(stored, memory):
    assert list(stored) == list(memory)
    read = [*tf.data.Dataset.range(len(memory["image"])).map(stored.at).as_numpy_iterator()]
    for name, values in memory.items():
        np.testing.assert_array_equal([one[name] for one in read], values)
    for name, values in memory.items():
        assert len(stored[name]) == len(values)
        assert stored[name].shape == values.shape
        assert stored[name].dtype == values.dtype
        np.testing.assert_array_equal(stored[name][1:9:3], values[1:9:3])


@pytest.mark.parametrize("split", ["train", "train[10:37]"])
def test_each_example_is_that_in_memory(builder, split):
    options = {"labels": ("landmarks",)}
    assert_equal(StoredExamples(builder, split, **options), kept(builder, split, **options))


def test_views_of_an_instance_are_joined_as_in_memory(builder):
    options = {"num_views": 3 * VIEWS, "labels": ("landmarks",)}
    stored = StoredExamples(builder, "train", **options)
    assert stored["image"].shape == (18, 6, 6, 6, 3)  # of four objects nine examples, of three eight
    assert_equal(stored, kept(builder, **options))


def add_chance(example, seed):
    noise = tf.random.stateless_uniform(tf.shape(example["extrinsics"]), seed)
    return {**example, "extrinsics": example["extrinsics"] + noise}


@pytest.mark.parametrize("num_views", [None, 2 * VIEWS])
def test_batches_are_those_from_memory_from_any_step_on(builder, num_views):
    """The first is a moving scene's way, whose examples are frames; the second that of views of objects."""
    stored = StoredExamples(builder, "train", num_views)
    memory = kept(builder, num_views=num_views)
    whole = [*sampling.shuffled_batches(memory, 8, 3, 0, add_chance).take(20)]  # more than one turn
    for first in (0, 5, 17):
        resumed = sampling.shuffled_batches(stored, 8, 3, first, add_chance)
        assert resumed.element_spec == sampling.shuffled_batches(memory, 8, 3, 0, add_chance).element_spec
        for ours, theirs in zip(resumed.take(20 - first), whole[first:], strict=True):
            for name, values in theirs.items():
                np.testing.assert_array_equal(ours[name], values)


def test_in_their_order_the_last_batch_is_smaller(builder):
    stored = StoredExamples(builder, "train")
    read = [*sampling.ordered_batches(stored, 16)]
    assert [len(batch["image"]) for batch in read] == [16, 16, 16, 12]
    for ours, theirs in zip(read, sampling.ordered_batches(kept(builder), 16), strict=True):
        np.testing.assert_array_equal(ours["image"], theirs["image"])
        np.testing.assert_array_equal(ours["extrinsics"], theirs["extrinsics"])


def test_a_missing_label_and_views_that_cannot_be_made_up_are_named(builder):
    with pytest.raises(ValueError, match=r"`keys`.*\['depth'\]"):
        StoredExamples(builder, "train", labels=("depth",))
    with pytest.raises(ValueError, match="num_views=3"):
        StoredExamples(builder, "train", num_views=3)


class Faulty(Numbered, skip_registration=True):
    """One camera is no camera."""

    BUILDER_CONFIGS: ClassVar = [tfds.core.BuilderConfig(name="in_order")]

    def _generate_examples(self):
        for number, example in super()._generate_examples():
            if number == 40:
                example["extrinsics"][1, 0, 0] = 2
            yield number, example


def test_a_later_example_that_is_invalid_is_named_when_it_is_read(tmp_path):
    builder = Faulty(data_dir=tmp_path)
    builder.download_and_prepare()
    stored = StoredExamples(builder, "train")
    stored["image"][:40]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"`extrinsics` must be rigid.*view 1(.|\n)*object 5"):
        stored["image"][40:41]


def test_damaged_records_are_not_taken_for_examples(tmp_path):
    builder = Numbered(config="in_order", data_dir=tmp_path)
    builder.download_and_prepare()
    (path,) = builder.info.splits["train"].filepaths
    stored = StoredExamples(builder, "train")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(tf.errors.DataLossError):
        stored["image"][:]
    path.write_bytes(content[:-5])
    with pytest.raises(ValueError, match=r"truncated or damaged.*Delete the folder"):
        StoredExamples(builder, "train")
