#!/bin/sh
# trimesh 5.2.0: colors in a COFF file, colors behind the faces of an OFF file, and PLY's `diffuse_red`, `diffuse_green`,
# `diffuse_blue` are left out without a word: the mesh has no colors, and is drawn grey. The same
# numbers under PLY's names `red`, `green`, `blue` are kept.
# Seen: ply red vertex; ply diffuse_red None; off faces None; coff None
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q trimesh==5.2.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import io

import trimesh

places = ("0 0 0", "1 0 0", "0 1 0")
red = " 255 0 0"


def ply(prefix):
    numbers = "".join(f"property float {axis}\n" for axis in "xyz")
    colors = "".join(f"property uchar {prefix}{name}\n" for name in ("red", "green", "blue"))
    faces = "element face 1\nproperty list uchar int vertex_indices\nend_header\n"
    vertices = "".join(place + red + "\n" for place in places)
    return "ply\nformat ascii 1.0\nelement vertex 3\n" + numbers + colors + faces + vertices + "3 0 1 2\n"


files = {
    "ply red": ply(""),
    "ply diffuse_red": ply("diffuse_"),
    "off faces": "OFF\n3 1 0\n" + "\n".join(places) + "\n3 0 1 2" + red + "\n",
    "coff": "COFF\n3 1 0\n" + "".join(place + red + " 255\n" for place in places) + "3 0 1 2\n",
}
kinds = {}
for name, text in files.items():
    mesh = trimesh.load(io.BytesIO(text.encode()), file_type=name[-3:] if name == "coff" else name[:3], process=False)
    assert mesh.vertices.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]] and mesh.faces.tolist() == [[0, 1, 2]]
    kinds[name] = mesh.visual.kind
print("; ".join(f"{name} {kind}" for name, kind in kinds.items()))
assert list(kinds.values()) == ["vertex", None, None, None], "behaves differently now"
EOF
