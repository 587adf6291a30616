"""Joins examples that show one instance to examples with more views. NumPy only."""

from collections.abc import Collection

import numpy as np


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


def check_joinable(keys: Collection[str], num_views: int | None, views: int) -> None:
    """Raises a ValueError unless examples with these keys tell their instance, or need not be joined."""
    if num_views not in (None, views) and "instance" not in keys:
        raise ValueError(
            f"`num_views` should be {views}, that of the examples, unless they tell their `instance`. "
            f"Received: num_views={num_views}"
        )
