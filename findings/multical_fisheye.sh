#!/bin/sh
# multical 0.4.0: a fisheye calibration that it exported itself is read back as a pinhole camera. `export` writes the model
# "standard" for both kinds of lens, and `load_calibration` makes a pinhole camera of every entry: its four coefficients
# k1 k2 k3 k4 become k1 k2 p1 p2, without a word. Only their number tells the kinds apart, as its pinhole lenses have 5.
# Seen: wrote CameraFisheye, read Camera; a point 35° off the axis moves from pixel 1244.73 to 1333.06
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q multical==0.4.0 "numpy<2" "setuptools<81"
"$folder/venv/bin/python" - "$folder/calibration.json" <<'EOF'
import sys

import numpy as np
from multical.camera_fisheye import CameraFisheye
from multical.io.export_calib import export
from multical.io.import_calib import load_calibration
from multical.tables import Table
from structs.struct import struct

matrix = np.array([[1000.0, 0, 640], [0, 1000, 360], [0, 0, 1]])
camera = CameraFisheye((1280, 720), matrix, np.array([[-0.03], [0.01], [-0.005], [0.001]]))
poses = struct(pose_table=Table.create(poses=np.eye(4)[None], valid=np.ones(1, bool)))
names = struct(camera=["left"], image=["1.png"])
export(sys.argv[1], struct(cameras=[camera], camera_poses=poses), names, [["left/1.png"]])
read = load_calibration(sys.argv[1]).cameras["left"]
point = np.array([[np.tan(np.radians(35)), 0.0, 1.0]])
before, after = camera.project(point)[0, 0], read.project(point)[0, 0]
print(f"wrote {type(camera).__name__}, read {type(read).__name__}; {before:.2f} -> {after:.2f}")
assert type(read).__name__ == "Camera", "behaves differently now"
assert abs(before - after) > 1, "behaves differently now"
EOF
