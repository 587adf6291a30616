#!/bin/sh
# opencv-python-headless 4.14.0.94 (and 5.0.0): cv2.fisheye.undistortPoints does not invert cv2.fisheye.projectPoints
# within the lens' field of view. Where the distorted angle θ (1 + k1 θ² + …) is above 90°, it is cut off at 90° first: with
# k1 = 0.05, k2 = 0.01 a ray 80° off the axis comes back as 79.5°, one at 88° as 80.8°, without a word and with NaN
# nowhere. The polynomial itself grows all the way, and more iterations change nothing.
# Seen: 60.00 -> 60.00, 80.00 -> 79.53, 85.00 -> 80.32, 88.00 -> 80.77
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==4.14.0.94 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import cv2
import numpy as np

camera = np.array([[400.0, 0, 640], [0, 400, 360], [0, 0, 1]])
lens = np.array([0.05, 0.01, 0.0, 0.0])
criteria = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 100, 1e-12)
back = {}
for degrees in (60, 80, 85, 88):
    angle = np.radians(degrees)
    ray = np.array([[[np.sin(angle), 0, np.cos(angle)]]])
    pixel, _ = cv2.fisheye.projectPoints(ray, np.zeros(3), np.zeros(3), camera, lens)
    tangent = cv2.fisheye.undistortPoints(pixel, camera, lens, criteria=criteria)[0, 0, 0]
    back[degrees] = np.degrees(np.arctan(tangent))
    print(f"{degrees:.2f} -> {back[degrees]:.2f}")
assert abs(back[60] - 60) < 1e-6
for degrees, seen in ((80, 79.53), (85, 80.32), (88, 80.77)):
    assert abs(back[degrees] - seen) < 0.01, "behaves differently now"
EOF
