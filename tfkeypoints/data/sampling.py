"""Examples in memory, and the batches that a training draws from them, or from examples that stay on disk."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.data.joining import check_joinable, joined
from tfkeypoints.data.pipeline import batches
from tfkeypoints.data.stored import StoredExamples

LOADED = 64
"""Examples that are loaded at a time."""
AHEAD = 2
"""Batches of stored examples that are read ahead: it bounds the memory that they take."""

Augmentation = Callable[[dict[str, tf.Tensor], tf.Tensor], dict[str, tf.Tensor]]


class Share(NamedTuple):
    """Which part of the batches one process of a training takes; by default it is alone."""

    worker: int = 0
    """Which of the workers it is."""
    workers: int = 1
    replicas: int = 1
    """Devices of each worker."""


ALONE = Share()


def in_memory(
    examples: tf.data.Dataset, num_views: int | None = None, labels: Sequence[str] = ()
) -> dict[str, tf.Tensor]:
    """Checks all examples of a data set and loads them: `image`, `intrinsics` and `extrinsics`, `[N, V, ...]` each.

    Args:
        examples: Unbatched examples.
        num_views: Views that an example shall have, V: examples of one `instance` are joined until they have so many.
            None takes them as they are.
        labels: Further keys to load, of which an instance has one value, such as `landmarks`.

    Raises:
        ValueError: If `num_views` is no multiple of the views that the examples have, no instance has so many, or
            examples are to be joined that do not tell their `instance`.
    """
    views = examples.element_spec["image"].shape[0]
    keys = (*CAMERA_KEYS, *labels)
    check_joinable(examples.element_spec, num_views, views)
    if num_views is None or num_views == views:
        return _loaded(examples, keys, np.arange(len(examples)))
    instances = next(iter(examples.map(lambda example: example["instance"]).batch(len(examples))))
    loaded = _loaded(examples, keys, joined(instances.numpy(), num_views, views))
    return {
        name: values[:: num_views // views]
        if name in labels
        else tf.reshape(values, [-1, num_views, *values.shape[2:]])  # the same memory
        for name, values in loaded.items()
    }


def _loaded(examples: tf.data.Dataset, keys: Sequence[str], order: np.ndarray) -> dict[str, tf.Tensor]:
    """The examples with these numbers, in this order, `[M, ...]` each.

    They are written to their places as they come: a batch of all would take twice their memory while it is made.
    """
    places = np.full(len(examples), -1)
    places[order] = np.arange(len(order))
    held, begin = {}, 0
    with tf.device("CPU"):
        for some in batches(examples, LOADED, shuffle_buffer=0, cache=False, keys=keys):
            count = len(some[keys[0]])
            rows = places[begin : begin + count]
            wanted, begin = np.flatnonzero(rows >= 0), begin + count
            for name, values in some.items():
                if name not in held:
                    held[name] = tf.raw_ops.Empty(shape=[len(order), *values.shape[1:]], dtype=values.dtype)
                tf.raw_ops.InplaceUpdate(x=held[name], i=rows[wanted], v=tf.gather(values, wanted))
    return held


def shuffled_batches(
    examples: Mapping[str, tf.Tensor],
    batch_size: int,
    seed: int,
    first_step: int,
    augment: Augmentation | None = None,
    share: Share = ALONE,
) -> tf.data.Dataset:
    """Batches without end. Each depends on the seed and its step alone, so that none must be skipped to go on.

    All examples are passed in an order drawn by chance, then again in another one.

    Args:
        examples: `[N, ...]` each, in memory or stored: the batches are the same.
        batch_size: Examples a batch.
        seed: Of the order.
        first_step: Step to begin with, from 0.
        augment: Varies an example, given a seed `[2]` of its own each time that it is shown.
        share: Of each of these batches, the worker's equal part comes in equal parts for its replicas.
    """
    count = len(next(iter(examples.values())))
    at, ahead = _reading(examples)

    mine = batch_size // share.workers

    def example(taken: tf.Tensor) -> dict[str, tf.Tensor]:
        position = taken // mine * batch_size + share.worker * mine + taken % mine
        turn, place = position // count, position % count
        chosen = tf.random.experimental.index_shuffle(place, tf.stack([tf.constant(seed, tf.int64), turn]), count - 1)
        shown = at(chosen)
        return augment(shown, tf.stack([seed, position])) if augment else shown

    positions = tf.data.Dataset.range(first_step * mine, tf.int64.max)
    shown = positions.map(example, num_parallel_calls=tf.data.AUTOTUNE)
    return _as_it_stands(shown.batch(mine // share.replicas, drop_remainder=True).prefetch(ahead))


def ordered_batches(examples: Mapping[str, tf.Tensor], batch_size: int, share: Share = ALONE) -> tf.data.Dataset:
    """All examples once, in their order; the last batch may be smaller. Replicas take turns at whole batches."""
    if share == ALONE and not isinstance(examples, StoredExamples):
        return _as_it_stands(tf.data.Dataset.from_tensor_slices(dict(examples)).batch(batch_size))
    at, ahead = _reading(examples)
    turn = batch_size * share.replicas
    places = tf.data.Dataset.range(len(examples["image"]))
    if share.workers > 1:
        places = places.filter(lambda place: place // turn % share.workers == share.worker)
    return _as_it_stands(places.map(at, num_parallel_calls=tf.data.AUTOTUNE).batch(batch_size).prefetch(ahead))


def _as_it_stands(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Without the rewriting of the pipeline, which would copy the examples in memory that it reads."""
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    return batches.with_options(options)


def ordered_steps(count: int, batch_size: int, share: Share) -> int:
    """In how many steps the replicas of a worker have taken its share of `ordered_batches` of `count` examples."""
    turns = -(-count // (batch_size * share.replicas))
    return len(range(share.worker, turns, share.workers))


def _reading(
    examples: "Mapping[str, tf.Tensor] | StoredExamples",
) -> tuple[Callable[[tf.Tensor], dict[str, tf.Tensor]], int]:
    """The function that gives an example by its place, and how many batches to prepare ahead."""
    if isinstance(examples, StoredExamples):
        return examples.at, AHEAD
    return lambda place: {name: values[place] for name, values in examples.items()}, tf.data.AUTOTUNE
