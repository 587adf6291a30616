"""Where cameras stand and look: centres, optical axes, where these meet, and fields of view. NumPy float64."""

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from tfkeypoints.cameras.lens import Lens


def centres(extrinsics: ArrayLike) -> np.ndarray:
    """The places of cameras in the world: `[..., 4, 4]` to `[..., 3]`, the points that each takes to 0."""
    extrinsics = np.asarray(extrinsics, np.float64)
    return -np.linalg.solve(extrinsics[..., :3, :3], extrinsics[..., :3, 3:])[..., 0]


def about(extrinsics: ArrayLike, origin: ArrayLike) -> np.ndarray:
    """Moves the world's origin: extrinsics `[V, 4, 4]` for points that are given from `origin` `[3]` on.

    t' = R o + t in rational arithmetic, rounded once: far from the origin its terms all but cancel.
    """
    moved = np.array(extrinsics, np.float64)
    start = [Fraction(value) for value in np.asarray(origin, np.float64).tolist()]
    for matrix in moved:
        for row in matrix[:3]:
            *turns, shift = (Fraction(value) for value in row.tolist())
            row[3] = float(sum((turn * value for turn, value in zip(turns, start, strict=True)), shift))
    return moved


def axes(extrinsics: ArrayLike) -> np.ndarray:
    """The directions in which cameras look: `[V, 4, 4]` to unit `[V, 3]` in the world."""
    forward = np.asarray(extrinsics, np.float64)[..., 2, :3]
    return forward / np.linalg.norm(forward, axis=-1, keepdims=True)


def up(extrinsics: ArrayLike) -> np.ndarray:
    """The world's axis, a unit vector `[3]` along x, y or z, that is nearest to up in the images on the whole."""
    upwards = -np.asarray(extrinsics, np.float64)[..., 1, :3].reshape(-1, 3).mean(0)
    found = np.zeros(3)
    axis = np.abs(upwards).argmax()
    found[axis] = np.copysign(1, upwards[axis])
    return found


def meeting_point(extrinsics: ArrayLike) -> np.ndarray | None:
    """The place nearest to all optical axes, `[3]`: argmin Σ |(I - d dᵀ)(x - c)|²; None where they are parallel."""
    eyes, forward = centres(extrinsics), axes(extrinsics)
    across = np.eye(3) - forward[:, :, None] * forward[:, None]
    middle = eyes.mean(0)
    total = across.sum(0)
    if np.linalg.eigvalsh(total)[0] < 1e-6 * len(eyes):
        return None
    return middle + np.linalg.solve(total, np.einsum("vij,vj->i", across, eyes - middle))


def span(extrinsics: ArrayLike) -> float:
    """The greatest distance between two cameras; 0 of a single one."""
    eyes = centres(extrinsics)
    return float(np.linalg.norm(eyes[:, None] - eyes, axis=-1).max())


def assumed_size(size: ArrayLike, matrix: np.ndarray) -> np.ndarray:
    """Width and height `[2]`; where they are 0 × 0, those of an image whose middle is the principal point."""
    return np.where(np.all(size), size, np.maximum(2 * matrix[:2, 2] + 1, 1))


def border_rays(size: ArrayLike, matrix: np.ndarray, lens: "Lens", part: float = 1.0, count: int = 16) -> np.ndarray:
    """The directions seen along the border of an image's inner part, `[4 count, 3]`; NaN where there is none."""
    along = np.linspace(-1, 1, count, endpoint=False)
    low, high = -np.ones(count), np.ones(count)
    sides = [np.stack(each, -1) for each in ((along, low), (high, along), (-along, high), (low, -along))]
    return pixel_rays((part * np.concatenate(sides) + 1) / 2 * np.asarray(size) - 0.5, matrix, lens)


def fields_of_view(size: ArrayLike, matrix: np.ndarray, lens: "Lens") -> np.ndarray:
    """Horizontal and vertical field of view in degrees, through the middle of the image; NaN past the lens' fold."""
    width, height = np.asarray(size, np.float64)
    places = np.array([[0, height / 2], [width, height / 2], [width / 2, 0], [width / 2, height]]) - 0.5
    rays = pixel_rays(places, matrix, lens)
    middle = pixel_rays(np.array([width / 2, height / 2]) - 0.5, matrix, lens)
    rays, middle = (each / np.linalg.norm(each, axis=-1, keepdims=True) for each in (rays, middle))
    left, right, top, bottom = np.degrees(np.arctan2(np.linalg.norm(np.cross(rays, middle), axis=-1), rays @ middle))
    return np.array([left + right, top + bottom])


def pixel_rays(pixels: ArrayLike, matrix: np.ndarray, lens: "Lens") -> np.ndarray:
    """The directions that pixels `[..., 2]` of the image as recorded show, `[..., 3]` in the camera frame."""
    pixels = np.asarray(pixels, np.float64)
    y = (pixels[..., 1] - matrix[1, 2]) / matrix[1, 1]
    x = (pixels[..., 0] - matrix[0, 2] - matrix[0, 1] * y) / matrix[0, 0]
    return lens.rays(np.stack([x, y], -1))
