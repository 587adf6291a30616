"""The surfaces of a MuJoCo scene's geoms as triangles: meshes as they are, boxes and round shapes cut into faces."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.simulation.lighting import TINY

if TYPE_CHECKING:
    import mujoco


SIDES = 16
"""Faces around a cylinder, a capsule, a sphere or an ellipsoid."""

NORMAL_STEPS = 2
"""Normals at one place are taken for one where they are the same, rounded to multiples of this number's inverse."""


@dataclasses.dataclass(frozen=True)
class Surfaces:
    """Triangles of several parts, each in its own frame.

    Attributes:
        vertices: `[3, N]` in the frame of the part, metres.
        normals: `[3, N]`, unit, pointing outwards, in the same frame.
        faces: `[F, 3]`, numbers of vertices, counterclockwise as seen from outside.
        part: `[N]`, number of the part that a vertex belongs to.
    """

    vertices: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    part: np.ndarray


def surfaces(model: "mujoco.MjModel", geoms: Sequence[int]) -> Surfaces:
    """Returns the `Surfaces` of geoms, one part each.

    Args:
        model: `mujoco.MjModel`.
        geoms: Numbers of geoms in the model, each of a type for which `has_surface` holds.
    """
    pieces = [_surface(model, geom) for geom in geoms]
    counts = [len(vertices) for vertices, _, _ in pieces]
    starts = np.cumsum([0, *counts])
    return Surfaces(
        vertices=np.concatenate([vertices for vertices, _, _ in pieces]).T.astype(np.float32, order="C"),
        normals=np.concatenate([normals for _, normals, _ in pieces]).T.astype(np.float32, order="C"),
        faces=np.concatenate([faces + start for (_, _, faces), start in zip(pieces, starts, strict=False)]),
        part=np.repeat(np.arange(len(pieces)), counts),
    )


def has_surface(model: "mujoco.MjModel", geom: int) -> bool:
    """Whether a geom is of a type that `surfaces` knows: all but planes, height fields and signed distance fields."""
    return int(model.geom_type[geom]) in {*_SHAPES, _mesh_type()}


def _surface(model: "mujoco.MjModel", geom: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if model.geom_type[geom] == _mesh_type():
        return _mesh(model, model.geom_dataid[geom])
    return _SHAPES[int(model.geom_type[geom])](model.geom_size[geom])


def _mesh(model: "mujoco.MjModel", mesh: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Corners at one place whose normals are much the same become one vertex, with their mean normal."""
    rows = slice(model.mesh_faceadr[mesh], model.mesh_faceadr[mesh] + model.mesh_facenum[mesh])
    place = model.mesh_face[rows].ravel()
    normals = model.mesh_normal[model.mesh_normaladr[mesh] + model.mesh_facenormal[rows].ravel()]
    alike = np.column_stack([place, np.rint(NORMAL_STEPS * normals)])
    _, first, faces = np.unique(alike, axis=0, return_index=True, return_inverse=True)
    faces = faces.ravel()
    total = np.stack([np.bincount(faces, axis) for axis in normals.T], 1)
    units = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), TINY)
    return model.mesh_vert[model.mesh_vertadr[mesh] + place[first]], units, faces.reshape(-1, 3)


def _box(size: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Six sides with vertices of their own."""
    sides = [_box_side(axis, sign, size) for axis in range(3) for sign in (-1, 1)]
    vertices, normals = np.concatenate([side[0] for side in sides]), np.concatenate([side[1] for side in sides])
    return vertices, normals, np.concatenate([side[2] + 4 * number for number, side in enumerate(sides)])


def _box_side(axis: int, sign: int, size: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])[::sign]
    vertices = np.empty((4, 3))
    vertices[:, axis] = sign
    vertices[:, [(axis + 1) % 3, (axis + 2) % 3]] = corners
    normals = np.zeros((4, 3))
    normals[:, axis] = sign
    return vertices * size, normals, np.array([[0, 1, 2], [0, 2, 3]])


def _round(heights: ArrayLike, radii: ArrayLike, slopes: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A surface of revolution about z.

    Args:
        heights, radii: `[R]`, its profile from the lowest ring to the highest.
        slopes: `[R]`, z of the unit normals along the profile.
    """
    angles = 2 * np.pi * np.arange(SIDES) / SIDES
    circle = np.stack([np.cos(angles), np.sin(angles), np.zeros(SIDES)], -1)
    heights, radii, slopes = (np.reshape(column, (-1, 1, 1)) for column in (heights, radii, slopes))
    up = np.array([0.0, 0.0, 1.0])
    vertices, normals = radii * circle + heights * up, np.sqrt(1 - slopes**2) * circle + slopes * up
    ring, side = np.divmod(np.arange((len(heights) - 1) * SIDES), SIDES)
    low, after = ring * SIDES + side, ring * SIDES + (side + 1) % SIDES
    faces = np.stack([[low, after, after + SIDES], [low, after + SIDES, low + SIDES]], 1).T.reshape(-1, 3)
    return vertices.reshape(-1, 3), normals.reshape(-1, 3), faces


def _cylinder(size: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    radius, half = size[:2]
    return _round([-half, -half, -half, half, half, half], [0, radius, radius, radius, radius, 0], [-1, -1, 0, 0, 1, 1])


def _capsule(size: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    radius, half = size[:2]
    latitudes = np.linspace(0, np.pi / 2, SIDES // 4 + 1)
    sines, cosines = np.sin(latitudes), np.cos(latitudes)
    return _round(
        np.concatenate([-half - radius * sines[::-1], half + radius * sines]),
        radius * np.concatenate([cosines[::-1], cosines]),
        np.concatenate([-sines[::-1], sines]),
    )


def _ellipsoid(size: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    latitudes = np.linspace(-np.pi / 2, np.pi / 2, SIDES // 2 + 1)
    unit, _, faces = _round(np.sin(latitudes), np.cos(latitudes), np.sin(latitudes))
    normals = unit / size
    return unit * size, normals / np.linalg.norm(normals, axis=1, keepdims=True), faces


def _sphere(size: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return _ellipsoid(np.full(3, size[0]))


_SHAPES = {2: _sphere, 3: _capsule, 4: _ellipsoid, 5: _cylinder, 6: _box}  # by MuJoCo's mjtGeom


def _mesh_type() -> int:
    import mujoco

    return int(mujoco.mjtGeom.mjGEOM_MESH)
