"""How many threads TensorFlow computes a training with. Imports no TensorFlow until it sets them."""

import contextlib
import os

VARIABLES = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
"""Environment variables by which a user decides; TensorFlow reads them itself."""

SMALL = 2_000_000
"""Activations of the finest layer in a step up to which one operation is too small to be shared by threads."""

CHAINS = 4
"""Operations that a step of the models here has to offer at the same time: two networks, or the gradients of inputs and
of weights, of each of two layers."""


def threads(activations: int, cores: int) -> tuple[int, int] | None:
    """The threads within an operation, and the operations at a time, for a training.

    Where operations are small, handing one out to several threads costs more than it gives: then several run side by
    side, with one thread each as long as there are no more than `CHAINS` cores.

    Args:
        activations: Of the finest layer, in a step.
        cores: That this process may use.

    Returns:
        (intra-op, inter-op) threads; None for TensorFlow's own choice.

    Example:
        >>> threads(activations=500_000, cores=2)
        (1, 2)
    """
    if activations > SMALL or cores < 2:
        return None
    side_by_side = min(cores, CHAINS)
    return -(-cores // side_by_side), side_by_side


def use_threads(activations: int, processes: int = 1) -> None:
    """Sets the threads of this process for a training, unless the user has, or TensorFlow computes already.

    Args:
        activations: Of the finest layer, in a step of the whole training.
        processes: That train on this machine, and share its cores unless each has its own.
    """
    cores = _cores_for(processes)
    chosen = threads(activations // processes, cores) or ((cores, cores) if processes > 1 else None)
    if chosen is None or any(name in os.environ for name in VARIABLES):
        return
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        return
    with contextlib.suppress(RuntimeError):  # of a process that has computed something before
        tf.config.threading.set_intra_op_parallelism_threads(chosen[0])
        tf.config.threading.set_inter_op_parallelism_threads(chosen[1])


def _cores_for(processes: int) -> int:
    """The cores of this process; where it may use all of the machine's, so may the others, and each takes its part."""
    mine = len(os.sched_getaffinity(0))
    return max(1, mine // processes) if mine == os.cpu_count() else mine
