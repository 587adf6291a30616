"""On which devices a training runs: one, the GPUs of a machine, or those of several workers."""

from collections.abc import Callable
from typing import TypeVar

import tensorflow as tf

from tfkeypoints import workers
from tfkeypoints.data.sampling import Share

T = TypeVar("T")


def strategy_for(batch_size: int) -> tf.distribute.Strategy:
    """The strategy in whose scope a model is built, compiled and trained.

    With workers in TF_CONFIG it is `MultiWorkerMirroredStrategy`, which waits for all of them; on a machine with
    several GPUs `MirroredStrategy`, on as many as divide the batch; otherwise TensorFlow's default, one device. It must
    be made before TensorFlow computes anything.

    Raises:
        ValueError: If the batch can't be divided among the workers, or TF_CONFIG is none.
    """
    several = len(workers.addresses())
    if several > 1:
        _check_divisible(batch_size, several, "workers")
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
        _check_divisible(batch_size, strategy.num_replicas_in_sync, f"devices of the {several} workers")
        return strategy
    devices = [device.name for device in tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")]
    used = next(count for count in range(len(devices), 0, -1) if batch_size % count == 0)
    return tf.distribute.get_strategy() if used == 1 else tf.distribute.MirroredStrategy(devices[:used])


def share_of(strategy: tf.distribute.Strategy) -> Share:
    """Which part of each batch is this process'."""
    several = max(1, len(workers.addresses())) if strategy.num_replicas_in_sync > 1 else 1
    return Share(workers.index() if several > 1 else 0, several, strategy.num_replicas_in_sync // several)


def in_turn(strategy: tf.distribute.Strategy, load: Callable[[], T]) -> T:
    """What `load` returns, which the first worker calls before any other does; see `workers.turn`."""
    if share_of(strategy).workers == 1:
        return load()
    for turn in range(3):
        if turn == workers.turn():
            loaded = load()
        strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(lambda: tf.constant(0)), axis=None)  # all wait here
    return loaded


def _check_divisible(batch_size: int, parts: int, what: str) -> None:
    if batch_size % parts:
        raise ValueError(
            f"`batch_size` must be a multiple of the {parts} {what}: each takes an equal part of every batch. "
            f"Received: batch_size={batch_size}"
        )
