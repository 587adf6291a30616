#!/bin/sh
# movement 0.15.0: of anipose's CSV of 3D points it sorts the body parts by name, and leaves `fnum`, the frames' numbers, out:
# a table that begins at frame 10, or lacks frames, gets times 0, 1, 2, … without a word. Arrays that go by the order of the
# columns, and by frame numbers, must be taken by keypoint names, and cut by hand.
# Seen: columns tail ear nose, keypoints ear nose tail; fnum 10 11 15, time 0 1 2
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q movement==0.15.0
"$folder/venv/bin/python" - "$folder/points.csv" <<'EOF'
import sys

import pandas as pd
from movement.io import load_dataset

parts, frames = ("tail", "ear", "nose"), [10, 11, 15]
columns = {}
for index, part in enumerate(parts):
    for field, value in zip(("x", "y", "z", "error", "ncams", "score"), (index, 0, 1, 0.5, 3, 0.9), strict=True):
        columns[f"{part}_{field}"] = [float(value)] * len(frames)
columns |= {f"M_{row}{column}": [float(row == column)] * len(frames) for row in range(3) for column in range(3)}
columns |= {f"center_{axis}": [0.0] * len(frames) for axis in range(3)}
columns["fnum"] = frames
pd.DataFrame(columns).to_csv(sys.argv[1], index=False)
read = load_dataset(sys.argv[1], source_software="Anipose")
order = [str(name) for name in read.coords["keypoints"].values]
times = [float(time) for time in read.coords["time"].values]
print("columns", *parts, "keypoints", *order, "fnum", *frames, "time", *(f"{time:g}" for time in times))
assert read.position.sel(space="x", keypoints="nose").values.ravel().tolist() == [2, 2, 2]
assert (order, times) == (["ear", "nose", "tail"], [0, 1, 2]), "behaves differently now"
EOF
