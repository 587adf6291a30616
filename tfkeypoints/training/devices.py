"""On which devices a training runs: one, the GPUs of a machine, or those of several workers."""

from collections.abc import Callable
from typing import TypeVar

import tensorflow as tf

from tfkeypoints import workers
from tfkeypoints.data.sampling import Share

T = TypeVar("T")

SILENCE = 120
"""Seconds after which workers that hear nothing of one take it for dead; TensorFlow's 10 are too few on a busy machine.
A process that has ended is known at once where Ray, or another launcher, watches it."""


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
        _allow_silence(several)
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


def _allow_silence(several: int) -> None:
    """Does beforehand, and with `SILENCE`, what `MultiWorkerMirroredStrategy` does where it was not done."""
    from tensorflow.compiler.xla.tsl.protobuf.coordination_config_pb2 import CoordinatedJob
    from tensorflow.python.eager import context

    context.context().configure_coordination_service(
        "standalone",
        service_leader="/job:worker/replica:0/task:0",
        coordinated_jobs=[CoordinatedJob(name="worker", num_tasks=several)],
        heartbeat_timeout_in_ms=1000 * SILENCE,
    )


def _check_divisible(batch_size: int, parts: int, what: str) -> None:
    if batch_size % parts:
        raise ValueError(
            f"`batch_size` must be a multiple of the {parts} {what}: each takes an equal part of every batch. "
            f"Received: batch_size={batch_size}"
        )
