"""In which types this machine can compute the networks' convolutions."""

import functools
import os
from typing import TYPE_CHECKING

import tensorflow as tf

if TYPE_CHECKING:
    import keras


def check_convolutions(policy: "keras.DTypePolicy") -> None:
    """Checks that TensorFlow can convolve in a policy's compute type here.

    It always can, but where `ONEDNN_MAX_CPU_ISA` keeps oneDNN from instructions that the processor has: TensorFlow asks
    the processor whether there is bfloat16, oneDNN then finds no kernel, and a matrix product ends the process.

    Args:
        policy: `keras.DTypePolicy` of a layer.

    Raises:
        ValueError: If it cannot.
    """
    if not has_convolutions(policy.compute_dtype):
        most = os.environ.get("ONEDNN_MAX_CPU_ISA")
        raise ValueError(
            f"`dtype` must be a type that TensorFlow can convolve in; with ONEDNN_MAX_CPU_ISA={most} it can't: "
            f"unset that, or compute in float32. Received: dtype={policy.name!r}"
        )


@functools.cache
def has_convolutions(dtype: str) -> bool:
    """Whether TensorFlow has convolutions of this type on this machine, found by trying."""
    with tf.init_scope():
        try:
            tf.nn.conv2d(tf.ones([1, 4, 4, 1], dtype), tf.ones([3, 3, 1, 1], dtype), 1, "SAME")
        except tf.errors.AbortedError:
            return False
    return True
