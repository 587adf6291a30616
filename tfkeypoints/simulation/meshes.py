"""Simpler meshes for small images: in software, most of a frame's time goes into triangles of less than a pixel."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import mujoco


def simplify(model: "mujoco.MjModel", cell: float) -> None:
    """Drops from all meshes of a model what is smaller than a cell. What is simulated stays as it was.

    The vertices in a cell of a grid become one, that which is nearest to their mean; faces that so lose a corner, or
    become equal, are dropped.

    Args:
        model: `mujoco.MjModel`, changed in place; before a renderer is made of it.
        cell: Side of the grid's cells in metres.

    Reference: Rossignac, Borrel, Multi-resolution 3D approximations for rendering complex scenes, 1993.
    """
    for mesh in range(model.nmesh):
        vertices = _rows(model.mesh_vert, model.mesh_vertadr[mesh], model.mesh_vertnum[mesh])
        start, count = model.mesh_faceadr[mesh], model.mesh_facenum[mesh]
        faces = _clustered(vertices, cell)[_rows(model.mesh_face, start, count)]
        kept = _proper(faces)
        _rows(model.mesh_face, start, len(kept))[:] = faces[kept]
        for corners in (model.mesh_facenormal, model.mesh_facetexcoord):
            _rows(corners, start, len(kept))[:] = _rows(corners, start, count)[kept]
        model.mesh_facenum[mesh] = len(kept)


def _rows(array: np.ndarray, start: int, count: int) -> np.ndarray:
    return array[start : start + count]


def _clustered(vertices: np.ndarray, cell: float) -> np.ndarray:
    """For each of `[N, 3]` vertices the number of the one that stands for its cell: `[N]`."""
    _, cluster, count = np.unique(np.floor(vertices / cell), axis=0, return_inverse=True, return_counts=True)
    cluster = cluster.ravel()
    means = np.stack([np.bincount(cluster, axis) / count for axis in vertices.T], 1)
    farthest_first = np.argsort(-np.linalg.norm(vertices - means[cluster], axis=1))
    nearest = np.empty(len(count), int)
    nearest[cluster[farthest_first]] = farthest_first  # of several, the last stays
    return nearest[cluster]


def _proper(faces: np.ndarray) -> np.ndarray:
    """Numbers of those `[F, 3]` faces that have three corners, each once; the back of a face is another face."""
    first = faces.argmin(1)[:, None]
    turned = np.take_along_axis(faces, (first + np.arange(3)) % 3, 1)
    _, once = np.unique(turned, axis=0, return_index=True)
    following = np.roll(faces, 1, 1)
    return np.intersect1d(once, np.flatnonzero((faces != following).all(1)))
