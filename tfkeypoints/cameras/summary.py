"""What a person can check about a rig with a ruler: fields of view, lenses, distances, and where the cameras look."""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.cameras import views
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.lens import Lens

GRID, COARSE = 65, 9
"""Places along each side of an image at which a lens is looked at, and at which two rigs are compared."""


@dataclasses.dataclass(frozen=True)
class Summary:
    """A rig in numbers; angles in degrees, lengths in the world's unit, places and focal lengths in pixels.

    What needs the size of a camera's images is NaN where that is not known.

    Attributes:
        focal_lengths: `[V, 2]`, along x and y.
        fields_of_view: `[V, 2]`, horizontal and vertical through the middle of the image, lens included; NaN where the
            lens has no image at the border.
        off_centre: `[V, 2]`, from the middle of the image to the principal point, right and down.
        displacements: `[V]`, how far the lens moves a place of the image, at the most; infinite where it shows what is
            90° or more off the axis, which the ideal image does not have.
        unseen: `[V]`, the part of the image where the lens shows nothing: past its fold.
        eyes: `[V, 3]`, where the cameras stand.
        distances: `[V, V]`, between them.
        angles: `[V, V]`, between their optical axes.
        meeting_point: `[3]`, the place nearest to all optical axes; None where they are parallel.
        ranges: `[V]`, from each camera to that place; NaN if there is none.
        misses: `[V]`, from that place to each optical axis; NaN if there is none.
        up: `[3]`, the world's axis that is nearest to up in the images.
        pitches: `[V]`, by which each optical axis points above (or, negative, below) the level.
    """

    focal_lengths: np.ndarray
    fields_of_view: np.ndarray
    off_centre: np.ndarray
    displacements: np.ndarray
    unseen: np.ndarray
    eyes: np.ndarray
    distances: np.ndarray
    angles: np.ndarray
    meeting_point: np.ndarray | None
    ranges: np.ndarray
    misses: np.ndarray
    up: np.ndarray
    pitches: np.ndarray


def summarize(calibration: Calibration) -> Summary:
    """Computes everything of `Summary`."""
    sizes, matrices, extrinsics = calibration.sizes, calibration.matrices, calibration.extrinsics
    known = np.all(sizes, 1)
    fields, (displacements, unseen) = np.full([len(known), 2], np.nan), np.full([2, len(known)], np.nan)
    for view in np.flatnonzero(known):
        camera = sizes[view], matrices[view], calibration.lenses[view]
        fields[view] = views.fields_of_view(*camera)
        displacements[view], unseen[view] = lens_effect(*camera)
    eyes, forward, up = views.centres(extrinsics), views.axes(extrinsics), views.up(extrinsics)
    point = views.meeting_point(extrinsics)
    to_point = np.full_like(eyes, np.nan) if point is None else point - eyes
    return Summary(
        focal_lengths=matrices[:, [0, 1], [0, 1]],
        fields_of_view=fields,
        off_centre=np.where(known[:, None], matrices[:, :2, 2] - (sizes - 1) / 2, np.nan),
        displacements=displacements,
        unseen=unseen,
        eyes=eyes,
        distances=np.linalg.norm(eyes[:, None] - eyes, axis=-1),
        angles=_between(forward[:, None], forward),
        meeting_point=point,
        ranges=np.linalg.norm(to_point, axis=-1),
        misses=np.linalg.norm(np.cross(to_point, forward), axis=-1),
        up=up,
        pitches=90 - _between(forward, up),
    )


def lens_effect(size: ArrayLike, matrix: np.ndarray, lens: Lens) -> tuple[float, float]:
    """How far a lens moves a place of an image at the most, in pixels, and the part of the image that it does not show.

    Args:
        size: Width and height in pixels.
        matrix: `[3, 3]`, camera to pixels.
        lens: The lens.
    """
    places = _places(size, GRID)
    rays = views.pixel_rays(places, matrix, lens)
    seen = np.isfinite(rays).all(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ideal = rays @ matrix.T
        moved = np.linalg.norm(ideal[..., :2] / ideal[..., 2:] - places, axis=-1)
    moved = np.where(rays[..., 2] > 0, moved, np.inf)[seen]
    return float(moved.max()) if seen.any() else np.nan, float(1 - seen.mean())


def largest_difference(one: Calibration, other: Calibration) -> float:
    """How far two rigs of the same cameras, found by name, disagree on where points are, in pixels, at the most.

    The points are those that a camera of `one` sees all over its image, as far away as it looks.
    """
    reach = _ranges(one)
    found = []
    for view, (name, size, matrix, lens) in enumerate(zip(one.names, one.sizes, one.matrices, one.lenses, strict=True)):
        rays = views.pixel_rays(_places(views.assumed_size(size, matrix), COARSE), matrix, lens).reshape(-1, 3)
        rays = rays[np.isfinite(rays).all(-1)]
        points = views.centres(one.extrinsics)[view] + reach[view] * rays @ one.extrinsics[view, :3, :3]
        apart = one.project(points)[view] - other.project(points)[other.names.index(name)]
        found.append(np.linalg.norm(apart, axis=-1))
    return float(np.max(np.concatenate(found), initial=0))


def _ranges(calibration: Calibration) -> np.ndarray:
    """How far each camera looks, `[V]`: to where the optical axes meet, or else as far as the rig is wide."""
    point = views.meeting_point(calibration.extrinsics)
    if point is None:
        return np.full(len(calibration.names), views.span(calibration.extrinsics) or 1.0)
    return np.linalg.norm(point - views.centres(calibration.extrinsics), axis=1)


def _places(size: ArrayLike, count: int) -> np.ndarray:
    along = np.linspace(0, 1, count)
    return np.stack(np.meshgrid(along, along), -1) * np.asarray(size) - 0.5


def _between(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Angles in degrees between unit vectors `[..., 3]`, exact for small ones too."""
    one, other = np.broadcast_arrays(one, other)
    across = np.linalg.norm(np.cross(one, other), axis=-1)
    return np.degrees(np.arctan2(across, (one * other).sum(-1)))
