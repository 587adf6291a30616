#!/bin/sh
# pose2sim 0.10.49, Demo_SinglePerson: its calibration is of images of 1088 x 1920 pixels, but the videos of two of its four
# cameras have 1080 x 1920. They were neither cut nor stretched: the image was scaled by 1080 / 1088, which leaves 7 rows of
# black above and below, so that pixel (x, y) of the calibration is (0.9926 x, 0.9926 y + 7.06). Taken as it is, or for a
# crop, a keypoint is up to 8 pixels off; the file says nothing of it.
# Seen: cam01 1080 x 1920, black rows 7 + 7; cam02 1080 x 1920, 7 + 7; cam03 and cam04 1088 x 1920, 0 + 0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q av==18.1.0 numpy==2.4.6
"$folder/venv/bin/pip" download -q --no-deps -d "$folder" pose2sim==0.10.49
cd "$folder"
"$folder/venv/bin/python" - <<'EOF'
import glob
import re
import zipfile

import av

demo = "Pose2Sim/Demo_SinglePerson/"
with zipfile.ZipFile(glob.glob("pose2sim-*.whl")[0]) as wheel:
    wheel.extractall(members=[name for name in wheel.namelist() if name.startswith(demo)])
calibration = open(demo + "calibration/Calib.qca.txt").read()
assert re.findall(r'fov_video[^>]*?right="(\d+)"', calibration) and calibration.count("<camera ") == 4


def black_rows(rows):
    for count, row in enumerate(rows):
        if row.mean() > 40:
            return count


for name, seen in (("cam01", (1080, 7)), ("cam02", (1080, 7)), ("cam03", (1088, 0)), ("cam04", (1088, 0))):
    with av.open(f"{demo}videos/{name}.mp4") as video:
        grey = next(video.decode(video=0)).to_ndarray(format="gray")
    height, width = grey.shape
    rows = black_rows(grey), black_rows(grey[::-1])
    print(f"{name} {width} x {height}, black rows {rows[0]} + {rows[1]}")
    assert (width, height) == (seen[0], 1920) and all(abs(each - seen[1]) <= 1 for each in rows), "differs now"
scale = 1080 / 1088
assert round((1920 - scale * 1920) / 2) == 7
EOF
