#!/bin/sh
# aniposelib 0.8.0: CameraGroup.load returns more than ten cameras in another order than CameraGroup.dump wrote them. The
# tables cam_0, cam_1, … are sorted as text, so that cam_10 and cam_11 come before cam_2. Points that are given by camera,
# [C, N, 2], are then triangulated with the wrong cameras.
# Seen: wrote 0 1 2 3 4 5 6 7 8 9 10 11, read 0 1 10 11 2 3 4 5 6 7 8 9
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q aniposelib==0.8.0 "setuptools<81"
"$folder/venv/bin/python" - "$folder/calibration.toml" <<'EOF'
import sys

import numpy as np
from aniposelib.cameras import Camera, CameraGroup

cameras = [
    Camera(matrix=np.diag([500.0, 500, 1]), size=(640, 480), tvec=np.array([0.1 * i, 0, 2]), name=str(i))
    for i in range(12)
]
CameraGroup(cameras).dump(sys.argv[1])
read = CameraGroup.load(sys.argv[1]).get_names()
print("wrote", *range(12), "read", *read)
assert read == ["0", "1", "10", "11", *"23456789"], "behaves differently now"
EOF
