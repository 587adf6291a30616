"""Checks of arguments, which raise a ValueError that names the argument, what was received and what would be right."""

from collections.abc import Iterable


def check_positive(**values: float) -> None:
    """Checks that numbers are above 0, and no NaN.

    Example:
        >>> check_positive(width=3.0, height=0.5)
    """
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"`{name}` must be positive. Received: {name}={value}")


def check_positive_integers(**values: float) -> None:
    """Checks that numbers are 1, 2, …; a float may stand for one."""
    for name, value in values.items():
        if not value >= 1 or value % 1:
            raise ValueError(f"`{name}` must be a positive integer. Received: {name}={value}")


def check_weights(**weights: float) -> None:
    """Checks that weights of an objective are 0 or more."""
    for name, weight in weights.items():
        if not weight >= 0:
            raise ValueError(f"`{name}` is a weight and can't be negative. Received: {name}={weight}")


def check_choice(known: Iterable[object], **values: object) -> None:
    """Checks that values are among those that are known."""
    for name, value in values.items():
        if value not in known:
            raise ValueError(f"`{name}` must be one of {', '.join(map(str, known))}. Received: {name}={value!r}")
