#!/bin/sh
# imageio 2.38.1 with imageio-ffmpeg 0.8.1: of a video of variable rate, the FFMPEG reader gives more frames than are stored
# and than its own `count_frames` says. It has FFmpeg make the rate constant, so frames that last longer come twice. Read
# beside another camera, or beside times a frame, the images no longer belong to their numbers.
# Seen: stored 40, count_frames 40, read 59, of which 40 differ
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q imageio==2.38.1 imageio-ffmpeg==0.8.1 av==18.1.0 numpy==2.4.6
"$folder/venv/bin/python" - "$folder/film.mp4" <<'EOF'
import sys
from fractions import Fraction

import av
import imageio.v2 as imageio
import numpy as np

stored, clock, time = 40, Fraction(1, 30), 0
with av.open(sys.argv[1], "w") as film:
    stream = film.add_stream("libx264", rate=30)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    for index in range(stored):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 6 * index, np.uint8), "rgb24")
        frame.pts, frame.time_base = time, clock
        time += 1 + index % 2  # frames last 1/30 and 2/30 of a second by turns
        film.mux(stream.encode(frame))
    film.mux(stream.encode(None))
with av.open(sys.argv[1]) as film:
    assert sum(1 for _ in film.decode(video=0)) == stored
with imageio.get_reader(sys.argv[1], "ffmpeg") as reader:
    counted, shades = reader.count_frames(), [round(float(frame.mean())) for frame in reader]
print(f"stored {stored}, count_frames {counted}, read {len(shades)}, of which {len(set(shades))} differ")
assert (counted, len(shades)) == (40, 59), "behaves differently now"
EOF
