"""A picture of colored spheres above a chequered floor, seen by cameras that stand still. NumPy, no OpenGL."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

LIGHT = np.array([0.3, -0.4, 0.87])
SKY = np.array([0.62, 0.68, 0.74])
TILES = np.array([[0.42, 0.42, 0.45], [0.52, 0.52, 0.55]])
AMBIENT = 0.45


class SphereRenderer:
    """Draws spheres over a floor that is drawn once.

    Args:
        intrinsics: `[V, 3, 3]`, camera to normalised image coordinates.
        extrinsics: `[V, 4, 4]`, world to camera.
        image_size: Height and width in pixels.
        floor: Height of the floor, world units.
        tile: Side of a tile of the floor, world units.
    """

    def __init__(
        self, intrinsics: ArrayLike, extrinsics: ArrayLike, image_size: int, floor: float, tile: float
    ) -> None:
        self.image_size = image_size
        self._intrinsics = np.asarray(intrinsics, float)
        self._extrinsics = np.asarray(extrinsics, float)
        centres = (2 * np.arange(image_size) + 1) / image_size - 1
        u, v = np.meshgrid(centres, centres)
        pixels = np.stack([u, v, np.ones_like(u)], -1)
        rays = np.einsum("vij,hwj->vhwi", np.linalg.inv(self._intrinsics), pixels)
        self._rays = (rays / np.linalg.norm(rays, axis=-1, keepdims=True)).astype(np.float32)
        self._floor = np.stack(
            [_floor(ray, extrinsic, floor, tile) for ray, extrinsic in zip(self._rays, self._extrinsics, strict=True)]
        )

    def draw(self, centres: np.ndarray, radii: Sequence[float] | np.ndarray, colors: np.ndarray) -> np.ndarray:
        """Draws spheres.

        Args:
            centres: `[N, 3]`, world.
            radii: `[N]`, world units.
            colors: `[N, 3]` in [0, 1].

        Returns:
            uint8 `[V, H, W, 3]`.
        """
        images = self._floor.copy()
        for view, image in enumerate(images):
            rotation, translation = self._extrinsics[view, :3, :3], self._extrinsics[view, :3, 3]
            places = centres @ rotation.T + translation
            for index in np.argsort(-places[:, 2]):
                self._blend(image, view, places[index], radii[index], colors[index], rotation @ LIGHT)
        return np.clip(255 * images + 0.5, 0, 255).astype(np.uint8)

    def _blend(
        self, image: np.ndarray, view: int, centre: np.ndarray, radius: float, color: np.ndarray, light: np.ndarray
    ) -> None:
        """Draws a sphere into `image`, with edges that are as soft as a pixel."""
        if centre[2] <= radius:
            return
        size, focal = self.image_size, self._intrinsics[view, 1, 1]
        u, v, _ = self._intrinsics[view] @ (centre / centre[2])
        reach = focal * radius / (centre[2] - radius) * size / 2 * 1.3 + 2
        column, row = (u + 1) / 2 * size, (v + 1) / 2 * size
        top, bottom = max(int(row - reach), 0), min(int(row + reach) + 1, size)
        left, right = max(int(column - reach), 0), min(int(column + reach) + 1, size)
        if top >= bottom or left >= right:
            return
        rays = self._rays[view, top:bottom, left:right]
        along = rays @ centre.astype(np.float32)
        beside = np.sqrt(np.maximum(centre @ centre - along**2, 0))
        pixel = 2 * centre[2] / (focal * size)
        coverage = np.clip((radius - beside) / pixel + 0.5, 0, 1)[..., None]
        depth = along - np.sqrt(np.maximum(radius**2 - beside**2, 0))
        lit = (depth[..., None] * rays - centre) @ light / radius
        shaded = (AMBIENT + (1 - AMBIENT) * np.maximum(lit, 0))[..., None] * color
        patch = image[top:bottom, left:right]
        patch += coverage * (shaded - patch)


def _floor(rays: np.ndarray, extrinsic: np.ndarray, height: float, tile: float) -> np.ndarray:
    """Returns what a camera sees of a floor at z = `height` and of the sky: float32 `[H, W, 3]`."""
    rotation, translation = extrinsic[:3, :3], extrinsic[:3, 3]
    eye, directions = -rotation.T @ translation, rays @ rotation
    falling = np.minimum(directions[..., 2], -1e-6)
    points = eye + ((height - eye[2]) / falling)[..., None] * directions
    odd = np.floor(points[..., :2] / tile).astype(int).sum(-1) % 2
    return np.where(directions[..., 2:] < -1e-3, TILES[odd], SKY).astype(np.float32)
