"""Opens mesh files of any kind with the files that they name, and tells which of their colors could not be had."""

import contextlib
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import numpy as np
from trimesh import Trimesh, load_scene
from trimesh.resolvers import Resolver

if TYPE_CHECKING:
    from PIL import Image


PICTURES = (".png", ".jpg", ".jpeg", ".tga", ".bmp", ".tif", ".tiff", ".webp")
MATERIALS = "all of them.mtl"
"""The name by which trimesh, which reads one file of materials, gets all that an OBJ names."""
GREY = "0.4 0.4 0.4"
"""What trimesh shows where nothing tells a color."""


def read_parts(path: str | Path) -> tuple[list[Trimesh], list[str]]:
    """Reads the parts of a mesh or scene that have triangles.

    Args:
        path: File of any kind that trimesh reads.

    Returns:
        List of `trimesh.Trimesh` where they stand in the scene, and a list of sentences on what was lost: pictures and
        materials that are named but not there, colors that cannot be placed or are not read, and filled dents.
    """
    beside = _Beside(path)
    if Path(path).suffix.lower() != ".obj":
        lost = [*_unread_pictures(path), *_unread_colors(Path(path))]
        scene = load_scene(str(path), process=False, resolver=beside)
    else:
        text, lost = _with_all_vertex_colors(Path(path).read_text(errors="replace"))
        text, filled = _with_fans_inside(text)
        beside.read_materials(re.findall(r"^\s*mtllib\s+(.+?)\s*$", text, re.MULTILINE))
        made = _made(beside.materials)
        text = _with_names_as_made(text, made)
        scene = load_scene(io.StringIO(f"mtllib {MATERIALS}\n{text}"), file_type="obj", process=False, resolver=beside)
        lost += filled
        lost += _unknown_materials(text, made)
    parts = [part for part in scene.dump() if isinstance(part, Trimesh) and len(part.faces)]
    return parts, [*beside.lost, *lost, *_uncolored(parts)]


class _Beside(Resolver):
    """Finds what a mesh file names: below its folder or one above it, as ShapeNet's `../images/`, by name if need be.

    Attributes:
        lost: Sentences on what was not there or could not be read.
        materials: The text of all files of materials.
    """

    def __init__(self, path: str | Path) -> None:
        self.folder = Path(path).resolve().parent
        self.lost: list[str] = []
        self.materials = ""

    def read_materials(self, lines: Sequence[str]) -> None:
        """Reads the files of materials that an OBJ names, one or several in a line, whose names may have spaces."""
        for line in lines:
            several = re.findall(r"\S.*?\.mtl(?=\s|$)", line, re.IGNORECASE)
            for name in several if several and not self._find(line) else [line]:
                with contextlib.suppress(FileNotFoundError):  # said
                    self.materials += self.get(name).decode(errors="replace") + "\n"

    def get(self, name: str) -> bytes:
        if name == MATERIALS:
            return self.materials.encode()
        path = self._find(name)
        if path is None:
            self._lose(f"{_plain(name)}, which it names, is not there")
            raise FileNotFoundError(name)
        content = path.read_bytes()
        if path.suffix.lower() in PICTURES and (why := _why_unreadable(content)):
            self._lose(f"{path.name}, which it names, can't be read as an image ({why})")
        return content

    def keys(self) -> list[str]:
        return [path.name for path in self.folder.iterdir()]

    def namespaced(self, namespace: str) -> "_Beside":
        inner = _Beside(self.folder / namespace / "file")
        inner.lost, inner.materials = self.lost, self.materials
        return inner

    def write(self, name: str, data: object) -> None:
        raise NotImplementedError

    def _lose(self, sentence: str) -> None:
        if sentence not in self.lost:
            self.lost.append(sentence)

    def _find(self, name: str) -> Path | None:
        return next((path for path in self._places(name) if path.is_file()), None)

    def _places(self, name: str) -> Iterator[Path]:
        """Paths at which a file may lie, the likeliest first."""
        for each in dict.fromkeys((name.strip(), unquote(name.strip()), _plain(name))):
            path = (self.folder / each.replace("\\", "/").lstrip("/")).resolve()
            if path.is_relative_to(self.folder.parent):
                yield path
        wanted = PurePosixPath(_plain(name)).name.lower()
        yield from (path for path in sorted(self.folder.iterdir()) if path.name.lower() == wanted)


def _plain(name: str) -> str:
    """A name as files of materials give it, without options before it (`-s 1 1 1 wood.png`), with forward slashes."""
    words = name.strip().replace("\\", "/").split()
    if words and words[0].startswith("-"):
        while words and (words[0].startswith("-") or re.fullmatch(r"[-+.\deE]+|on|off|[rgbmlz]", words[0])):
            words.pop(0)
    return " ".join(words)


def _why_unreadable(content: bytes) -> str | None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
    except Exception as error:  # every format has its own way to fail
        return " ".join(str(error).split())[:80] or type(error).__name__
    return None


def _with_all_vertex_colors(text: str) -> tuple[str, list[str]]:
    """An OBJ in which each vertex has a color if one has: trimesh drops all of them where one has none."""
    vertices = re.findall(r"^\s*v\s+.*$", text, re.MULTILINE)
    bare = sum(len(line.split()) < 7 for line in vertices)
    if bare in (0, len(vertices)):
        return text, []
    filled = re.sub(r"^(\s*v(?:\s+[^\s#]+){3})(?:\s+[^\s#]+)?[^\S\n]*$", rf"\1 {GREY}", text, flags=re.MULTILINE)
    return filled, [f"{bare} of {len(vertices)} vertices have no color: they are grey"]


def _with_fans_inside(text: str) -> tuple[str, list[str]]:
    """An OBJ in which faces begin at a corner whose fan of triangles stays inside: trimesh fans out from the first."""
    lines = re.sub(r"\\\r?\n", " ", text).split("\n")
    vertices: list[list[float]] = []
    faces: dict[int, list[tuple[int, list[str], list[int]]]] = {}
    for number, line in enumerate(lines):
        kind, *words = line.partition("#")[0].split() or [""]
        if kind == "v":
            vertices.append([float(word) for word in words[:3]])
        elif kind == "f" and len(words) > 3:
            indices = [int(word.partition("/")[0]) for word in words]
            corners = [index - 1 if index > 0 else len(vertices) + index for index in indices]
            faces.setdefault(len(words), []).append((number, words, corners))
    filled, places = 0, np.array(vertices)
    for each in faces.values():
        fits = _fans_inside(places[[corners for *_, corners in each]])
        filled += int((~fits.any(1)).sum())
        for (number, words, _), start in zip(each, fits.argmax(1), strict=True):
            if start:
                lines[number] = " ".join(["f", *words[start:], *words[:start]])
    told = f"{filled} faces have dents that are filled" if filled > 1 else "one face has dents that are filled"
    return "\n".join(lines), [told] if filled else []


def _fans_inside(polygons: np.ndarray) -> np.ndarray:
    """Tells of the corners of flat polygons [F, N, 3] from which triangles fan out without leaving them: bool [F, N].

    They stay inside if all of them turn as the polygon does, for then their areas add up to its own.
    """
    polygons = polygons - polygons[:, :1]
    normals = np.cross(polygons, np.roll(polygons, -1, axis=1)).sum(1)
    least = -1e-6 * (normals**2).sum(1)  # six digits, as files have, leave three corners of a line not quite on it
    fits = []
    for start in range(polygons.shape[1]):
        spokes = np.roll(polygons, -start, axis=1)[:, 1:] - polygons[:, start, None]
        turns = np.einsum("fnc,fc->fn", np.cross(spokes[:, :-1], spokes[:, 1:]), normals)
        fits.append((turns >= least[:, None]).all(1))
    return np.stack(fits, axis=1)


def _made(materials: str) -> list[str]:
    """The names of materials in the text of their files."""
    named = re.findall(r"^\s*newmtl\s+(.+?)\s*$", materials, re.MULTILINE | re.IGNORECASE)
    return [" ".join(name.split()) for name in named]


def _with_names_as_made(text: str, made: Sequence[str]) -> str:
    """An OBJ that calls materials what their files call them: trimesh takes a comment behind a name for part of it."""
    bare = {name: name.partition(" #")[0] for name in made}

    def named(match: re.Match[str]) -> str:
        used = " ".join(match[2].split())
        alike = [name for name in made if bare[name] == used.partition(" #")[0]]
        return match[1] + alike[0] if used not in bare and len(alike) == 1 else match[0]

    return re.sub(r"^(\s*usemtl\s+)(.+?)\s*$", named, text, flags=re.MULTILINE)


def _unknown_materials(text: str, made: Sequence[str]) -> list[str]:
    used = dict.fromkeys(re.findall(r"^\s*usemtl\s+(.+?)\s*$", text, re.MULTILINE))
    unknown = [name for name in used if " ".join(name.split()) not in made]
    if not unknown:
        return []
    told = ", ".join(unknown[:5]) + f" and {len(unknown) - 5} more" * (len(unknown) > 5)
    return [f"no file tells the material {told}" if len(unknown) == 1 else f"no file tells the materials {told}"]


def _unread_pictures(path: str | Path) -> list[str]:
    """What is said of glTF's pictures of a kind that trimesh does not read."""
    content = _gltf(Path(path))
    known = ("EXT_texture_webp",)
    unread = {
        kind
        for texture in content.get("textures", [])
        for kind in texture.get("extensions", {})
        if "source" not in texture and kind not in known
    }
    return [f"its pictures are stored as {kind}, which is not read" for kind in sorted(unread)]


def _unread_colors(path: Path) -> list[str]:
    """What is said of colors that trimesh leaves out: all of OFF, and PLY's of an old name."""
    kind = path.suffix.lower()
    if kind == ".ply" and b"diffuse_red" in path.read_bytes().partition(b"end_header")[0]:
        return ["its colors are called diffuse_red, diffuse_green, diffuse_blue, and not read"]
    if kind != ".off":
        return []
    words = [line.partition(b"#")[0].split() for line in path.read_bytes().splitlines()]
    (name, *counts), *rows = [each for each in words if each]
    vertices, faces, *_ = map(int, counts or rows.pop(0))
    colored = b"C" in name or any(len(row) > int(row[0]) + 1 for row in rows[vertices : vertices + faces])
    return ["its colors are not read, as those of no OFF file are"] if colored else []


def _gltf(path: Path) -> dict[str, Any]:
    if path.suffix.lower() == ".gltf":
        return json.loads(path.read_bytes())
    if path.suffix.lower() == ".glb":
        content = path.read_bytes()
        return json.loads(content[20 : 20 + int.from_bytes(content[12:16], "little")])
    return {}


def _uncolored(parts: Sequence[Trimesh]) -> list[str]:
    """What is said of parts without colors beside such with colors, and of pictures that no coordinates place."""
    lost = []
    bare = sum(part.visual.kind is None for part in parts)
    if 0 < bare < len(parts):
        lost.append(f"{bare} of {len(parts)} parts have no color: they are grey")
    unplaced = sum(
        part.visual.kind == "texture" and part.visual.uv is None and _picture(part) is not None for part in parts
    )
    if unplaced:
        lost.append(f"{unplaced} of {len(parts)} parts have a picture, but do not say where it lies")
    return lost


def _picture(part: Trimesh) -> "Image.Image | None":
    material = part.visual.material
    return getattr(material, "image", None) or getattr(material, "baseColorTexture", None)
