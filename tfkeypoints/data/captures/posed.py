"""One object's photos in the frame and unit that all objects share: found, checked, and cut to windows."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.cameras import views
from tfkeypoints.data.captures import window
from tfkeypoints.data.captures.find import LEAST_PHOTOS, Capture, listed, read_capture, some_cameras
from tfkeypoints.data.captures.hull import Hull
from tfkeypoints.geometry.poses import look_at

if TYPE_CHECKING:
    from tfkeypoints.cameras.calibration import Calibration


EXPLAINED = 0.7
"""Share of a photo's silhouette that the other photos should explain."""
MANY = 0.25
"""More photos than this share can't be wrong while the others are right."""
CAUSES = "Do the masks show more than the object, or are the poses wrong?"


@dataclasses.dataclass(frozen=True)
class Posed:
    """A capture whose object is where an object should be: about the origin, with radius 1, x forward and z up.

    Attributes:
        capture: In that frame.
        hull: The same.
        axes: `[3, 3]` A, centre: `[3]` c, radius: r, so that x = A (x_file - c) / r.
    """

    capture: Capture
    hull: Hull
    axes: np.ndarray
    centre: np.ndarray
    radius: float

    @classmethod
    def of(cls, folder: Path, axes: np.ndarray) -> "Posed":
        """Reads an object's folder.

        Args:
            folder: See `read_capture`.
            axes: `[3, 3]`, rotation from the files' axes to x forward, y left, z up.

        Raises:
            ValueError: As `read_capture`; if photos have no masks, or masks and cameras do not fit together.
        """
        capture = read_capture(folder)
        capture, silhouettes = _with_silhouettes(capture, folder)
        local, offset = capture.calibration.recentred()
        extrinsics = local.extrinsics.copy()
        extrinsics[:, :3, :3] = extrinsics[:, :3, :3] @ axes.T
        turned = dataclasses.replace(local, extrinsics=extrinsics)
        try:
            hull, rows, doubts = _hull(silhouettes, turned)
        except ValueError as error:
            raise ValueError(f"{folder}: {error}") from error
        capture = capture.chosen(rows)
        centre, radius = hull.centre, hull.radius
        extrinsics = views.about(hull.calibration.extrinsics, centre)
        extrinsics[:, :3, 3] /= radius
        calibration = dataclasses.replace(hull.calibration, extrinsics=extrinsics)
        capture = dataclasses.replace(capture, calibration=calibration, remarks=(*capture.remarks, *doubts))
        hull = Hull(hull.silhouettes, calibration, np.zeros(3), 1.0, hull.explained)
        return cls(capture, hull, axes, axes.T @ centre + offset, radius)

    @property
    def distances(self) -> np.ndarray:
        """`[V]`, from the cameras to the object's middle, in radii."""
        return np.linalg.norm(views.centres(self.capture.calibration.extrinsics), axis=-1)

    def to_file(self, points: np.ndarray) -> np.ndarray:
        """Takes points `[..., 3]` from this frame to that of the camera file: x_file = r Aᵀ x + c."""
        return self.radius * np.asarray(points) @ self.axes + self.centre

    def aim(self, view: int, target: ArrayLike = (0.0, 0.0, 0.0)) -> tuple[np.ndarray, float]:
        """The extrinsics `[4, 4]` of an upright window of a photo that is aimed at a point, and its focal length."""
        eye = views.centres(self.capture.calibration.extrinsics)[view]
        return look_at(eye, target), float(window.focal_of(np.linalg.norm(eye - np.asarray(target))))

    def side_of(self, view: int) -> float:
        """What a window that is aimed at the object's middle covers of a photo from side to side, in its pixels."""
        return 2 * float(self.capture.calibration.matrices[view, 1, 1] / window.focal_of(self.distances[view]))

    def longest(self) -> np.ndarray:
        """`[V]`, the longer side of the box around each mask, in pixels of its photo."""
        boxes = np.array([np.ptp(np.argwhere(mask), axis=0) + 1 for mask in self.hull.silhouettes])
        scales = self.capture.calibration.sizes[:, ::-1] / [mask.shape for mask in self.hull.silhouettes]
        return (boxes * scales).max(1)

    def cut(self, view: int, rgba: np.ndarray, extrinsics: np.ndarray, focal: float, side: int) -> np.ndarray:
        """Draws a window of a photo, see `window.cut`."""
        one = some_cameras(self.capture.calibration, [view])
        return window.cut(rgba, one, extrinsics[:3, :3] @ one.extrinsics[0, :3, :3].T, focal, side)


def _with_silhouettes(capture: Capture, folder: Path) -> tuple[Capture, list[np.ndarray]]:
    """The photos that show the object, with their silhouettes; the others are told."""
    found, problems, empty = {}, [], []
    for row, photo in enumerate(capture.photos):
        try:
            silhouette = photo.silhouette()
        except ValueError as error:
            problems.append(str(error))
            continue
        if silhouette.any():
            found[row] = silhouette
        else:
            empty.append(photo.name)
    remarks = list(capture.remarks)
    if problems:
        remarks.append(f"{len(problems)} photos are left out: {problems[0]}{' …' * (len(problems) > 1)}")
    if empty:
        remarks.append(f"{len(empty)} photos whose mask is empty are left out: {listed(empty)}")
    if len(found) < LEAST_PHOTOS:
        why = problems[0] if problems else f"masks of {listed(empty)} are empty"
        raise ValueError(
            f"{folder} should hold {LEAST_PHOTOS} or more photos with a camera and a mask. Received: {len(found)} of "
            f"{len(capture.photos)}; {why}"
        )
    everywhere = [capture.photos[row].name for row, mask in found.items() if mask[[0, 0, -1, -1], [0, -1, 0, -1]].all()]
    if len(everywhere) > len(found) / 2:
        raise ValueError(
            f"{folder} should have masks that are white where the object is, and black about it. Received: masks with "
            f"white corners, of {listed(everywhere)}: are they inverted?"
        )
    cut_off = [capture.photos[row].name for row, mask in found.items() if mask[[0, -1]].any() or mask[:, [0, -1]].any()]
    if cut_off:
        remarks.append(f"{len(cut_off)} of {len(found)} photos do not show the whole object: {listed(cut_off)}")
    chosen = capture.chosen(list(found))
    return dataclasses.replace(chosen, remarks=tuple(remarks)), list(found.values())


def _hull(silhouettes: list[np.ndarray], calibration: "Calibration") -> tuple[Hull, np.ndarray, list[str]]:
    """The hull of photos that agree, which these are, and sentences on those that don't."""
    problem: ValueError | None = None
    try:
        hull = Hull.of(silhouettes, calibration)
    except ValueError as error:
        problem = error
    if problem is not None or hull.explained.min() < EXPLAINED:
        loose = Hull.of(silhouettes, calibration, MANY)
        wrong = np.flatnonzero(loose.explained < EXPLAINED)
        if 0 < len(wrong) <= MANY * len(silhouettes):
            rows = np.flatnonzero(loose.explained >= EXPLAINED)
            hull = Hull.of([silhouettes[row] for row in rows], some_cameras(calibration, rows))
            told = f"{len(wrong)} of {len(silhouettes)} photos are left out, for the others do not explain their masks"
            return hull, rows, [f"alarm: {told}: {_shares(loose, wrong)}. {CAUSES}"]
    if problem is not None:
        raise problem
    wrong = np.flatnonzero(hull.explained < EXPLAINED)
    told = f"masks of {len(wrong)} of {len(silhouettes)} photos are not explained by the others"
    return hull, np.arange(len(silhouettes)), [f"alarm: {told}: {_shares(hull, wrong)}. {CAUSES}"] * bool(len(wrong))


def _shares(hull: Hull, rows: np.ndarray) -> str:
    return listed([f"{hull.calibration.names[row]} ({hull.explained[row]:.0%})" for row in rows])
