#!/bin/sh
# trimesh 5.2.0: a face with a dent, as modelling programs write it, is cut into triangles that fan out from the corner that
# the file names first. Started at another corner, the same quad of OBJ or PLY has seven times the area: the triangles reach
# out of its outline and overlap, so that the object's silhouette is filled in. Nothing is said of it.
# Seen, of the arrowhead (0 0, 4 -2, 1 0, 4 2) by the corner named first: area 2; obj 2 14 2 14; ply 2 14 2 14
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q trimesh==5.2.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import io

import numpy as np
import trimesh

corners = np.array([[0.0, 0], [4, -2], [1, 0], [4, 2]])
x, y = corners.T
true = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
assert true == 2
lines = [f"{a} {b} 0\n" for a, b in corners]
head = (
    "ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\n"
    "element face 1\nproperty list uchar int vertex_indices\nend_header\n"
)
areas = {"obj": [], "ply": []}
for start in range(4):
    order = [(start + step) % 4 for step in range(4)]
    files = {
        "obj": "".join("v " + line for line in lines) + "f " + " ".join(str(index + 1) for index in order) + "\n",
        "ply": head + "".join(lines) + "4 " + " ".join(map(str, order)) + "\n",
    }
    for kind, text in files.items():
        mesh = trimesh.load(io.BytesIO(text.encode()), file_type=kind, force="mesh", process=False)
        areas[kind].append(round(float(mesh.area), 6))
print(f"area {true:g};", "; ".join(f"{kind} {' '.join(f'{area:g}' for area in each)}" for kind, each in areas.items()))
assert areas["obj"] == areas["ply"] == [2, 14, 2, 14], "behaves differently now"
EOF
