"""What color a mesh has where: one access to textures, materials, vertex and face colors."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import trimesh


def texture(mesh: "trimesh.Trimesh") -> tuple[np.ndarray, np.ndarray] | None:
    """Returns a mesh's picture `[H, W, 3]` uint8 and its corners' coordinates `[F, 3, 2]`, or None without a texture.

    Coordinates have their origin at the picture's bottom left and repeat beyond [0, 1]. The color by which glTF
    multiplies a picture is multiplied in.
    """
    visual = mesh.visual
    if visual.kind != "texture" or visual.uv is None:
        return None
    material = visual.material
    picture = getattr(material, "image", None) or getattr(material, "baseColorTexture", None)
    if picture is None:
        return None
    pixels = np.asarray(picture.convert("RGB"))
    factor = getattr(material, "baseColorFactor", None)
    if factor is not None:
        pixels = np.rint(pixels * (np.asarray(factor[:3]) / 255)).astype(np.uint8)
    return pixels, np.nan_to_num(np.asarray(visual.uv, np.float64))[mesh.faces]


def corner_colors(mesh: "trimesh.Trimesh") -> np.ndarray:
    """Returns the colors `[F, 3, 3]` uint8 of the corners of a mesh without a texture."""
    visual = mesh.visual
    if visual.kind == "vertex":
        return np.asarray(visual.vertex_colors)[mesh.faces][..., :3]
    if visual.kind == "texture":
        return np.broadcast_to(visual.material.main_color[:3], (len(mesh.faces), 3, 3))
    return np.repeat(np.asarray(visual.face_colors)[:, None, :3], 3, axis=1)


def color_lookup(mesh: "trimesh.Trimesh") -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Returns a function from faces `[N]` and barycentric weights `[N, 3]` to colors `[N, 3]`, 0 to 255."""
    textured = texture(mesh)
    if textured is None:
        corners = corner_colors(mesh).astype(np.float32)
        return lambda face, weights: np.einsum("nk,nkc->nc", weights, corners[face])
    pixels, uv = textured
    height, width = pixels.shape[:2]

    def nearest_texel(face: np.ndarray, weights: np.ndarray) -> np.ndarray:
        u, v = np.einsum("nk,nkc->cn", weights, uv[face])
        column = np.floor(u % 1.0 * width).astype(int) % width
        row = np.floor((1 - v % 1.0) * height).astype(int) % height
        return pixels[row, column].astype(np.float32)

    return nearest_texel
