#!/bin/sh
# pose2sim 0.10.49, Demo_SinglePerson: of its four cameras, cam03 looked 0.8 degrees another way when the videos were taken than
# when it was calibrated. Two posts stand still in view; their tops, marked by hand in the first frame, and triangulated from
# the other cameras, lie 24 pixels (of 1088 x 1920) from where cam03 shows them, while the others agree within 7. So a
# reprojection error of that size in cam03 is no fault of a pose detector. (cam01 and cam02 are scaled by 1080 / 1088 between black bars, which is accounted for.)
# Seen: post A: cam01 3, cam02 6, cam04 7, cam03 24 pixels; post B: cam01 3, cam04 4, cam03 24 pixels
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q numpy==2.4.6 scipy==1.17.1
"$folder/venv/bin/pip" download -q --no-deps -d "$folder" pose2sim==0.10.49
cd "$folder"
"$folder/venv/bin/python" - <<'EOF'
import glob
import xml.etree.ElementTree
import zipfile

import numpy as np
from scipy.optimize import least_squares

with zipfile.ZipFile(glob.glob("pose2sim-*.whl")[0]) as wheel:
    text = wheel.read("Pose2Sim/Demo_SinglePerson/calibration/Calib.qca.txt")
cameras = {}
for camera in xml.etree.ElementTree.fromstring(text).iter("camera"):
    inner, pose, view = camera.find("intrinsic"), camera.find("transform"), camera.find("fov_video")
    number = {key: float(value) for key, value in inner.attrib.items()}
    place = {key: float(value) for key, value in pose.attrib.items()}
    axes = np.array([[place[f"r{row}{column}"] for column in "123"] for row in "123"])
    cameras[camera.get("serial")] = {
        "focal": np.array([number["focalLengthU"], number["focalLengthV"]]) / 64,
        "centre": np.array([number["centerPointU"] / 64 - float(view.get("left")),
                            number["centerPointV"] / 64 - float(view.get("top"))]),
        "k": [number[f"radialDistortion{key}"] for key in "123"],
        "p": [number[f"tangentalDistortion{key}"] for key in "12"],
        "axes": axes,
        "eye": np.array([place["x"], place["y"], place["z"]]),
    }


def project(point, camera):
    x, y, z = camera["axes"] @ (point - camera["eye"]) * (1, -1, -1)  # y up and looking along -z, to y down and z forward
    x, y = x / z, y / z
    square = x * x + y * y
    radial = 1 + sum(k * square ** (power + 1) for power, k in enumerate(camera["k"]))
    p1, p2 = camera["p"]
    lens = np.array([x * radial + 2 * p1 * x * y + p2 * (square + 2 * x * x),
                     y * radial + p1 * (square + 2 * y * y) + 2 * p2 * x * y])
    return camera["focal"] * lens + camera["centre"]


marks = {
    "A": {"cam01": (667.9, 1521.7), "cam02": (273.8, 1315.3), "cam03": (264.9, 970.4), "cam04": (829.6, 858.4)},
    "B": {"cam01": (948.8, 1427.2), "cam03": (63.9, 1057.6), "cam04": (609.3, 921.0)},
}
scale = 1080 / 1088
for post, marked in marks.items():
    places = {name: np.array(pixel) for name, pixel in marked.items()}
    for name in set(places) & {"cam01", "cam02"}:
        places[name] = (places[name] - [0, 7.06] + 0.5) / scale - 0.5
    others = [name for name in places if name != "cam03"]
    residuals = lambda point: np.concatenate([project(point, cameras[name]) - places[name] for name in others])
    point = least_squares(residuals, [0.0, 0.0, 300.0]).x
    off = {name: np.linalg.norm(project(point, cameras[name]) - places[name]) for name in places}
    print(f"post {post}:", ", ".join(f"{name} {pixels:.1f}" for name, pixels in off.items()), "pixels")
    assert abs(off.pop("cam03") - 24) < 3 and max(off.values()) < 8, "differs now"
EOF
