#!/bin/sh
# sleap-io 0.9.5: a .slp whose video is a list of images that were not opened is saved without a word, and then cannot be
# loaded, with or without the images: the list stands where the loader takes a single path. Videos in one file, and lists
# whose `backend_metadata` has the key `filenames` too, are loaded.
# Seen: saved; load_slp: TypeError: expected str, bytes or os.PathLike object, not list
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q sleap-io==0.9.5
"$folder/venv/bin/python" - "$folder/labels.slp" <<'EOF'
import sys

import numpy as np
import sleap_io as sio

skeleton = sio.Skeleton(["nose"])
video = sio.Video(filename=["1.png", "2.png"], open_backend=False)
instance = sio.Instance.from_numpy(np.array([[1.0, 2.0]]), skeleton)
frame = sio.LabeledFrame(video=video, frame_idx=0, instances=[instance])
sio.save_slp(sio.Labels([frame], videos=[video], skeletons=[skeleton]), sys.argv[1], verbose=False)
try:
    sio.load_slp(sys.argv[1], open_videos=False)
except TypeError as error:
    print(f"saved; load_slp: TypeError: {error}")
else:
    raise SystemExit("behaves differently now")
EOF
