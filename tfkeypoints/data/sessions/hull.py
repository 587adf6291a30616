"""What moves in 3D: a visual hull of voxels, which the cameras that see a place agree is moving. NumPy only."""

import dataclasses
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

from tfkeypoints.cameras import views
from tfkeypoints.cameras.calibration import Calibration

COARSE, FINE = 40, 48
"""Voxels along the longest side of the whole scene, and of the part in which something moves."""
COARSE_FRAMES = 200
"""Frames by which that part is found."""
CHUNK = 32
"""Frames at a time."""
SMALLER_PART = 0.3
"""A part counts beside the largest if it has this share of its voxels."""
OUTERMOST = 0.005
"""Share of a part's pixels that may lie beyond each side of its box."""


@dataclasses.dataclass(frozen=True)
class Hull:
    """What moves in N frames. NaN in frames in which nothing does, or nothing that several cameras see.

    Attributes:
        centres: `[N, 3]`, world: the mean of the voxels.
        boxes: `[N, V, 4]`, what it covers of each camera's ideal image: u0, v0, u1, v1, normalised coordinates.
    """

    centres: np.ndarray
    boxes: np.ndarray

    def extent(self, outliers: float) -> np.ndarray:
        """The part of each camera's image that holds what moves in all frames but a share: `[V, 4]`, as `boxes`."""
        low = np.nanquantile(self.boxes[..., :2], outliers, 0)
        return np.concatenate([low, np.nanquantile(self.boxes[..., 2:], 1 - outliers, 0)], -1)


def find_hull(masks: list[np.ndarray], calibration: Calibration, scene_centre: ArrayLike | None = None) -> Hull:
    """Finds what moves.

    A voxel counts if every camera that sees it says so; of four or more, one may differ. Of voxels that touch, the
    largest part is taken, and others that are not much smaller.

    Args:
        masks: For each of V ≥ 2 cameras, bool `[N, h, w]`, of ideal images of any size.
        calibration: The cameras.
        scene_centre: `[3]`, world; None: where the optical axes meet.

    Raises:
        ValueError: If there are less than two cameras, their axes are parallel and no centre is given, or nothing is
            found in any frame, or by a camera.
    """
    if len(masks) < 2:
        raise ValueError(f"`cameras` should hold two or more cameras. Received: {', '.join(calibration.names)}")
    centre = views.meeting_point(calibration.extrinsics) if scene_centre is None else np.asarray(scene_centre, float)
    if centre is None:
        raise ValueError("`scene_centre` should be given where all cameras look the same way. Received: None")
    reach = np.linalg.norm(views.centres(calibration.extrinsics) - centre, axis=-1).max()
    few = np.unique(np.linspace(0, len(masks[0]) - 1, COARSE_FRAMES).astype(int))
    grid = _Grid(centre - reach, centre + reach, COARSE, masks, calibration)
    found = [grid.points[part] for part in grid.parts([mask[few] for mask in masks]) if len(part)]
    if not found:
        raise ValueError(
            "`recording` should show something that moves where several cameras see it: nothing was found. The usual "
            "causes: cameras and videos are paired wrongly, start at different times, or nothing moves. "
            f"Received: {len(masks[0])} frames of {', '.join(calibration.names)}"
        )
    low = np.quantile([points.min(0) for points in found], 0.01, 0)
    high = np.quantile([points.max(0) for points in found], 0.99, 0)
    grid = _Grid(low - 1.5 * grid.cell, high + 1.5 * grid.cell, FINE, masks, calibration)
    parts = grid.parts(masks)
    nothing = np.full(3, np.nan)
    centres = np.array([grid.points[part].mean(0) if len(part) else nothing for part in parts])
    boxes = np.array([grid.boxes(part, [mask[number] for mask in masks]) for number, part in enumerate(parts)])
    blind = [name for name, box in zip(calibration.names, boxes.swapaxes(0, 1), strict=True) if np.isnan(box).all()]
    if blind:
        raise ValueError(
            "`recording` should show what moves in the images of each camera. "
            f"Received: none of it in {', '.join(blind)}"
        )
    return Hull(centres, boxes)


class _Grid:
    """Voxels, and which block of pixels of each camera's masks shows each."""

    def __init__(
        self, low: np.ndarray, high: np.ndarray, count: int, masks: list[np.ndarray], calibration: Calibration
    ) -> None:
        self.cell = float(np.max(high - low)) / count
        self.shape = tuple(np.maximum(1, np.ceil((high - low) / self.cell - 1e-9)).astype(int))
        steps = np.stack(np.meshgrid(*map(np.arange, self.shape), indexing="ij"), -1).reshape(-1, 3)
        self.points = low + (steps + 0.5) * self.cell
        self.blocks, self.sizes, self.places = [], [], []
        for mask, intrinsics, extrinsics in zip(masks, calibration.intrinsics, calibration.extrinsics, strict=True):
            height, width = mask.shape[1:]
            seen = self.points @ extrinsics[:3, :3].T + extrinsics[:3, 3]
            front = seen[:, 2] > 0
            uv = (seen @ intrinsics.T)[:, :2] / np.where(front, seen[:, 2], 1)[:, None]
            inside = front & (np.abs(uv) < 1).all(1)
            depth = np.median(seen[inside, 2]) if inside.any() else 1.0
            block = max(1, round(self.cell / depth * intrinsics[1, 1] * height / 2))
            rows, columns = -(-height // block), -(-width // block)
            column, row = ((uv + 1) / 2 * (width, height) // block).T
            place = np.where(inside, row * columns + column, rows * columns).astype(int)  # the last one: not seen
            self.blocks.append(block)
            self.sizes.append((rows, columns))
            self.places.append(place)
        self.seeing = sum((place < rows * columns).astype(int) for place, (rows, columns) in self._cameras())
        self.needed = np.maximum(2, self.seeing - (self.seeing >= 4))

    def _cameras(self) -> Iterator[tuple[np.ndarray, tuple[int, int]]]:
        return zip(self.places, self.sizes, strict=True)

    def parts(self, masks: list[np.ndarray]) -> list[np.ndarray]:
        """The voxels of each frame's moving parts: a list of `[M]` places among the points."""
        pooled = [_pooled(mask, block, size) for mask, block, size in zip(masks, self.blocks, self.sizes, strict=True)]
        found = []
        for begin in range(0, len(masks[0]), CHUNK):
            votes = sum(each[begin : begin + CHUNK, place] for each, place in zip(pooled, self.places, strict=True))
            found += [_largest(frame.reshape(self.shape)) for frame in votes >= self.needed]
        return found

    def boxes(self, part: np.ndarray, masks: list[np.ndarray]) -> np.ndarray:
        """What moves of each camera's image where it shows some voxels: `[V, 4]`; NaN where none is seen."""
        return np.array([self._box(part, view, mask) for view, mask in enumerate(masks)])

    def _box(self, part: np.ndarray, view: int, mask: np.ndarray) -> np.ndarray:
        (rows, columns), block = self.sizes[view], self.blocks[view]
        marks = np.zeros(rows * columns + 1, bool)
        marks[self.places[view][part]] = True
        near = ndimage.binary_dilation(marks[:-1].reshape(rows, columns), np.ones((3, 3)))
        near = near.repeat(block, 0).repeat(block, 1)[: mask.shape[0], : mask.shape[1]]
        pixels = np.argwhere(mask & near)
        if not len(pixels):
            return np.full(4, np.nan)
        low, high = np.quantile(pixels, (OUTERMOST, 1 - OUTERMOST), 0)
        size = np.array(mask.shape)
        return np.concatenate([(2 * low / size - 1)[::-1], (2 * (high + 1) / size - 1)[::-1]])


def _pooled(mask: np.ndarray, block: int, size: tuple[int, int]) -> np.ndarray:
    """Whether any pixel of each block is set: bool `[N, h, w]` to int8 `[N, rows columns + 1]`, the last one 0."""
    rows, columns = size
    padded = np.zeros((len(mask), rows * block, columns * block), bool)
    padded[:, : mask.shape[1], : mask.shape[2]] = mask
    blocks = padded.reshape(len(mask), rows, block, columns, block).any((2, 4)).reshape(len(mask), -1)
    return np.pad(blocks, ((0, 0), (0, 1))).astype(np.int8)


def _largest(occupied: np.ndarray) -> np.ndarray:
    """The places of the largest part and of those not much smaller: bool `[X, Y, Z]` to `[M]`."""
    labels, count = ndimage.label(occupied, np.ones((3, 3, 3)))
    if not count:
        return np.empty(0, int)
    sizes = np.bincount(labels.ravel())[1:]
    return np.flatnonzero(np.isin(labels, 1 + np.flatnonzero(sizes >= SMALLER_PART * sizes.max())))
