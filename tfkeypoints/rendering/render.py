"""Draws a triangle mesh through a calibrated camera by casting rays; loading and cameras live beside it."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.rendering.colors import color_lookup

if TYPE_CHECKING:
    import trimesh


AMBIENT, OVERHEAD, HEADLIGHT = 0.42, 0.3, 0.28
CREASE_ANGLE = np.deg2rad(40.0)


class Renderer:
    """Casts one ray through every sub-pixel's centre and shades the first triangle that it meets.

    shade = ambient + overhead (1 + n_z) / 2 + headlight (n · v)

    with n the normal on the camera's side and v the direction to the camera. The light hangs straight above (+z), so
    shading is the same on an object's front, back, left and right, and cannot betray which of them is seen. Colors
    come from the mesh's texture, faces or vertices; normals are smoothed across edges that bend by less than 40°.

    Args:
        mesh: `trimesh.Trimesh` in world coordinates. Build the renderer once and draw as many views as are needed.

    Raises:
        ValueError: If the mesh has no faces.

    Example:
        >>> intrinsics, extrinsics = views.sample_cameras(np.random.default_rng(0), num_views=2)
        >>> rgba = Renderer(mesh).render(intrinsics[0], extrinsics[0], height=64, width=64)  # uint8 [64, 64, 4]
    """

    def __init__(self, mesh: "trimesh.Trimesh") -> None:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        if len(mesh.faces) == 0:
            raise ValueError("`mesh` must have at least one face. Received: a mesh with 0 faces")
        triangles = np.asarray(mesh.triangles, np.float64)
        self._bounds = np.stack([triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))])
        self._centre = self._bounds.mean(axis=0)
        self._radius = np.linalg.norm(triangles - self._centre, axis=-1).max()
        self._scene = EmbreeScene()
        self._geometry = TriangleMesh(self._scene, (triangles - self._centre).astype(np.float32))
        self._normals = corner_normals(triangles)
        self._color_at = color_lookup(mesh)

    def render(
        self, intrinsics: ArrayLike, extrinsics: ArrayLike, height: int, width: int, samples: int = 2
    ) -> np.ndarray:
        """Draws one view.

        Args:
            intrinsics: `[3, 3]`, camera to normalised image coordinates (u right, v down, both in [-1, 1]).
            extrinsics: `[4, 4]`, rigid, world to camera (x right, y down, z forward).
            height, width: Size of the image in pixels.
            samples: Rays along each side of a pixel.

        Returns:
            `[height, width, 4]` uint8. Alpha is the share of a pixel's rays that met the object; red, green and blue
            are the mean over those rays alone (not multiplied by alpha), and 0 where there are none.
        """
        intrinsics = np.asarray(intrinsics, np.float64)
        rotation, translation = np.asarray(extrinsics, np.float64)[:3, :3], np.asarray(extrinsics, np.float64)[:3, 3]
        image = np.zeros((height, width, 4), np.uint8)
        left, top, right, bottom = self._pixel_box(intrinsics, rotation, translation, height, width)
        if left >= right or top >= bottom:
            return image

        u = (2 * np.arange(left * samples, right * samples) + 1) / (width * samples) - 1
        v = (2 * np.arange(top * samples, bottom * samples) + 1) / (height * samples) - 1
        rays = np.stack([*np.meshgrid(u, v), np.ones((len(v), len(u)))], axis=-1).reshape(-1, 3)
        rays = rays @ (np.linalg.inv(intrinsics).T @ rotation)
        rays = (rays / np.linalg.norm(rays, axis=1, keepdims=True)).astype(np.float32)
        hit, color = self._cast(-rotation.T @ translation - self._centre, rays)

        blocks = (bottom - top, samples, right - left, samples)
        count = hit.reshape(blocks).sum(axis=(1, 3))
        total = np.zeros((len(rays), 3), np.float32)
        total[hit] = color
        total = total.reshape(*blocks, 3).sum(axis=(1, 3))
        window = image[top:bottom, left:right]
        window[..., :3] = np.rint(total / np.maximum(count, 1)[..., None])
        window[..., 3] = np.rint(255.0 * count / samples**2)
        return image

    def _cast(self, eye: np.ndarray, rays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns which rays hit, and the shaded colors (0 to 255) of those that do."""
        # Rays start just outside the bounding sphere: single precision is too coarse at a distant eye.
        start = max(0.0, np.linalg.norm(eye) - 1.01 * self._radius)
        origins = (eye + start * rays).astype(np.float32)
        result = self._scene.run(origins, rays, output=1)
        hit = result["primID"] >= 0
        face = result["primID"][hit]
        second, third = result["u"][hit], result["v"][hit]
        weights = np.stack([1 - second - third, second, third], axis=1)

        normal = np.einsum("nk,nkc->nc", weights, self._normals[face])
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
        facing = -np.einsum("nc,nc->n", normal, rays[hit])
        upward = np.where(facing < 0, -normal[:, 2], normal[:, 2])
        shade = AMBIENT + OVERHEAD * (1 + upward) / 2 + HEADLIGHT * np.abs(facing)
        return hit, self._color_at(face, weights) * shade[:, None]

    def _pixel_box(
        self, intrinsics: np.ndarray, rotation: np.ndarray, translation: np.ndarray, height: int, width: int
    ) -> tuple[int, int, int, int]:
        """Returns columns and rows (left, top, right, bottom) outside which no ray can meet the object."""
        corners = np.stack(np.meshgrid(*self._bounds.T), axis=-1).reshape(-1, 3)
        image_points = (corners @ rotation.T + translation) @ intrinsics.T
        if image_points[:, 2].min() <= 1e-6 * self._radius:
            return 0, 0, width, height
        uv = image_points[:, :2] / image_points[:, 2:]
        size = np.array([width, height])
        low = np.clip(np.floor((uv.min(axis=0) + 1) / 2 * size), 0, size).astype(int)
        high = np.clip(np.ceil((uv.max(axis=0) + 1) / 2 * size), 0, size).astype(int)
        return *low, *high


def corner_normals(triangles: np.ndarray, crease_angle: float = CREASE_ANGLE) -> np.ndarray:
    """Returns a unit normal at every corner of every triangle, smooth across soft edges and sharp across creases.

    A corner's normal is the area-weighted mean over the triangles that touch its position and whose own normals lie
    within `crease_angle` of this triangle's.

    Args:
        triangles: `[F, 3, 3]` float, corners of the triangles.
        crease_angle: Radians.

    Returns:
        `[F, 3, 3]` float32.
    """
    areas = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    units = areas / np.maximum(np.linalg.norm(areas, axis=1, keepdims=True), 1e-30)
    corner, neighbour = _touching_corners(triangles)
    soft = np.einsum("nc,nc->n", units[corner // 3], units[neighbour // 3]) >= np.cos(crease_angle)
    corner, weighted = corner[soft], areas[neighbour[soft] // 3]
    total = np.stack([np.bincount(corner, weighted[:, axis], 3 * len(triangles)) for axis in range(3)], axis=1)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    normals = np.where(length > 1e-30, total / np.maximum(length, 1e-30), np.repeat(units, 3, axis=0))
    return normals.reshape(-1, 3, 3).astype(np.float32)


def _touching_corners(triangles: np.ndarray, step: float = 1e-6, crowd: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Returns all pairs of corners, as indices into 3 F, that share a position up to `step` of the mesh's extent.

    Where more than `crowd` corners meet, each is paired with itself alone: their pairs would fill the memory.
    """
    corners = triangles.reshape(-1, 3)
    grid = np.rint(corners / (step * max(np.ptp(corners, axis=0).max(), 1e-30))).astype(np.int64)
    _, position, counts = np.unique(grid, axis=0, return_inverse=True, return_counts=True)
    position = position.reshape(-1)
    alone = counts[position] > crowd
    position[alone] = len(counts) + np.arange(alone.sum())

    counts = np.bincount(position)
    order = np.argsort(position, kind="stable")
    start = np.cumsum(counts) - counts
    repeats = counts[position]
    corner = np.repeat(np.arange(len(position)), repeats)
    rank = np.arange(len(corner)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return corner, order[start[position[corner]] + rank]
