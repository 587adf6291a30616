"""Whether objects of a category face the same way in their own frames, and stand upright. NumPy only.

Their hulls are looked at in cylinders about the vertical axis, in which a turn is a shift along one axis.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

from tfkeypoints.data.captures.hull import Hull

RADII, TURNS, HEIGHTS = 12, 72, 24
BLUR = 1.0
"""Standard deviation, in cells, by which hulls are blurred: thin parts of two objects lie beside each other."""
ROUND = 0.05
"""An object whose hull varies less than this around its axis, as a share of all that it is, has no front to be seen."""
LEAST_TURN = 20.0
"""Degrees from which on a turn is told."""
BETTER = 0.15
"""By how much objects must agree better after a turn, of 1 for the same shape, for it to be told."""
ALIKE = 0.5
"""How much objects must agree after the turn: less says that they are unlike, or their photos too few."""
ROUNDS = 5
UPRIGHT = 20.0
"""Degrees between what is up in the photos and the vertical axis from which on that is told."""
LEVEL = 0.3
"""Photos tell what is up if their horizontal axes lie this much closer to one plane than to any other."""


@dataclasses.dataclass(frozen=True)
class Front:
    """How an object faces, compared with the others.

    Attributes:
        turn: Degrees about +z, counterclockwise seen from above, after which it agrees best with the others.
        agreement, as_it_is: Correlation of its shape with theirs after that turn, and without.
        opposite: After half a turn.
    """

    turn: float
    agreement: float
    as_it_is: float
    opposite: float

    @property
    def differs(self) -> bool:
        """Whether the object seems to face another way."""
        better = self.agreement - self.as_it_is >= BETTER
        return better and abs(self.turn) >= LEAST_TURN and self.agreement >= ALIKE


def pattern(hull: Hull) -> np.ndarray | None:
    """What distinguishes an object's sides: `[RADII, TURNS, HEIGHTS]` of length 1; None for one that is round.

    Args:
        hull: Of an object about the origin, with radius 1 and z up.
    """
    radii = (np.arange(RADII) + 0.5) / RADII
    heights = (2 * np.arange(HEIGHTS) + 1) / HEIGHTS - 1
    angles = 2 * np.pi * np.arange(TURNS) / TURNS
    radius, angle, height = np.meshgrid(radii, angles, heights, indexing="ij")
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle), height], -1)
    occupied = hull.contains(points.reshape(-1, 3), 1 / RADII).reshape(radius.shape).astype(float)
    occupied = ndimage.gaussian_filter(occupied, BLUR, mode=("constant", "wrap", "constant")) * np.sqrt(radius)
    varying = occupied - occupied.mean(1, keepdims=True)
    length = np.linalg.norm(varying)
    return varying / length if length**2 > ROUND * (occupied**2).sum() else None


def compare(patterns: Sequence[np.ndarray | None]) -> list[Front | None]:
    """Finds for each object the turn after which it agrees best with those that agree with each other.

    Args:
        patterns: See `pattern`.

    Returns:
        One for each; None for those that are round, and if there is nothing to compare with.
    """
    spectra = {number: np.fft.rfft(each, axis=1) for number, each in enumerate(patterns) if each is not None}
    known = list(spectra)
    alike = set(known)
    fronts: dict[int, Front] = {}
    for _ in range(ROUNDS):
        fronts = {}
        for number in known:
            others = [spectra[other] for other in alike - {number}]
            if others:
                fronts[number] = _front(spectra[number], np.sum(others, 0))
        agreeing = {number for number, front in fronts.items() if not front.differs}
        if agreeing == alike or not agreeing:
            break
        alike = agreeing
    return [fronts.get(number) for number in range(len(patterns))]


def same_from_behind(found: Sequence[Front | None]) -> bool:
    """Whether the objects' shapes, on the whole, don't tell front from back."""
    told = [front.as_it_is - front.opposite for front in found if front is not None and not front.differs]
    return bool(told) and float(np.mean(told)) < BETTER


def _front(spectrum: np.ndarray, reference: np.ndarray) -> Front:
    shifted = np.fft.irfft((spectrum.conj() * reference).sum((0, 2)), TURNS)  # by the turn of the object
    shifted /= np.sqrt(np.fft.irfft((np.abs(reference) ** 2).sum((0, 2)), TURNS)[0])
    best = int(shifted.argmax())
    degrees = 360 * best / TURNS
    return Front(degrees - 360 * (degrees > 180), float(shifted[best]), float(shifted[0]), float(shifted[TURNS // 2]))


def up_of(extrinsics: ArrayLike) -> np.ndarray | None:
    """What is up in photos that were not held askew: the unit vector `[3]` to which their horizontal axes are normal.

    Args:
        extrinsics: `[V, 4, 4]`.

    Returns:
        None if the photos leave it open, as those from one side do.
    """
    right, down = np.asarray(extrinsics)[:, 0, :3], np.asarray(extrinsics)[:, 1, :3]
    values, axes = np.linalg.eigh(right.T @ right / len(right))
    if values[1] - values[0] < LEVEL * values[2]:
        return None
    axis = axes[:, 0]
    return axis * (1 if axis @ down.sum(0) < 0 else -1)
