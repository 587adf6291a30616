#!/bin/sh
# trimesh 5.2.0: an OBJ may name several files of materials, in one line or in lines of their own. Of lines, only the first
# counts; and a line with two, `mtllib FILE1 FILE2`, is taken for the name of one file, so that all materials are lost. A
# comment behind a material's name, `newmtl seat # red`, loses that material too. The mesh gets a placeholder in grey.
# Seen: one file 255 0 0; one file a line 102 102 102; two files in a line 102 102 102; comment 102 102 102
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q trimesh==5.2.0 numpy==2.4.6 pillow==12.3.0
cd "$folder"
"$folder/venv/bin/python" - <<'EOF'
import pathlib

import trimesh

pathlib.Path("legs.mtl").write_text("newmtl legs\nKd 0 1 0\n")
pathlib.Path("seat.mtl").write_text("newmtl seat\nKd 1 0 0\n")
pathlib.Path("commented.mtl").write_text("newmtl seat # red\nKd 1 0 0\n")


def color(head):
    triangle = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nusemtl seat\nf 1/1 2/2 3/3\n"
    pathlib.Path("chair.obj").write_text(head + triangle)
    mesh = trimesh.load("chair.obj", force="mesh", process=False)
    return mesh.visual.material.main_color[:3].tolist()


cases = {
    "one file": "mtllib seat.mtl\n",
    "one file a line": "mtllib legs.mtl\nmtllib seat.mtl\n",
    "two files in a line": "mtllib legs.mtl seat.mtl\n",
    "comment": "mtllib commented.mtl\n",
}
colors = {name: color(head) for name, head in cases.items()}
print("; ".join(f"{name} {' '.join(map(str, each))}" for name, each in colors.items()))
assert colors.pop("one file") == [255, 0, 0]
assert all(each == [102, 102, 102] for each in colors.values()), "behaves differently now"
EOF
