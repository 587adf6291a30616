"""Which triangles pixels show, for all views in one pass of NumPy. For small images of many small triangles."""

import dataclasses
from collections.abc import Iterator

import numpy as np


@dataclasses.dataclass(frozen=True)
class Fragments:
    """Pixels whose centres lie in a triangle, P of all triangles and views together.

    Attributes:
        pixel: `[P]`, (view · height + row) · width + column.
        face: `[P]`, number of the triangle.
        weights: `[3, P]`, of the triangle's corners, in space: they interpolate what is linear on the triangle.
        depth: `[P]`, along the camera's axis, world units.
    """

    pixel: np.ndarray
    face: np.ndarray
    weights: np.ndarray
    depth: np.ndarray

    def __getitem__(self, rows: np.ndarray | slice) -> "Fragments":
        return Fragments(self.pixel[rows], self.face[rows], self.weights[:, rows], self.depth[rows])

    def nearest(self, num_pixels: int) -> np.ndarray:
        """Returns the rows that are the nearest of their pixels, by pixel."""
        bits = (1 / self.depth).astype(np.float32).view(np.int32).astype(np.int64)  # orders positive floats
        best = np.zeros(num_pixels, np.int64)
        np.maximum.at(best, self.pixel, (bits << 32) | np.arange(len(self.pixel)))
        return best[best > 0] & 0xFFFFFFFF

    def layers(self) -> Iterator[np.ndarray]:
        """Yields rows that are of different pixels: the farthest of each pixel, then the next farthest, and so on."""
        order = np.lexsort((-self.depth, self.pixel))
        starts = np.flatnonzero(np.diff(self.pixel[order], prepend=-1))
        rank = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
        for layer in range(rank.max(initial=-1) + 1):
            yield order[rank == layer]


def rasterize(points: np.ndarray, depth: np.ndarray, faces: np.ndarray, height: int, width: int) -> Fragments:
    """Finds the pixels of triangles that face the camera.

    With e_i the signed area that a pixel's centre spans with the edge opposite to corner i, and z_i the corners'
    depths, its weights on the triangle are w_i = (e_i / z_i) / Σ_j (e_j / z_j), its depth Σ_j e_j / Σ_j (e_j / z_j).

    Args:
        points: `[V, 2, N]` float32, the vertices in pixels: column, row; the first pixel's centre is (0, 0).
        depth: `[V, N]` float32, along the cameras' axes; triangles with a corner of depth ≤ 0 are left out.
        faces: `[F, 3]`, numbers of vertices, counterclockwise as seen from the side that is shown.
        height, width: Of the images, in pixels.

    Returns:
        `Fragments`.
    """
    num_views, num_vertices = depth.shape
    x, y, z = points[:, 0].ravel(), points[:, 1].ravel(), depth.ravel()
    corners = (faces.T[:, None] + num_vertices * np.arange(num_views)[:, None]).reshape(3, -1)  # of all views
    xs, ys = x[corners], y[corners]
    area = (xs[2] - xs[0]) * (ys[1] - ys[0]) - (xs[1] - xs[0]) * (ys[2] - ys[0])  # rows count downwards
    front = np.flatnonzero(area > 0)
    xs, ys = xs.take(front, 1), ys.take(front, 1)
    left, right = _pixels_between(xs, width)
    top, bottom = _pixels_between(ys, height)
    shown = np.flatnonzero((left <= right) & (top <= bottom))
    front, xs, ys = front[shown], xs.take(shown, 1), ys.take(shown, 1)
    zs = z[corners.take(front, 1)]
    left, top = left[shown], top[shown]
    across = right[shown] - left + 1
    before = (zs[0] > 0) & (zs[1] > 0) & (zs[2] > 0)
    count = np.where(before, across * (bottom[shown] - top + 1), 0)
    owner = np.repeat(np.arange(len(front)), count)
    row, column = np.divmod(np.arange(len(owner)) - (np.cumsum(count) - count)[owner], across[owner])
    row += top[owner]
    column += left[owner]
    dx, dy = xs.take(owner, 1) - column.astype(np.float32), ys.take(owner, 1) - row.astype(np.float32)
    edges = np.stack([dx[(i + 2) % 3] * dy[(i + 1) % 3] - dx[(i + 1) % 3] * dy[(i + 2) % 3] for i in range(3)])
    some = edges[0] + edges[1] + edges[2] > 0  # in slivers all of them round to 0
    inside = np.flatnonzero((edges[0] >= 0) & (edges[1] >= 0) & (edges[2] >= 0) & some)
    owner, edges = owner[inside], edges.take(inside, 1)
    pull = edges / zs.take(owner, 1)
    total = pull.sum(0)
    view, face = np.divmod(front[owner], len(faces))
    return Fragments(
        pixel=(view * height + row[inside]) * width + column[inside],
        face=face,
        weights=pull / total,
        depth=edges.sum(0) / total,
    )


def _pixels_between(coordinates: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last pixel whose centres lie between the corners' coordinates `[3, T]`: int `[T]` each."""
    low = np.minimum(np.minimum(coordinates[0], coordinates[1]), coordinates[2])
    high = np.maximum(np.maximum(coordinates[0], coordinates[1]), coordinates[2])
    first, last = np.ceil(np.maximum(low, 0)), np.floor(np.minimum(high, size - 1))
    return np.minimum(first, size).astype(np.int32), np.maximum(last, -1).astype(np.int32)
