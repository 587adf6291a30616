"""Where an object is, and how large, from its silhouettes: a visual hull. NumPy float64."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from tfkeypoints.cameras import views
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.triangulation import triangulate
from tfkeypoints.data.captures.find import some_cameras

CELLS = 48
"""Points along each side of the cube in which the object is looked for."""
AROUND = 1.2
"""Half of the cube's side, in radii of what the silhouettes show about its middle."""
DISSENT = 0.05
"""Share of the photos that may deny a point which the others show: their masks are not perfect."""
SEEN = 0.5
"""Share of the photos within which a point must lie to be known."""
OUTERMOST = 0.005
"""Share of a silhouette's outline that may lie beyond the radius."""


@dataclasses.dataclass(frozen=True)
class Hull:
    """The visual hull of an object.

    Attributes:
        silhouettes: For each of V photos bool `[h, w]`, of any size.
        calibration: Their cameras.
        centre: `[3]`, world: the middle of the hull's box along the world's axes.
        radius: World units: the distance from there to the farthest place that a silhouette shows.
        explained: `[V]`, the share of each silhouette that the hull, and so the other photos, explains.
    """

    silhouettes: tuple[np.ndarray, ...]
    calibration: Calibration
    centre: np.ndarray
    radius: float
    explained: np.ndarray

    @classmethod
    def of(cls, silhouettes: Sequence[np.ndarray], calibration: Calibration, dissent: float = DISSENT) -> "Hull":
        """Finds the hull.

        Args:
            silhouettes, calibration: See `Hull`.
            dissent: Share of the photos that may deny a point which the others show.

        Raises:
            ValueError: If the cameras look along one line, or no place is shown by all silhouettes.
        """
        middle = _meeting_point(silhouettes, calibration)
        reach = AROUND * _radius(middle, silhouettes, calibration)
        steps = (np.arange(CELLS) + 0.5) / CELLS * 2 - 1
        grid = middle + reach * np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
        cell = 2 * reach / CELLS
        inside = grid[_inside(grid, cell, silhouettes, calibration, dissent)]
        if not len(inside):
            raise ValueError(
                "masks and cameras should fit together: no place in space lies in all masks. The usual causes: the "
                "masks are inverted (white is the object), poses of another reconstruction, or other axes than the "
                f"format's. Received: {len(silhouettes)} photos"
            )
        explained = _explained(inside, cell, silhouettes, calibration)
        centre = (inside.min(0) + inside.max(0)) / 2
        radius = _radius(centre, silhouettes, calibration)
        return cls(tuple(silhouettes), calibration, centre, radius, explained)

    def contains(self, points_world: np.ndarray, cell: float) -> np.ndarray:
        """Whether the hull is at points, to within half a `cell` (world units): `[N, 3]` to bool `[N]`."""
        return _inside(points_world, cell, self.silhouettes, self.calibration, DISSENT)


def _meeting_point(silhouettes: Sequence[np.ndarray], calibration: Calibration) -> np.ndarray:
    """The place nearest to what is in the middle of all silhouettes."""
    middles = []
    for mask, size in zip(silhouettes, calibration.sizes, strict=True):
        places = np.argwhere(mask)
        middle = (places.min(0) + places.max(0) + 1)[::-1] / 2
        middles.append(middle / mask.shape[::-1] * size - 0.5)
    (point,) = triangulate(np.array(middles)[:, None], calibration).points
    if not np.isfinite(point).all():
        raise ValueError(
            "photos should be taken from different sides: these cameras look along one line. "
            f"Received: {len(middles)} photos"
        )
    return point


def _radius(centre: np.ndarray, silhouettes: Sequence[np.ndarray], calibration: Calibration) -> float:
    """The distance from a point to the farthest ray that shows the object, but for the outermost of each photo."""
    eyes = views.centres(calibration.extrinsics)
    farthest = []
    for view, (mask, size) in enumerate(zip(silhouettes, calibration.sizes, strict=True)):
        outline = np.argwhere(mask & ~ndimage.binary_erosion(mask, border_value=1))[:, ::-1]
        outline = outline if len(outline) else np.argwhere(mask)[:, ::-1]
        pixels = (outline + 0.5) / mask.shape[::-1] * size - 0.5
        rays = views.pixel_rays(pixels, calibration.matrices[view], calibration.lenses[view])
        rays = rays[np.isfinite(rays).all(1)] @ calibration.extrinsics[view, :3, :3]
        if len(rays):
            rays /= np.linalg.norm(rays, axis=1, keepdims=True)
            off = np.linalg.norm(np.cross(centre - eyes[view], rays), axis=1)
            farthest.append(np.quantile(off, 1 - OUTERMOST))
    return float(max(farthest))


def _seen(points: np.ndarray, mask: np.ndarray, one: Calibration) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns `[N, 2]` of a mask at which its camera sees points, and which of them it sees."""
    (pixels,) = one.project(points)
    places = (pixels + 0.5) / one.sizes[0] * mask.shape[::-1]
    with np.errstate(invalid="ignore"):
        seen = ((places >= 0) & (places < mask.shape[::-1])).all(1)
    return np.where(seen[:, None], places, 0).astype(int)[:, ::-1], seen


def _grown(mask: np.ndarray, points: np.ndarray, cell: float, one: Calibration) -> np.ndarray:
    """The mask, wider by half of what a cell at the middle of the points covers."""
    eye = views.centres(one.extrinsics)[0]
    distance = np.linalg.norm(points.mean(0) - eye)
    pixels = cell / distance * one.intrinsics[0, 1, 1] * mask.shape[0] / 2
    return ndimage.maximum_filter(mask, 2 * int(np.ceil(pixels / 2)) + 1)


def _inside(
    points: np.ndarray, cell: float, silhouettes: Sequence[np.ndarray], calibration: Calibration, dissent: float
) -> np.ndarray:
    most = dissent * len(silhouettes)
    seen, denied, left = np.zeros(len(points), int), np.zeros(len(points), int), np.arange(len(points))
    for view, mask in enumerate(silhouettes):
        one = some_cameras(calibration, [view])
        places, there = _seen(points[left], mask, one)
        seen[left] += there
        denied[left] += there & ~_grown(mask, points, cell, one)[tuple(places.T)]
        left = left[denied[left] <= most]
    found = np.zeros(len(points), bool)
    found[left] = (seen[left] >= max(2, SEEN * len(silhouettes))) & (denied[left] <= dissent * seen[left])
    return found


def _explained(
    inside: np.ndarray, cell: float, silhouettes: Sequence[np.ndarray], calibration: Calibration
) -> np.ndarray:
    shares = []
    for view, mask in enumerate(silhouettes):
        one = some_cameras(calibration, [view])
        places, there = _seen(inside, mask, one)
        marks = np.zeros_like(mask)
        marks[tuple(places[there].T)] = True
        shares.append((_grown(_grown(marks, inside, cell, one), inside, cell, one) & mask).sum() / mask.sum())
    return np.array(shares)
