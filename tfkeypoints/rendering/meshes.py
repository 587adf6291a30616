"""Reads triangle meshes from files into the one frame and size that all object categories share."""

import pathlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tfkeypoints.rendering.colors import corner_colors, texture

if TYPE_CHECKING:
    import trimesh


SUFFIXES = (".glb", ".gltf", ".obj", ".ply", ".off", ".stl")
LARGEST_PICTURE = 512  # pixels; views are small, and a finer texture would only flicker in them


def load_mesh(path: str | Path, up: str = "y", forward: str = "z") -> "trimesh.Trimesh":
    """Reads a mesh or scene, joins its parts, turns it to +x forward, +y left, +z up, and normalises its size.

    Vertex, face and texture colors are kept; `inspect_mesh` tells what is lost.

    Args:
        path: File of any kind that trimesh reads: OBJ, GLB, glTF, PLY, OFF, STL and others.
        up, forward: Which way the file's objects stand and face: "x", "-x", "y", "-y", "z" or "-z".

    Returns:
        `trimesh.Trimesh` whose bounding box is centred on the origin and whose farthest vertex is at distance 1. Its
        triangles share no vertices, so that each keeps its own colors.

    Raises:
        ValueError: If the file cannot be read, holds no triangles, or holds coordinates that are not finite.

    Example:
        >>> mesh = load_mesh("chair.obj")  # as most OBJ and all glTF files: y up, facing z
    """
    return _normalised(_parts(path)[0], path, frame(up, forward))


def inspect_mesh(path: str | Path, up: str = "y", forward: str = "z") -> tuple[str | None, list[str]]:
    """Tells what `load_mesh` makes of a file.

    Returns:
        The reason why it cannot be read, or None; and sentences on what of its colors is lost.
    """
    try:
        parts, lost = _parts(path)
        _normalised(parts, path, frame(up, forward))
    except ValueError as error:
        return str(error), []
    return None, lost


def _parts(path: str | Path) -> "tuple[list[trimesh.Trimesh], list[str]]":
    from tfkeypoints.rendering.mesh_files import read_parts

    try:
        return read_parts(path)
    except Exception as error:  # every format has its own way to fail
        raise ValueError(f"`path` must be a readable mesh file. Received: path={path} ({error})") from error


def _normalised(parts: "Sequence[trimesh.Trimesh]", path: str | Path, axes: np.ndarray) -> "trimesh.Trimesh":
    """The parts as one mesh without shared vertices, turned by `axes`, centred and of radius 1."""
    import trimesh

    if not parts:
        raise ValueError(f"`path` must hold at least one triangle. Received: path={path}, which holds none")
    if not all(np.isfinite(part.vertices[part.faces]).all() for part in parts):
        raise ValueError(f"`path` must hold finite coordinates only. Received: path={path}, with NaN or infinity")
    triangles = np.concatenate([part.triangles for part in parts]) @ axes.T
    centre, radius = normalization(triangles.reshape(-1, 3))
    if radius == 0:
        raise ValueError(f"`path` must hold an object of some size. Received: path={path}, all of it in one point")
    return trimesh.Trimesh(
        (triangles.reshape(-1, 3) - centre) / radius,
        np.arange(3 * len(triangles)).reshape(-1, 3),
        visual=_joint_visual(parts),
        process=False,
    )


def find_meshes(folder: str | Path) -> list[tuple[str, Path]]:
    """Lists the mesh files below a folder.

    ShapeNet's layout, `<synset>/<model>/models/model_normalized.obj` or `<model>/model.obj`, is named after the model's
    folder, any other file after its own path. One object in several formats counts once.

    Args:
        folder: Searched with all its subfolders.

    Returns:
        List of (instance name, `pathlib.Path`), sorted by name.

    Raises:
        ValueError: If the folder does not exist.
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise ValueError(f"`folder` must be an existing folder. Received: folder={folder}")
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*"), key=lambda path: (path.suffix.lower(), path)):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            found.setdefault(_instance_name(path.relative_to(folder)), path)
    return sorted(found.items())


def normalization(vertices: np.ndarray) -> tuple[np.ndarray, float]:
    """Returns the bounding box's centre `[3]` and the distance from it to the farthest vertex."""
    centre = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    return centre, np.linalg.norm(vertices - centre, axis=1).max()


def frame(up: str, forward: str) -> np.ndarray:
    """Returns the rotation `[3, 3]` from a file's axes to +x forward, +y left, +z up."""
    up_axis, forward_axis = _axis("up", up), _axis("forward", forward)
    if up_axis @ forward_axis:
        raise ValueError(f"`up` and `forward` must be different axes. Received: up={up!r}, forward={forward!r}")
    return np.stack([forward_axis, np.cross(up_axis, forward_axis), up_axis])


def _axis(argument: str, name: str) -> np.ndarray:
    axes = {"x": 0, "y": 1, "z": 2}
    letter = name.removeprefix("-")
    if letter not in axes:
        raise ValueError(f"`{argument}` must be x, -x, y, -y, z or -z. Received: {argument}={name!r}")
    return np.eye(3)[axes[letter]] * (-1 if name.startswith("-") else 1)


def _instance_name(path: Path) -> str:
    if path.stem not in ("model", "model_normalized"):
        return path.with_suffix("").as_posix()
    folder = path.parent.parent if path.parent.name == "models" else path.parent
    return folder.as_posix() if folder.name else path.stem


def _joint_visual(parts: "Sequence[trimesh.Trimesh]") -> "trimesh.visual.ColorVisuals | trimesh.visual.TextureVisuals":
    """Returns the colors of all parts, for triangles that share no vertices: colors a corner, or one picture."""
    from PIL import Image
    from trimesh.visual import ColorVisuals, TextureVisuals

    textured = [texture(part) for part in parts]
    if not any(textured):
        return ColorVisuals(vertex_colors=np.concatenate([corner_colors(part) for part in parts]).reshape(-1, 3))
    side = max(16, int(LARGEST_PICTURE / np.sqrt(len(parts))))
    pictures = [
        _whole_tiles(*pair, side) if pair else _swatches(corner_colors(part).mean(axis=1), side)
        for part, pair in zip(parts, textured, strict=True)
    ]
    width = max(pixels.shape[1] for pixels, _ in pictures)
    height = sum(pixels.shape[0] for pixels, _ in pictures)
    atlas = np.zeros((height, width, 3), np.uint8)
    top, coordinates = 0, []
    for pixels, uv in pictures:
        rows, columns = pixels.shape[:2]
        atlas[top : top + rows, :columns] = pixels
        inset = 0.01 / np.array([columns, rows])  # keeps the far edges from touching the neighbour's texels
        u, v = np.moveaxis(np.clip(uv, inset, 1 - inset), -1, 0)
        coordinates.append(np.stack([u * columns / width, 1 - (top + (1 - v) * rows) / height], axis=-1))
        top += rows
    return TextureVisuals(uv=np.concatenate(coordinates).reshape(-1, 2), image=Image.fromarray(atlas))


def _whole_tiles(pixels: np.ndarray, uv: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Lays a picture out as often as `uv` repeats it, at most `side` pixels wide and high, and rescales `uv`."""
    from PIL import Image

    first = np.floor(uv.min(axis=(0, 1)) + 1e-3)
    tiles = np.clip(np.ceil(uv.max(axis=(0, 1)) - first - 1e-3), 1, side).astype(int)
    size = np.minimum(pixels.shape[1::-1], np.maximum(side // tiles, 1))
    tile = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))
    return np.tile(tile, (tiles[1], tiles[0], 1)), (uv - first) / tiles


def _swatches(colors: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns a picture with one texel a face, and coordinates `[F, 3, 2]` at the texels' middles."""
    count = len(colors)
    rows = -(-count // side)
    pixels = np.zeros((rows * side, 3), np.uint8)
    pixels[:count] = np.rint(colors)
    row, column = np.divmod(np.arange(count), side)
    middle = np.stack([(column + 0.5) / side, 1 - (row + 0.5) / rows], axis=-1)
    return pixels.reshape(rows, side, 3), np.repeat(middle[:, None], 3, axis=1)
