#!/bin/sh
# ndx-pose 0.4.0 (pynwb 4.2.0): a PoseEstimation written with the series tail, ear, nose is read back with ear, nose, tail, as
# HDF5 lists groups by name, while the skeleton's nodes stay in the order given, and its edges are numbers of nodes. Series
# stacked in the order in which they are read do not belong to the edges: they must be taken by the nodes' names.
# Seen: nodes tail ear nose, series ear nose tail, edge 0-1 is tail-ear, and by position ear-nose
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ndx-pose==0.4.0 pynwb==4.2.0
"$folder/venv/bin/python" - "$folder/pose.nwb" <<'EOF'
import datetime
import sys

import ndx_pose
import numpy as np
import pynwb

nodes = ["tail", "ear", "nose"]
file = pynwb.NWBFile("a session", "1", datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc))
skeleton = ndx_pose.Skeleton(name="skeleton", nodes=nodes, edges=np.array([[0, 1]], np.uint8))
series = [
    ndx_pose.PoseEstimationSeries(
        name=name, data=np.full((5, 3), float(index)), unit="m", reference_frame="world", rate=30.0, confidence=np.ones(5)
    )
    for index, name in enumerate(nodes)
]
pose = ndx_pose.PoseEstimation(name="PoseEstimation", pose_estimation_series=series, skeleton=skeleton)
behavior = file.create_processing_module("behavior", "keypoints")
behavior.add(ndx_pose.Skeletons(skeletons=[skeleton]))
behavior.add(pose)
with pynwb.NWBHDF5IO(sys.argv[1], "w") as output:
    output.write(file)
with pynwb.NWBHDF5IO(sys.argv[1], "r") as source:
    read = source.read().processing["behavior"]["PoseEstimation"]
    order, kept = list(read.pose_estimation_series), list(read.skeleton.nodes[:])
    first, second = read.skeleton.edges[0]
print("nodes", *kept, "series", *order, f"edge {kept[first]}-{kept[second]}, by position {order[first]}-{order[second]}")
assert kept == nodes and list(pose.pose_estimation_series) == nodes
assert order == sorted(nodes), "behaves differently now"
EOF
