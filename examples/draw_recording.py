"""Draws what `tfkeypoints predict` found in a recording without its images: keypoints, their ways, and what moves.

    python examples/draw_recording.py PREDICTIONS RECORDING CAMERAS own_cameras.gif

Says where keypoints go to whom the images may not be shown: white outlines are the convex hulls of what moves.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tfkeypoints import visualization
from tfkeypoints.calibration import read_calibration
from tfkeypoints.data.recordings import find_recording
from tfkeypoints.data.recordings.sizes import fitted
from tfkeypoints.inspection.outlines import find_outlines

SIDE, DARK, LIGHT = 320, (44, 48, 56), (250, 250, 250)

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("predictions", type=Path, help="folder that `predict` wrote")
parser.add_argument("recording", type=Path)
parser.add_argument("cameras", type=Path)
parser.add_argument("out", type=Path, help=".gif or .mp4")
parser.add_argument("--frames", type=int, nargs=3, default=(0, 100, 2), metavar=("FIRST", "LAST", "STEP"))
arguments = parser.parse_args()

calibration = read_calibration(arguments.cameras)
recording, calibration, _ = fitted(find_recording(arguments.recording, calibration.names), calibration)
outlines = find_outlines(recording)
times = range(*arguments.frames)
scale = SIDE / calibration.sizes.max()
width, height = np.ceil(calibration.sizes.max(0) * scale).astype(int).tolist()
images = np.empty((len(times), len(outlines), height, width, 3), np.uint8)
for frame, view in np.ndindex(images.shape[:2]):
    picture = Image.new("RGB", (width, height), DARK)
    polygon = scale * outlines[view].points[outlines[view].frames == times[frame]]
    if len(polygon):
        ImageDraw.Draw(picture).polygon([tuple(point) for point in polygon.tolist()], outline=LIGHT)
    images[frame, view] = picture
with np.load(arguments.predictions / "keypoints.npz") as found:
    keypoints, confidence = found["keypoints"][list(times)], found["confidence"][list(times)]
pixels = np.swapaxes(calibration.project(keypoints.reshape(-1, 3)).reshape(-1, *keypoints.shape[:2], 2), 0, 1)
uv = 2 * (scale * (pixels + 0.5)) / (width, height) - 1
drawn = visualization.episode_frames(images, uv, confidence=confidence, tile=SIDE, camera_names=calibration.names)
visualization.write_animation(arguments.out, drawn, 15)
