"""Tests of `data.batches` on small hand-made data sets."""

import numpy as np
import pytest
import tensorflow as tf

from tfkeypoints.data import batches


def make_example(number, views=2):
    return {
        "image": np.full((views, 4, 4, 4), number + 1, np.uint8),
        "intrinsics": np.tile(np.eye(3, dtype=np.float32), (views, 1, 1)),
        "extrinsics": np.tile(np.eye(4, dtype=np.float32), (views, 1, 1)),
        "landmarks": np.full((3, 3), number, np.float32),
        "instance": f"object {number}",
    }


def make_dataset(examples):
    signature = {
        "image": tf.TensorSpec([None, 4, 4, 4], tf.uint8),
        "intrinsics": tf.TensorSpec([None, 3, 3], tf.float32),
        "extrinsics": tf.TensorSpec([None, 4, 4], tf.float32),
        "landmarks": tf.TensorSpec([3, 3], tf.float32),
        "instance": tf.TensorSpec([], tf.string),
    }
    return tf.data.Dataset.from_generator(lambda: iter(examples), output_signature=signature)


@pytest.fixture
def dataset():
    return make_dataset([make_example(number) for number in range(10)])


def order(dataset):
    return [int(image[0, 0, 0, 0]) - 1 for batch in dataset.as_numpy_iterator() for image in batch["image"]]


def test_batches_hold_only_the_named_keys_with_static_shapes(dataset):
    spec = batches(dataset, 4, repeat=True).element_spec
    assert sorted(spec) == ["extrinsics", "image", "intrinsics"]
    assert spec["image"].shape == (4, 2, 4, 4, 4)
    assert spec["image"].dtype == tf.uint8
    assert spec["extrinsics"].shape == (4, 2, 4, 4)


def test_landmarks_stay_beside_their_images(dataset):
    for batch in batches(dataset, 4, keys=("image", "landmarks")).as_numpy_iterator():
        np.testing.assert_array_equal(batch["landmarks"][:, 0, 0] + 1, batch["image"][:, 0, 0, 0, 0])


def test_each_pass_holds_each_example_once_in_another_order(dataset):
    shuffled = batches(dataset, 4)
    first, second = order(shuffled), order(shuffled)
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second
    assert first != list(range(10))


def test_same_seed_gives_the_same_orders_and_another_seed_others(dataset):
    def passes(seed):
        shuffled = batches(dataset, 4, seed=seed)
        return order(shuffled) + order(shuffled)

    assert passes(3) == passes(3)
    assert passes(3) != passes(4)


def test_shuffle_buffer_of_zero_keeps_the_order(dataset):
    assert order(batches(dataset, 4, shuffle_buffer=0)) == list(range(10))


def test_repeated_batches_are_full_even_if_the_data_set_is_smaller(dataset):
    sizes = [len(batch["image"]) for batch in batches(dataset, 16, repeat=True).take(3)]
    assert sizes == [16, 16, 16]


def test_last_batch_is_smaller_without_repeat(dataset):
    assert [len(batch["image"]) for batch in batches(dataset, 4)] == [4, 4, 2]


@pytest.mark.parametrize("cache", [True, False])
def test_cache_reads_the_source_once(cache):
    reads = []

    def examples():
        for number in range(5):
            reads.append(number)
            yield make_example(number)

    signature = make_dataset([]).element_spec
    batched = batches(tf.data.Dataset.from_generator(examples, output_signature=signature), 2, 5, cache=cache)
    reads.clear()
    for _ in range(3):
        order(batched)
    assert len(reads) == (5 if cache else 15)


def test_first_invalid_example_is_a_value_error():
    example = make_example(0)
    example["extrinsics"][1, 0, 0] = 2
    with pytest.raises(ValueError, match=r"`extrinsics` must be rigid.*view 1"):
        batches(make_dataset([example]), 1)


def test_later_invalid_example_is_named_while_iterating():
    bad = make_example(1)
    bad["intrinsics"][0, 0, 1] = np.nan
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"`intrinsics` must be finite.*object 1"):
        order(batches(make_dataset([make_example(0), bad]), 1))


def test_another_number_of_views_is_named_with_its_instance():
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"number of views(.|\n)*\(3, 4, 4, 4\) in instance.*object 1"
    ):
        order(batches(make_dataset([make_example(0), make_example(1, views=3)]), 2))


def test_unknown_key_is_named(dataset):
    with pytest.raises(ValueError, match=r"`keys`.*\['depth'\]"):
        batches(dataset, 4, keys=("image", "depth"))


def test_empty_data_set_is_an_error():
    with pytest.raises(ValueError, match="empty"):
        batches(make_dataset([]), 4)


def test_endless_data_set_needs_a_shuffle_buffer(dataset):
    with pytest.raises(ValueError, match="shuffle_buffer"):
        batches(dataset.repeat(), 4)


def test_batch_size_of_zero_is_an_error(dataset):
    with pytest.raises(ValueError, match="batch_size=0"):
        batches(dataset, 0)
