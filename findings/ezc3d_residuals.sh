#!/bin/sh
# ezc3d 1.7.2: residuals of points are written as whole numbers below 256, whatever their unit. A fraction is cut off, and
# from 256 on they start again at 0. C3D keeps a residual in one byte, times the parameter POINT:SCALE, which ezc3d always
# writes as -1. So a reprojection error of 0.9 pixels reads as perfect, and one of 300 as 44, without a word.
# Seen: wrote 0.2 0.9 1.7 12.4 254 300 1000, read 0 0 1 12 254 44 232
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ezc3d==1.7.2 numpy
"$folder/venv/bin/python" - "$folder/points.c3d" <<'EOF'
import sys

import ezc3d
import numpy as np

residuals = np.array([0.2, 0.9, 1.7, 12.4, 254, 300, 1000])
frames = len(residuals)
content = ezc3d.c3d()
content["parameters"]["POINT"]["RATE"]["value"] = [100]
content["parameters"]["POINT"]["LABELS"]["value"] = ["nose"]
content["data"]["points"] = np.ones((4, 1, frames))
content["data"]["meta_points"] = {
    "residuals": residuals[None, None],
    "camera_masks": np.zeros((7, 1, frames), bool),
}
content.write(sys.argv[1])
read = ezc3d.c3d(sys.argv[1])
assert read["parameters"]["POINT"]["SCALE"]["value"] == [-1]
found = read["data"]["meta_points"]["residuals"][0, 0]
print("wrote", *(f"{each:g}" for each in residuals), "read", *(f"{each:g}" for each in found))
assert found.tolist() == [0, 0, 1, 12, 254, 44, 232], "behaves differently now"
EOF
