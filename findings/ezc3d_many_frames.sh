#!/bin/sh
# ezc3d 1.7.2: of 70,000 frames of points, all are written, and 65,535 are read back by ezc3d itself, without a word. C3D
# counts frames by 16 bits in its header.
# Seen: wrote 70000 frames (2.2 MB), read 65535
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ezc3d==1.7.2 numpy
"$folder/venv/bin/python" - "$folder/points.c3d" <<'EOF'
import os
import sys

import ezc3d
import numpy as np

frames = 70000
content = ezc3d.c3d()
content["parameters"]["POINT"]["RATE"]["value"] = [100]
content["parameters"]["POINT"]["LABELS"]["value"] = ["a", "b"]
content["data"]["points"] = np.ones((4, 2, frames))
content.write(sys.argv[1])
read = ezc3d.c3d(sys.argv[1])["data"]["points"].shape[2]
print(f"wrote {frames} frames ({os.path.getsize(sys.argv[1]) / 1e6:.1f} MB), read {read}")
assert read != frames, "behaves differently now"
EOF
