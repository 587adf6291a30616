"""What layers and models share between the replicas of a training, so that it equals that of one device.

Under a strategy of `tf.distribute`, each replica sees its part of a batch. Outside of one, or with a single replica,
every function here is the plain one, operation by operation.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:
    import keras


def context() -> tf.distribute.ReplicaContext | None:
    """This replica's context, where a step runs on several of them; otherwise None."""
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return None
    return tf.distribute.get_replica_context()


def mean(value: tf.Tensor) -> tf.Tensor:
    """The mean over replicas, of equal parts of a batch; the value itself where there is one."""
    here = context()
    return value if here is None else here.all_reduce(tf.distribute.ReduceOp.MEAN, value)


def moments(mean_here: tf.Tensor, variance_here: tf.Tensor, count: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and variance of a batch from those of its equal parts.

    μ = mean_r μ_r,   σ² = mean_r (σ_r² + (μ_r - μ)²),   σ² unbiased afterwards as before

    Args:
        mean_here, variance_here: Of this replica's part, `[C]`, the variance unbiased.
        count: Values of a channel in this part, a scalar > 1 of the same type.

    Returns:
        Mean and unbiased variance `[C]` over all replicas, the same on each.
    """
    here = context()
    if here is None:
        return mean_here, variance_here
    biased = variance_here * (count - 1) / count
    of_all = _gathered(here, tf.stack([mean_here, biased]))
    mean = tf.reduce_mean(of_all[:, 0], 0)
    variance = tf.reduce_mean(of_all[:, 1] + (of_all[:, 0] - mean) ** 2, 0)
    count *= here.num_replicas_in_sync
    return mean, variance * count / (count - 1)


def draw(
    sample: Callable[..., tf.Tensor], shape: tf.Tensor, seed: "keras.random.SeedGenerator", **options: Any
) -> tf.Tensor:
    """Draws for this replica's examples what a single device would draw for them.

    All replicas draw for the whole batch, in one state of the generator, and take their part.

    Args:
        sample: A function such as `keras.random.normal`.
        shape: `[B, ...]` of this replica's part, an int32 tensor.
        seed: `keras.random.SeedGenerator`.
        **options: Of `sample`.

    Example:
        >>> draw(keras.random.uniform, tf.constant([2, 3]), keras.random.SeedGenerator(0)).shape
        TensorShape([2, 3])
    """
    here = context()
    if here is None:
        return sample(shape, seed=seed, **options)
    whole = tf.concat([shape[:1] * here.num_replicas_in_sync, shape[1:]], 0)
    first = here.replica_id_in_sync_group * shape[0]
    return sample(whole, seed=seed, **options)[first : first + shape[0]]


def _gathered(here: tf.distribute.ReplicaContext, values: tf.Tensor) -> tf.Tensor:
    """The values of all replicas, `[R, ...]`; one sum of small tensors, where gathering would first ask for shapes."""
    row = tf.one_hot(here.replica_id_in_sync_group, here.num_replicas_in_sync, dtype=values.dtype)
    rows = tf.reshape(row, [-1] + [1] * len(values.shape)) * values
    return here.all_reduce(tf.distribute.ReduceOp.SUM, rows)
