"""Frames at a constant rate, for formats that hold no times."""

import numpy as np
from numpy.typing import ArrayLike


def slots(times: ArrayLike) -> tuple[np.ndarray, float]:
    """Finds which frames of a constant rate the frames of a recording are: dropped ones leave a gap.

    n_i = n_{i-1} + max(1, round((t_i - t_{i-1}) / Δ)),   Δ = median step,   rate = n_{T-1} / (t_{T-1} - t_0)

    Args:
        times: `[T]` seconds, rising, two or more.

    Returns:
        n int `[T]` from 0 on, and the rate in frames a second. Times that are rounded, such as those of 29.97 frames/s
        to milliseconds, leave no gap however long they are.

    Example:
        >>> slots([0.0, 0.1, 0.2, 0.4])[0].tolist()
        [0, 1, 2, 4]
    """
    steps = np.diff(np.asarray(times, np.float64))
    if not len(steps) or not (steps > 0).all():
        raise ValueError(f"`times` should be two or more that rise. Received: times={np.asarray(times)}")
    numbers = np.concatenate([[0], np.cumsum(np.maximum(1, np.rint(steps / np.median(steps)).astype(int)))])
    return numbers, float(numbers[-1] / steps.sum())
