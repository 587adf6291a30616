"""Checks that every metric makes of its arguments."""

import numpy as np
from numpy.typing import ArrayLike, DTypeLike


def as_array(name: str, value: ArrayLike, *shape: int | None, dtype: DTypeLike = np.float64) -> np.ndarray:
    """Converts to a finite array of the given shape.

    Args:
        name: The argument's name, for error messages.
        value: Array, tensor or nested sequence.
        *shape: One size an axis; None stands for any size from 1.
        dtype: Of the answer.

    Raises:
        ValueError: If the shape does not fit, or a value is NaN or infinite.
    """
    array = np.asarray(value, dtype)
    fits = array.ndim == len(shape) and all(
        size >= 1 if wanted is None else size == wanted for size, wanted in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("*" if size is None else str(size) for size in shape)
        raise ValueError(f"`{name}` must have shape [{wanted}], not empty. Received: {name}.shape={array.shape}")
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array).reshape(len(array), -1).all(1)).sum())
        raise ValueError(f"`{name}` must be finite. Received: NaN or infinity in {bad} of {len(array)} examples")
    return array


def check_several_views(name: str, array: np.ndarray) -> None:
    """Raises a ValueError unless the second axis, the views, has two or more entries."""
    if array.shape[1] < 2:
        raise ValueError(f"`{name}` needs at least two views of each object. Received: {name}.shape={array.shape}")
