#!/bin/sh
# opencv-python-headless 5.0.0.93: cv2.undistortPoints stops after five iterations, converged or not. At the edge
# of a common wide lens (k1 = -0.3, focal length 500 pixels) what it returns is more than a pixel off, and it grows from
# there on; two hundred iterations, by `criteria`, are exact. Neither warns.
# Seen, pixels off with the defaults: x = 0.4: 0.00, x = 0.6: 0.02, x = 0.8: 1.37; with criteria: 0.00 0.00 0.00
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==5.0.0.93 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import cv2
import numpy as np

focal, k1 = 500.0, -0.3
camera = np.array([[focal, 0, 640], [0, focal, 360], [0, 0, 1]])
lens = np.array([k1, 0.0, 0, 0, 0])
criteria = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 200, 1e-12)
off = {}
for x in (0.4, 0.6, 0.8):
    assert 1 + 3 * k1 * x**2 > 0  # still growing: one solution
    pixel = np.array([[[focal * x * (1 + k1 * x**2) + 640, 360.0]]])
    found = cv2.undistortPoints(pixel, camera, lens), cv2.undistortPoints(pixel, camera, lens, criteria=criteria)
    off[x] = [focal * abs(each[0, 0, 0] - x) for each in found]
    print(f"x = {x}: {off[x][0]:.2f}, with criteria {off[x][1]:.2f}")
assert off[0.4][0] < 0.01 and all(each[1] < 1e-6 for each in off.values())
assert 1 < off[0.8][0] < 2, "behaves differently now"
EOF
