"""The two bodies that every aeroplane is made of: a fuselage, and tapering surfaces for wing and tail."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.rendering.shapes.parts import Surface, loft

if TYPE_CHECKING:
    from tfkeypoints.rendering.shapes.plane_styles import Style


class Fuselage:
    """A body of revolution, flattened and bent up towards the tail; places run from the tail (0) to the nose (1)."""

    def __init__(self, style: "Style", rng: np.random.Generator) -> None:
        self.radius = rng.uniform(*style.radius)
        self.nose, self.tail = rng.uniform(*style.nose), rng.uniform(*style.tail)
        self.height = rng.uniform(0.95, 1.2)  # over width
        self.blunt = rng.uniform(0.5, 0.65) if style.nose[0] < 0.3 else rng.uniform(0.75, 0.95)
        self.tail_radius = 0.75 if "jet" in style.engines else rng.uniform(0.08, 0.2)
        self.upsweep = rng.uniform(0.4, 0.9) * (1 - self.tail_radius) * self.radius
        self.droop = rng.uniform(0.1, 0.35) * self.radius

    def half_width(self, place: ArrayLike) -> np.ndarray:
        ahead = np.clip((1 - np.asarray(place)) / self.nose, 0, 1)
        behind = np.clip(np.asarray(place) / self.tail, 0, 1)
        narrow = self.tail_radius + (1 - self.tail_radius) * np.sin(behind * np.pi / 2)
        return self.radius * np.maximum((1 - (1 - ahead) ** 2) ** self.blunt, 0.02) * narrow

    def centre(self, place: ArrayLike) -> np.ndarray:
        """Returns points `[..., 3]` on the axis."""
        place = np.asarray(place, float)
        behind, ahead = np.clip(1 - place / self.tail, 0, 1), np.clip(1 - (1 - place) / self.nose, 0, 1)
        return np.stack([place - 0.5, 0 * place, self.upsweep * behind**1.5 - self.droop * ahead**2], axis=-1)

    def top(self, place: ArrayLike) -> np.ndarray:
        return self.centre(place) + np.array([0, 0, 1]) * (self.height * self.half_width(place))


@dataclasses.dataclass(frozen=True)
class Wing:
    """A tapering surface from `root` to `tip`, the leading edges' ends `[3]`; chords point to -x."""

    root: np.ndarray
    tip: np.ndarray
    root_chord: float
    tip_chord: float
    thickness: float  # a share of the chord

    def edge(self, out: float, back: float) -> np.ndarray:
        """Returns the point at share `out` from root to tip and `back` from leading to trailing edge."""
        chord = self.root_chord + out * (self.tip_chord - self.root_chord)
        return self.root + out * (self.tip - self.root) - np.array([back * chord, 0, 0])

    def surface(self, stations: int = 7, tip_scale: float = 0.6) -> Surface:
        """Returns the lofted surface, its last sections drawn in to round the tip."""
        share = np.array([*np.linspace(0, 0.96, stations - 1), 1.0])
        shrink = np.array([*np.ones(stations - 1), tip_scale])
        span = self.tip - self.root
        up = np.cross([1.0, 0, 0], span / np.linalg.norm(span))
        angle = np.pi * np.linspace(-1, 1, 17)[:-1]
        back = (1 + np.cos(angle)) / 2
        # Thickest at a third of the chord, and sharp at the trailing edge.
        lift = np.sin(angle) * (1 - back) ** 0.35 * self.thickness * 0.75
        rings = []
        for out, scale in zip(share, shrink, strict=True):
            chord = self.root_chord + out * (self.tip_chord - self.root_chord)
            middle = self.edge(out, 0.5)
            along = (0.5 - back)[:, None] * scale * chord * np.array([1.0, 0, 0])
            rings.append(middle + along + (lift * chord * scale)[:, None] * up)
        return loft(np.stack(rings))
