"""Examples in memory, and the batches that a training draws from them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.data.pipeline import batches

Augmentation = Callable[[dict[str, tf.Tensor], tf.Tensor], dict[str, tf.Tensor]]


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
    whole = {"batch_size": len(examples), "shuffle_buffer": 0, "cache": False}
    keys = (*CAMERA_KEYS, *labels)
    if num_views in (None, views):
        return next(iter(batches(examples, keys=keys, **whole)))
    if "instance" not in examples.element_spec:
        raise ValueError(
            f"`num_views` should be {views}, that of the examples, unless they tell their `instance`. "
            f"Received: num_views={num_views}"
        )
    loaded = next(iter(batches(examples, keys=(*keys, "instance"), **whole)))
    order = joined(loaded.pop("instance").numpy(), num_views, views)
    firsts = order[:: num_views // views]
    return {
        name: tf.gather(values, firsts)
        if name in labels
        else tf.reshape(tf.gather(values, order), [-1, num_views, *values.shape[2:]])
        for name, values in loaded.items()
    }


def joined(instances: np.ndarray, num_views: int, views: int) -> np.ndarray:
    """Orders examples so that each run of `num_views / views` of them shows one instance; what is left over is dropped.

    Args:
        instances: `[N]`, the instance that each example shows.
        num_views: Views wanted.
        views: Views that each example has.

    Returns:
        Indices of examples, `[M]`.

    Raises:
        ValueError: If there is no such run.

    Example:
        >>> joined(np.array(["a", "b", "a", "b", "a"]), num_views=4, views=2).tolist()
        [0, 2, 1, 3]
    """
    size, rest = divmod(num_views, views)
    groups = [np.flatnonzero(instances == instance) for instance in np.unique(instances)] if not rest else []
    whole = [group[: len(group) // size * size] for group in groups]
    if not sum(map(len, whole)):
        raise ValueError(
            f"`num_views` should be a multiple of the examples' {views} views, with enough examples of an instance to "
            f"make up so many; {views} takes them as they are. Received: num_views={num_views}"
        )
    return np.concatenate(whole)


def shuffled_batches(
    examples: Mapping[str, tf.Tensor],
    batch_size: int,
    seed: int,
    first_step: int,
    augment: Augmentation | None = None,
) -> tf.data.Dataset:
    """Batches without end. Each depends on the seed and its step alone, so that none must be skipped to go on.

    All examples are passed in an order drawn by chance, then again in another one.

    Args:
        examples: `[N, ...]` each.
        batch_size: Examples a batch.
        seed: Of the order.
        first_step: Step to begin with, from 0.
        augment: Varies an example, given a seed `[2]` of its own each time that it is shown.
    """
    count = len(next(iter(examples.values())))

    def example(position):
        turn, place = position // count, position % count
        chosen = tf.random.experimental.index_shuffle(place, tf.stack([tf.constant(seed, tf.int64), turn]), count - 1)
        shown = {name: values[chosen] for name, values in examples.items()}
        return augment(shown, tf.stack([seed, position])) if augment else shown

    positions = tf.data.Dataset.range(first_step * batch_size, tf.int64.max)
    return (
        positions.map(example, num_parallel_calls=tf.data.AUTOTUNE)
        .batch(batch_size, drop_remainder=True)
        .prefetch(tf.data.AUTOTUNE)
    )
