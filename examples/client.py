"""Asks `tfkeypoints serve`, or TensorFlow Serving, for the keypoints in images. Needs nothing but Python.

python examples/client.py http://127.0.0.1:8501/v1/models/chairs photo.png --fov 40
python examples/client.py http://127.0.0.1:8501/v1/models/hammer left.png right.png --cameras cameras.json
"""

import argparse
import base64
import json
import math
import urllib.error
import urllib.request
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("model", help="http://HOST:PORT/v1/models/NAME")
parser.add_argument("images", nargs="+", type=Path, help="one a camera, taken at the same time, in the cameras' order")
parser.add_argument("--cameras", type=Path, help="JSON, see docs/cameras.md")
parser.add_argument("--fov", type=float, default=40.0, help="of a square image without a camera file, in degrees")
arguments = parser.parse_args()

focal = 1 / math.tan(math.radians(arguments.fov) / 2)
intrinsics = [[[focal, 0, 0], [0, focal, 0], [0, 0, 1]]]
extrinsics = [[[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]]
if arguments.cameras:
    named = json.loads(arguments.cameras.read_text())
    bent = [name for name, camera in named.items() if any(camera.get("distortion", ())) or "lens" in camera]
    if bent:
        raise SystemExit(f"{bent[0]} has a lens, whose images bend: undistort them first, or ask `tfkeypoints predict`")
    cameras = named.values()
    u = [
        (2 * c["fx"] / c["width"], 2 * c.get("skew", 0) / c["width"], (2 * c["cx"] + 1) / c["width"] - 1)
        for c in cameras
    ]
    v = [(0, 2 * c["fy"] / c["height"], (2 * c["cy"] + 1) / c["height"] - 1) for c in cameras]
    intrinsics, extrinsics = [[*rows, (0, 0, 1)] for rows in zip(u, v, strict=True)], [c["extrinsics"] for c in cameras]
images = [{"b64": base64.b64encode(path.read_bytes()).decode()} for path in arguments.images]
row = {"image_bytes": images, "intrinsics": intrinsics, "extrinsics": extrinsics}
body = json.dumps({"signature_name": "detect_encoded", "instances": [row]}).encode()
try:
    found = json.load(urllib.request.urlopen(f"{arguments.model}:predict", body))["predictions"][0]
except urllib.error.HTTPError as error:
    raise SystemExit(f"refused: {json.load(error)['error']}") from error
for k, (x, y, z) in enumerate(found.get("keypoints", found["points_camera"][0])):
    print(f"keypoint {k:2d}  x {x:8.4f}  y {y:8.4f}  z {z:8.4f}")
