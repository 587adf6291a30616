#!/bin/sh
# ezc3d 1.7.2: of 300 points it reads back 255 labels. C3D counts the entries of a parameter in one
# byte, so the writer goes on in POINT:LABELS2, but the reader does not join the two. `zip(labels, points)` then leaves
# out the last 45 points, and `labels.index("p299")` does not find a point that is there.
# Seen: 300 points; LABELS 255, LABELS2 45
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ezc3d==1.7.2 numpy
"$folder/venv/bin/python" - "$folder/points.c3d" <<'EOF'
import sys

import ezc3d
import numpy as np

names = [f"p{index}" for index in range(300)]
content = ezc3d.c3d()
content["parameters"]["POINT"]["RATE"]["value"] = [100]
content["parameters"]["POINT"]["LABELS"]["value"] = names
content["data"]["points"] = np.ones((4, len(names), 2))
content.write(sys.argv[1])
read = ezc3d.c3d(sys.argv[1])
points = read["parameters"]["POINT"]
first, second = points["LABELS"]["value"], points["LABELS2"]["value"]
count = read["data"]["points"].shape[1]
print(f"{count} points; LABELS {len(first)}, LABELS2 {len(second)}")
assert first + second == names
assert (count, len(first)) == (300, 255), "behaves differently now"
EOF
