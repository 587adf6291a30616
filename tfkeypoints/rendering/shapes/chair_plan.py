"""Measures of one chair, and the surfaces of seat and back that its other parts hold on to."""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.rendering.shapes.parts import Surface, sheet


@dataclasses.dataclass(frozen=True)
class Plan:
    """The measures that the parts of one chair share; unit: about half a metre. The floor is at z = 0."""

    width: float
    depth: float
    seat_height: float  # of the seat's upper side
    seat_thickness: float
    exponent: float  # of the seat's outline
    taper: float
    leg_radius: float
    back_height: float
    back_thickness: float
    recline: float
    lumbar: float
    wrap: float
    flare: float
    arch: float
    frame: np.ndarray
    cover: np.ndarray
    accent: np.ndarray

    def seat_point(self, x: float, y: float) -> np.ndarray:
        """Returns the point of the seat's upper side at shares `x`, `y` in [-1, 1] of its depth and width."""
        narrow = 1 - self.taper * (1 - x) / 2
        return np.array([x * self.depth / 2, y * narrow * self.width / 2, self.seat_height])

    def seat_corner(self, front: bool) -> np.ndarray:
        """Returns the left corner of the seat's rim, at 45° of its outline."""
        share = 0.5 ** (1 / self.exponent)
        return self.seat_point(share if front else -share, share)

    def back_point(self, across: ArrayLike, up: ArrayLike) -> np.ndarray:
        """Returns points amid the back's thickness; `across` in [-1, 1] from right to left, `up` in [0, 1]."""
        across, up = np.broadcast_arrays(np.asarray(across, float), np.asarray(up, float))
        base = -0.5 * self.depth + self.back_thickness / 2
        x = base - self.recline * up + 4 * self.lumbar * up * (up - 1) + self.wrap * across**2 * (0.4 + 0.6 * up)
        y = across * (1 - self.taper) * self.width / 2 * (1 + self.flare * up)
        rise = self.back_height * (1 + self.arch * (1 - across**2))
        return np.stack([x, y, self.seat_height - 0.6 * self.seat_thickness * (1 - up) + rise * up], axis=-1)

    def back_panel(
        self,
        across: tuple[float, float],
        up: tuple[float, float],
        thickness: float = 1.0,
        columns: int = 2,
        rows: int = 9,
    ) -> Surface:
        """Returns the part of the back between two shares `across` and two shares `up`."""
        middle = self.back_point(np.linspace(*across, columns), np.linspace(*up, rows)[:, None])
        half = np.array([thickness * self.back_thickness / 2, 0, 0])
        return sheet(middle + half, middle - half)
