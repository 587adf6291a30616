"""Checks of inputs that every geometric function makes."""

from typing import TypeAlias

import tensorflow as tf

TensorLike: TypeAlias = tf.types.experimental.TensorLike
"""What `tf.convert_to_tensor` takes: a tensor, an array, or nested sequences of numbers."""


def as_floats(*values: TensorLike, names: str) -> list[tf.Tensor]:
    """Converts to tensors of one floating dtype: that of the widest floating argument, float32 if there is none.

    Args:
        *values: Tensors, arrays, or nested sequences of numbers.
        names: The arguments' names, separated by spaces, for error messages.

    Raises:
        ValueError: If an argument is not numeric.
    """
    tensors = []
    for name, value in zip(names.split(), values, strict=True):
        try:
            tensors.append(tf.convert_to_tensor(value))
        except (TypeError, ValueError) as error:
            raise ValueError(f"`{name}` must be an array of numbers. Received: {name}={value!r}") from error
        if not (tensors[-1].dtype.is_floating or tensors[-1].dtype.is_integer or tensors[-1].dtype.is_bool):
            raise ValueError(f"`{name}` must be an array of real numbers. Received: {name}={value!r}")
    floating = [
        tensor.dtype
        for value, tensor in zip(values, tensors, strict=True)
        if tensor.dtype.is_floating and hasattr(value, "dtype")
    ]
    dtype = max(floating, key=lambda each: each.size, default=tf.float32)
    if dtype.size < 4:
        dtype = tf.float32
    return [tf.cast(tensor, dtype) for tensor in tensors]


def check_trailing(name: str, tensor: tf.Tensor, trailing: tuple[int | None, ...]) -> None:
    """Raises a ValueError unless the static shape ends in `trailing` (None stands for any size)."""
    shape = tensor.shape
    fits = shape.rank is None or (
        shape.rank >= len(trailing) and shape[shape.rank - len(trailing) :].is_compatible_with(trailing)
    )
    if not fits:
        wanted = ", ".join("*" if size is None else str(size) for size in trailing)
        raise ValueError(f"`{name}` must have shape [..., {wanted}]. Received: {name}.shape={tuple(shape)}")
