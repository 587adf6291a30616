"""Epipolar planes that touch what moves: in two cameras that fit, they are the same, whatever the shape of it."""

import dataclasses
import functools

import numpy as np

from tfkeypoints.cameras import views
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.inspection.outlines import Outlines

WIDEST = 2.5
"""Radians about the baseline that an outline may span. More, and the other camera stands within it."""


@dataclasses.dataclass(frozen=True)
class Placed:
    """One camera as it is supposed to be.

    Attributes:
        matrix: `[3, 3]`, camera to pixels.
        lens: Its lens.
        extrinsics: `[4, 4]`, world to camera.
        to_calibrated: `[2, 3]`, from pixels as recorded to those that the calibration is of.
        late: Frames that it started later than the others.
    """

    matrix: np.ndarray
    lens: Lens
    extrinsics: np.ndarray
    to_calibrated: np.ndarray = dataclasses.field(default_factory=lambda: np.eye(2, 3))
    late: int = 0

    @property
    def eye(self) -> np.ndarray:
        """Its place in the world, `[3]`."""
        return views.centres(self.extrinsics)

    @property
    def recorded_matrix(self) -> np.ndarray:
        """Camera to pixels as recorded, `[3, 3]`."""
        return np.linalg.solve(np.concatenate([self.to_calibrated, [[0.0, 0.0, 1.0]]]), self.matrix)

    def zoomed(self, factor: float) -> "Placed":
        """With another focal length."""
        return dataclasses.replace(self, matrix=self.matrix * np.array([[factor] * 2 + [1]] * 2 + [[1, 1, 1]]))

    def turned(self, rotation: np.ndarray) -> "Placed":
        """Turned on the spot by a rotation `[3, 3]` in its own frame."""
        turned = self.extrinsics.copy()
        turned[:3] = rotation @ turned[:3]
        return dataclasses.replace(self, extrinsics=turned)

    def own_rays(self, pixels: np.ndarray) -> np.ndarray:
        """The directions in the camera's frame that pixels as recorded show, `[..., 2]` to unit `[..., 3]`."""
        pixels = pixels @ self.to_calibrated[:, :2].T + self.to_calibrated[:, 2]
        rays = views.pixel_rays(pixels, self.matrix, self.lens)
        return rays / np.linalg.norm(rays, axis=-1, keepdims=True)

    def rays(self, pixels: np.ndarray) -> np.ndarray:
        """The same directions in the world."""
        return self.own_rays(pixels) @ self.extrinsics[:3, :3]


def placed(calibration: Calibration) -> list[Placed]:
    """The cameras as a file has them."""
    each = zip(calibration.matrices, calibration.lenses, calibration.extrinsics, strict=True)
    return [Placed(*camera) for camera in each]


@dataclasses.dataclass(frozen=True)
class Seen:
    """One camera's outlines as directions: `[0]` of the points, `[1]` and `[2]` of places a pixel beside and below.

    Attributes:
        outlines: What moves, in pixels.
        camera: The camera.
        own_rays: `[3, N, 3]`, the directions in its frame.
    """

    outlines: Outlines
    camera: Placed
    own_rays: np.ndarray

    @functools.cached_property
    def rays(self) -> np.ndarray:
        """The directions in the world, `[3, N, 3]`."""
        return self.own_rays @ self.camera.extrinsics[:3, :3]

    @functools.cached_property
    def middle(self) -> np.ndarray:
        """The sum of the directions to all points, `[3]`."""
        return np.nansum(self.rays[0], 0)

    @functools.cached_property
    def begin(self) -> np.ndarray:
        """The first of the points of each time that has some."""
        return np.flatnonzero(np.diff(self.outlines.frames, prepend=-1))

    def moved(self, camera: Placed) -> "Seen":
        """The same outlines of another camera; if it has the same lens and matrix, no direction is sought again."""
        old = self.camera
        same = camera.lens is old.lens and camera.matrix is old.matrix and camera.to_calibrated is old.to_calibrated
        return Seen(self.outlines, camera, self.own_rays) if same else look(self.outlines, camera)


def look(outlines: Outlines, camera: Placed) -> Seen:
    """Takes outlines to directions."""
    beside = outlines.points + np.array([[[0, 0]], [[1, 0]], [[0, 1]]])
    return Seen(outlines, camera, camera.own_rays(beside))


def distances(one: Seen, other: Seen) -> np.ndarray:
    """How far the planes through both cameras that touch what moves in one miss what moves in the other.

    A plane through both eyes shows as a line in each image. Of all of them, two just touch a thing, at its two frontier
    points; and since these are points of the thing, each touches it in the other image too.

    Args:
        one, other: What two cameras see.

    Returns:
        `[T, 2]` pixels as recorded, mean of both images, signed: of the first and the last plane that touches. NaN
        where a camera sees nothing move, or the border cuts it off there.
    """
    return missed(*touching(one, other), one.camera.late - other.camera.late)


def touching(one: Seen, other: Seen) -> tuple[np.ndarray, np.ndarray]:
    """For each camera `[T, 2, 2]`: angles about the baseline of the planes that touch, and pixels a radian is there."""
    across = axes(one, other)
    return _touching(one, across), _touching(other, across)


def axes(one: Seen, other: Seen) -> np.ndarray:
    """Two directions across the baseline, `[3, 2]`, the first towards what is seen; NaN of two cameras at one place."""
    baseline = other.camera.eye - one.camera.eye
    middle = one.middle + other.middle
    with np.errstate(invalid="ignore"):
        baseline = baseline / np.linalg.norm(baseline)
        ahead = middle - baseline * (middle @ baseline)
        ahead = ahead / np.linalg.norm(ahead)
    return np.stack([ahead, np.cross(baseline, ahead)], -1)


def angles(rays: np.ndarray, across: np.ndarray) -> np.ndarray:
    """The angles about a baseline at which directions lie, `[..., 3]` and the `axes` to `[...]` radians."""
    shares = rays @ across
    return np.arctan2(shares[..., 1], shares[..., 0])


def missed(one: np.ndarray, other: np.ndarray, lag: int) -> np.ndarray:
    """The distances of planes that `touching` found, `[T, 2]` pixels, where `one` started `lag` frames later."""
    shifted = np.full_like(other, np.nan)
    count = max(0, len(other) - abs(lag))
    shifted[max(0, -lag) :][:count] = other[max(0, lag) :][:count]
    return (shifted[..., 0] - one[..., 0]) * (shifted[..., 1] + one[..., 1]) / 2


def _touching(seen: Seen, across: np.ndarray) -> np.ndarray:
    count, frames, begin = seen.outlines.count, seen.outlines.frames, seen.begin
    found = np.full((count, 2, 2), np.nan)
    if not len(frames):
        return found
    angle = angles(seen.rays[0], across)
    lengths = np.diff(begin, append=len(frames))
    extremes = np.minimum.reduceat(angle, begin), np.maximum.reduceat(angle, begin)  # NaN if one of them is
    narrow = extremes[1] - extremes[0] < WIDEST
    for side, extreme in enumerate(extremes):
        hits = np.flatnonzero(angle == np.repeat(extreme, lengths))
        times, first = np.unique(frames[hits], return_index=True)
        point = begin.copy()
        point[np.searchsorted(frames[begin], times)] = hits[first]
        beside = angles(seen.rays[1:, point], across) - angle[point]
        step = np.hypot(*((beside + np.pi) % (2 * np.pi) - np.pi))
        found[frames[begin], side, 0] = np.where(narrow & ~seen.outlines.cut[point], extreme, np.nan)
        found[frames[begin], side, 1] = 1 / np.maximum(step, 1e-12)
    return found
