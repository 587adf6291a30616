"""What lies on the table and is free to move: a box and a ball, and the table itself."""

from typing import TYPE_CHECKING

import numpy as np

from tfkeypoints.rendering.shapes.parts import Surface, ellipsoid, loft, superellipse

if TYPE_CHECKING:
    import trimesh


BOX_SIZE = np.array([0.14, 0.16, 0.12])
BALL_RADIUS = 0.07
TABLE_HALF = 0.75

BLUE, NAVY = np.array([0.13, 0.33, 0.85]), np.array([0.08, 0.16, 0.48])
RED, PINK = np.array([0.85, 0.08, 0.20]), np.array([0.98, 0.72, 0.74])
BACKDROP = np.array([0.62, 0.67, 0.72])


def box_surface() -> tuple[Surface, np.ndarray]:
    """Returns the box about its centre as (surface, color), with a darker lid."""
    outline = np.column_stack([superellipse(16, 12.0) * BOX_SIZE[:2] / 2, np.zeros(16)])
    half = BOX_SIZE[2] / 2
    levels = [(1.0, -half), (1.0, 0.5 * half), (1.0, half), (0.8, half)]
    rings = np.stack([outline * [scale, scale, 1] + [0, 0, height] for scale, height in levels])
    vertices, faces = loft(rings)
    low = vertices[faces][..., 2].mean(axis=1) < 0.5 * half
    return (vertices, faces), np.where(low[:, None], BLUE, NAVY)


def ball_surface() -> tuple[Surface, np.ndarray]:
    """Returns the ball about its centre as (surface, color): four slices in two colors, so that rolling shows."""
    vertices, faces = ellipsoid(np.zeros(3), np.full(3, BALL_RADIUS), rings=11, points=20)
    middle = vertices[faces].mean(axis=1)
    slice_of_ball = np.floor(2 * np.arctan2(middle[:, 1], middle[:, 0]) / np.pi) % 2
    return (vertices, faces), np.where(slice_of_ball[:, None] == 0, RED, PINK)


def table_mesh(texels: int = 256, tiles: int = 6) -> "trimesh.Trimesh":
    """Returns the table's top, z = 0, as a `trimesh.Trimesh` with a picture of tiles; always the same one."""
    import trimesh
    from PIL import Image

    rng = np.random.default_rng(7)
    middle = (np.arange(texels) + 0.5) / texels * tiles
    tile = np.floor(middle).astype(int)
    tone = rng.uniform(-0.07, 0.07, (tiles, tiles)) + 0.06 * (np.indices((tiles, tiles)).sum(axis=0) % 2)
    brightness = 0.70 + tone[tile][:, tile]
    grain = rng.normal(0, 1, (24, 24))
    smooth = Image.fromarray(grain.astype(np.float32)).resize((texels, texels), Image.Resampling.BICUBIC)
    brightness += 0.025 * np.asarray(smooth)
    joint = np.abs(middle - np.rint(middle)) < 0.03
    brightness[joint] -= 0.1
    brightness[:, joint] -= 0.1
    pixels = np.rint(255 * np.clip(brightness[..., None] * [1.0, 0.94, 0.84], 0, 1)).astype(np.uint8)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    return trimesh.Trimesh(
        np.column_stack([(2 * corners - 1) * TABLE_HALF, np.zeros(4)]),
        [[0, 1, 2], [0, 2, 3]],
        visual=trimesh.visual.TextureVisuals(uv=corners * (1 - 2e-6) + 1e-6, image=Image.fromarray(pixels)),
        process=False,
    )
