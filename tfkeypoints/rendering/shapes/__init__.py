"""Procedural object categories with known landmarks: `make("chairs", rng)` draws one object."""

from typing import TYPE_CHECKING

from tfkeypoints.arguments import check_choice
from tfkeypoints.rendering.shapes.cars import make_car
from tfkeypoints.rendering.shapes.chairs import make_chair
from tfkeypoints.rendering.shapes.parts import Shape
from tfkeypoints.rendering.shapes.planes import make_plane

if TYPE_CHECKING:
    import numpy as np


__all__ = ["CATEGORIES", "Shape", "make"]

CATEGORIES = {"chairs": make_chair, "cars": make_car, "planes": make_plane}


def make(category: str, rng: "np.random.Generator") -> Shape:
    """Draws one object of a category.

    Args:
        category: One of `CATEGORIES`.
        rng: `numpy.random.Generator`; the only source of chance.

    Returns:
        A `Shape`: mesh, landmarks and their names.

    Example:
        >>> chair = make("chairs", np.random.default_rng(0))
        >>> chair.landmarks.shape
        (12, 3)
    """
    check_choice(CATEGORIES, category=category)
    return CATEGORIES[category](rng)
