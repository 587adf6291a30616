"""What the procedural categories are built from: lofts, sheets and tubes, put together into one colored mesh."""

import colorsys
import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.rendering.meshes import normalization

if TYPE_CHECKING:
    import trimesh


GLASS = np.array([0.12, 0.16, 0.22])

Surface: TypeAlias = tuple[np.ndarray, np.ndarray]
"""Vertices `[N, 3]` and faces `[M, 3]`."""
Vector: TypeAlias = Sequence[float] | np.ndarray
"""Three numbers."""


@dataclasses.dataclass(frozen=True)
class Shape:
    """One object in its own frame: +x forward, +y left, +z up; centred, its farthest vertex at distance 1.

    Attributes:
        mesh: `trimesh.Trimesh` with face colors.
        landmarks: `[L, 3]` float32, on the surface or very near it, in the same order for a whole category.
        landmark_names: L strings.
    """

    mesh: Any
    landmarks: np.ndarray
    landmark_names: tuple


class Assembly:
    """Collects colored surfaces, `(vertices [N, 3], faces [M, 3])`, and joins them into a `Shape`."""

    def __init__(self) -> None:
        self._vertices: list[np.ndarray] = []
        self._faces: list[np.ndarray] = []
        self._colors: list[np.ndarray] = []
        self._size = 0

    def add(self, surface: Surface, color: ArrayLike, mirrored: bool = False) -> None:
        """Adds a surface in one color `[3]` or in one color a face `[M, 3]`; `mirrored` adds its image in y too."""
        vertices, faces = surface
        self._vertices.append(vertices)
        self._faces.append(faces + self._size)
        self._colors.append(np.broadcast_to(color, faces.shape))
        self._size += len(vertices)
        if mirrored:
            self.add((vertices * [1, -1, 1], faces[:, ::-1]), color)

    def mesh(self) -> "trimesh.Trimesh":
        """Returns all surfaces as one `trimesh.Trimesh` with face colors, in the units in which they were added."""
        import trimesh

        return trimesh.Trimesh(
            np.concatenate(self._vertices),
            np.concatenate(self._faces),
            face_colors=np.rint(255 * np.clip(np.concatenate(self._colors), 0, 1)).astype(np.uint8),
            process=False,
        )

    def shape(self, landmarks: Mapping[str, ArrayLike]) -> Shape:
        """Returns the `Shape`, normalised together with its landmarks (a dict from name to point)."""
        mesh = self.mesh()
        centre, radius = normalization(mesh.vertices)
        mesh.vertices = (mesh.vertices - centre) / radius
        points = (np.array(list(landmarks.values()), np.float64) - centre) / radius
        return Shape(mesh, points.astype(np.float32), tuple(landmarks))


def left_and_right(names_and_points: Mapping[str, ArrayLike]) -> dict[str, np.ndarray]:
    """Returns landmarks in which every `name: point` became `name_left` and `name_right`, mirror images in y."""
    pairs = {}
    for name, point in names_and_points.items():
        pairs[name + "_left"] = np.asarray(point, float)
        pairs[name + "_right"] = np.asarray(point, float) * [1, -1, 1]
    return pairs


def loft(rings: np.ndarray) -> Surface:
    """Joins closed rings `[S, P, 3]` one after the other and closes both ends with fans."""
    count, points = rings.shape[:2]
    last = count * points
    around = np.arange(points)
    start = np.stack([np.full(points, last), np.roll(around, -1), around], axis=1)
    end = np.stack([np.full(points, last + 1), last - points + around, last - points + np.roll(around, -1)], axis=1)
    vertices = np.concatenate([rings.reshape(-1, 3), rings[[0, -1]].mean(axis=1)])
    return vertices, np.concatenate([_grid_faces(count, points, closed=True), start, end])


def sheet(front: np.ndarray, back: np.ndarray) -> Surface:
    """Fills the space between two grids of points, each `[M, N, 3]`."""
    rows, columns = front.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    border = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    behind, following = border + index.size, np.roll(border, -1)
    faces = _grid_faces(rows, columns, closed=False)
    sides = np.concatenate(
        [
            np.stack([border, behind, following], axis=1),
            np.stack([following, behind, np.roll(behind, -1)], axis=1),
        ]
    )
    vertices = np.concatenate([front.reshape(-1, 3), back.reshape(-1, 3)])
    return vertices, np.concatenate([faces, faces[:, ::-1] + index.size, sides])


def box(centre: Vector, size: Vector) -> Surface:
    """Returns an axis-aligned box."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2
    ring = np.concatenate([corners, np.zeros((4, 1))], axis=1)
    return loft(np.stack([ring - [0, 0, 0.5], ring + [0, 0, 0.5]]) * size + centre)


def placed(surface: Surface, rotation: ArrayLike, translation: ArrayLike) -> Surface:
    """Returns a surface turned by `rotation` `[3, 3]` and then moved by `translation` `[3]`."""
    vertices, faces = surface
    return vertices @ np.asarray(rotation).T + translation, faces


def superellipse(points: int, exponent: float = 2.0) -> np.ndarray:
    """Returns `[points, 2]` on |x|^exponent + |y|^exponent = 1, from +x towards +y; 2 is a circle, large a square."""
    angle = 2 * np.pi * (np.arange(points) + 0.5) / points
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.sign(circle) * np.abs(circle) ** (2 / exponent)


def slab(
    centre: Vector, size: Vector, exponent: float = 2.0, bevel: float = 0.2, taper: float = 0.0, points: int = 32
) -> Surface:
    """Returns a flat body with a superellipse as its outline and rounded edges.

    Args:
        centre, size: `[3]`, of its bounding box.
        exponent: Of the outline in x and y.
        bevel: Share of half the height by which edges are rounded.
        taper: Share by which the side at -x is narrower than the one at +x.
    """
    outline = superellipse(points, exponent) / 2
    outline[:, 1] *= 1 - taper * (0.5 - outline[:, 0])
    half, edge = size[2] / 2, bevel * size[2] / 2
    rings = []
    for inset, height in [(edge, -half), (0.3 * edge, -half + 0.3 * edge), (0, -half + edge)]:
        scale = 1 - 2 * inset / np.array(size[:2])
        rings.append(np.column_stack([outline * scale * size[:2], np.full(points, height)]))
    rings += [ring * [1, 1, -1] for ring in rings[::-1]]
    return loft(np.stack(rings) + centre)


def ellipsoid(centre: ArrayLike, radii: ArrayLike, rings: int = 9, points: int = 16) -> Surface:
    """Returns an axis-aligned ellipsoid."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, rings)
    circle = np.column_stack([superellipse(points), np.zeros(points)])
    stack = circle * np.cos(angle)[:, None, None] + np.sin(angle)[:, None, None] * np.array([0, 0, 1.0])
    return loft(stack * radii + centre)


def tube(path: ArrayLike, radii: ArrayLike, points: int = 12) -> Surface:
    """Sweeps a circle along `path` `[S, 3]`; `radii` is one number or one a point of the path."""
    path = np.asarray(path, float)
    tangents = np.gradient(path, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    # The world axis that the path follows least gives a frame that turns smoothly along all of it.
    axis = np.eye(3)[np.abs(tangents).max(axis=0).argmin()]
    first = np.cross(tangents, axis)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(tangents, first)
    circle = superellipse(points)
    radii = np.broadcast_to(radii, len(path))[:, None, None]
    offsets = circle[:, :1] * first[:, None] + circle[:, 1:] * second[:, None]
    return loft(path[:, None] + radii * offsets)


def rounded_path(corners: ArrayLike, radius: float, steps: int = 5) -> np.ndarray:
    """Replaces the inner corners of a polyline `[S, 3]` by quadratic arcs that begin `radius` before each corner."""
    corners = np.asarray(corners, float)
    path = [corners[0]]
    for before, corner, after in zip(corners[:-2], corners[1:-1], corners[2:], strict=True):
        entry, leave = (
            corner + (end - corner) * min(0.45, radius / np.linalg.norm(end - corner)) for end in (before, after)
        )
        t = np.linspace(0, 1, steps)[:, None]
        path.extend((1 - t) ** 2 * entry + 2 * t * (1 - t) * corner + t**2 * leave)
    return np.array([*path, corners[-1]])


def color(
    rng: np.random.Generator, saturation: tuple[float, float] = (0.25, 0.85), value: tuple[float, float] = (0.35, 0.95)
) -> np.ndarray:
    """Draws a color `[3]` in [0, 1] of any hue."""
    return np.array(colorsys.hsv_to_rgb(rng.uniform(), rng.uniform(*saturation), rng.uniform(*value)))


def wood(rng: np.random.Generator) -> np.ndarray:
    """Draws the color `[3]` of some wood, pale to dark."""
    return np.array(colorsys.hsv_to_rgb(rng.uniform(0.04, 0.11), rng.uniform(0.35, 0.7), rng.uniform(0.3, 0.85)))


def grey(rng: np.random.Generator, low: float = 0.1, high: float = 0.85) -> np.ndarray:
    """Draws a grey `[3]`."""
    return np.full(3, rng.uniform(low, high))


def _grid_faces(rows: int, columns: int, closed: bool) -> np.ndarray:
    """Splits the cells of a grid of points into triangles; `closed` joins the last column to the first."""
    index = np.arange(rows * columns).reshape(rows, columns)
    right = np.roll(index, -1, axis=1)
    if not closed:
        index, right = index[:, :-1], right[:, :-1]
    a, b, c, d = index[:-1].ravel(), right[:-1].ravel(), right[1:].ravel(), index[1:].ravel()
    return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
