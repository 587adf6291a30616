"""Speed of `tfkeypoints predict` on videos, beside plainly decoding them: frames a second, and peak memory.

    python benchmarks/prediction_speed.py                             # four cameras, 3,600 frames of 1088 × 1920
    python benchmarks/prediction_speed.py --frames 600 --repeats 3 --fps 30

It films textured discs that move over a textured ground under a sensor's noise, `PART` frames over and over: 20 to 28
kB a picture. Of 60 frames/s every second is drawn, of 30 every one. A Keypoint3D of the preset `small`, with 24
keypoints and 64 px, has learnt nothing, but its heatmaps are narrow, so that points move and their ways are drawn.
Decoding gives every frame, of one video after the other, or in a thread a camera as in the prediction. Each runs in a
process of its own, one after the other; their imports are not counted. A frame is that of all cameras.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import memory
import numpy as np
import tables
from PIL import Image

from tfkeypoints import files
from tfkeypoints.visualization.video import join_videos, video_writer

PART = 300
"""Frames until the motion repeats."""
DISCS, NOISE = 12, 1.6
"""How many things move, and the noise's standard deviation, of 255."""
IMAGE_SIZE, NUM_KEYPOINTS = 64, 24


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=3600, help="of each camera")
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--size", type=int, nargs=2, default=(1088, 1920), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--fps", type=float, default=60)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--measure", choices=MEASURED, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(MEASURED[arguments.measure](arguments.folder)))
        return
    costs = {name: [] for name in MEASURED}
    with tempfile.TemporaryDirectory() as folder:
        make_recording(Path(folder), arguments.cameras, arguments.frames, arguments.size, arguments.fps)
        make_run(Path(folder) / "run", Path(folder) / "cameras.json")
        for _ in range(arguments.repeats):
            for name, found in costs.items():
                command = [sys.executable, __file__, "--measure", name, "--folder", folder]
                answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
                found.append(json.loads(answer.splitlines()[-1]))
    print(report(costs, arguments.frames))


def report(costs, frames):
    """A table in Markdown of what each repeat cost: dict from the name to `cost`s."""
    rows = {
        name: {
            "wall": [frames / each["wall"] for each in found],
            "processor": [frames / each["processor"] for each in found],
            "added": [each["added"] for each in found],
        }
        for name, found in costs.items()
    }
    lines = [[name, *map(tables.mean_std, row.values())] for name, row in rows.items()]
    for name in ("decode", "decode_in_threads"):
        ratios = [np.divide(rows["predict"][key], rows[name][key]) for key in ("wall", "processor")]
        lines.append([f"predict / {name}", *map(tables.mean_std, ratios), ""])
    return tables.table(["", "frames/s", "frames/s of processor time", "peak MiB above the imports"], lines)


def make_recording(folder, cameras, frames, size, fps):
    """Writes `recording/`, a video a camera, and `cameras.json`."""
    content = {}
    for number in range(cameras):
        name = f"camera_{number}"
        lengths = [PART] * (frames // PART) + [frames % PART] * (frames % PART > 0)
        parts = {length: folder / f"part_{length}.mp4" for length in lengths}
        for length, path in parts.items():
            film(path, number, length, size, fps)
        path = folder / "recording" / f"{name}.mp4"
        join_videos(path, [parts[length] for length in lengths], fps)
        print(f"{path.name}: {8e-6 * path.stat().st_size * fps / frames:.1f} Mbit/s", file=sys.stderr)
        content[name] = camera(number / cameras, *size)
    files.write_json(folder / "cameras.json", content)


def camera(turn, width, height):
    """One of the cameras that look at the origin from a circle around it, 4 away, in the library's own format."""
    from tfkeypoints.geometry.camera import look_at

    angle = 2 * np.pi * turn
    eye = np.array([4 * np.cos(angle), 4 * np.sin(angle), 1.0])
    pixels = {"fx": width, "fy": width, "cx": (width - 1) / 2, "cy": (height - 1) / 2, "width": width, "height": height}
    return {**pixels, "extrinsics": np.asarray(look_at(eye, np.zeros(3), np.array([0.0, 0, 1]))).tolist()}


def film(path, seed, count, size, fps):
    """Writes a video of discs that come back to where they began after `PART` frames."""
    rng = np.random.default_rng(seed)
    width, height = size
    ground = texture(rng, height, width)
    noise = np.round(rng.normal(0, NOISE, (8, height, width, 1))).astype(np.int8).view(np.uint8)  # added modulo 256
    side = min(size) // 5
    steps = np.arange(side) - (side - 1) / 2
    inside = (np.hypot(steps, steps[:, None]) < side / 2)[..., None]
    discs = [texture(rng, side, side) for _ in range(DISCS)]
    rounds, phases = rng.integers(1, 4, (DISCS, 2)), rng.uniform(0, 2 * np.pi, (DISCS, 2))
    with video_writer(path, fps) as write:
        for time_ in range(count):
            frame = ground.copy()
            places = (np.sin(2 * np.pi * rounds * time_ / PART + phases) + 1) / 2 * (width - side, height - side)
            for (left, top), disc in zip(places.astype(int).tolist(), discs, strict=True):
                patch = frame[top : top + side, left : left + side]
                patch[...] = np.where(inside, disc, patch)
            write(frame + noise[rng.integers(len(noise))])


def texture(rng, height, width):
    """Smooth random colors, uint8 `[height, width, 3]` from 30 to 225."""
    coarse = Image.fromarray(rng.integers(30, 226, (-(-height // 16), -(-width // 16), 3), np.uint8))
    return np.array(coarse.resize((width, height), Image.Resampling.BILINEAR))


def make_run(folder, cameras, image_size=IMAGE_SIZE, num_keypoints=NUM_KEYPOINTS, **changed):
    """Makes the run of an untrained model for the cameras of a file, `small` but for what is changed."""
    from tfkeypoints.calibration import read_calibration
    from tfkeypoints.models.keypoint3d.presets import SMALL
    from tfkeypoints.training.run import Run

    calibration = read_calibration(cameras)
    shape = len(calibration.names), image_size, image_size, 3
    examples = {
        "image": np.random.default_rng(0).integers(0, 256, (1, *shape), np.uint8),
        "intrinsics": np.float32(calibration.intrinsics)[None],
        "extrinsics": np.float32(calibration.extrinsics)[None],
    }
    options = dataclasses.replace(SMALL.model, num_keypoints=num_keypoints, logit_scale=100.0, **changed)
    run = Run(folder)
    folder.mkdir()
    dataclasses.replace(SMALL, model=options).build(examples).save(run.model_file)
    files.write_json(run.config_file, {"model": "keypoint3d", "images": {"shape": list(shape)}})


def cost(work):
    """Seconds of a piece of work, of the clock and of the processor, and by how many MiB memory's peak grew."""
    before = memory.peak(os.getpid())
    wall, processor = time.perf_counter(), time.process_time()
    work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return {"wall": wall, "processor": processor, "added": memory.peak(os.getpid()) - before}


def predict(folder):
    """The cost of the command."""
    import av  # noqa: F401
    import tensorflow as tf  # noqa: F401

    import tfkeypoints.inference.recordings  # noqa: F401
    from tfkeypoints import cli
    from tfkeypoints.models import Keypoint3D  # noqa: F401

    words = [folder / "run", folder / "recording", "--cameras", folder / "cameras.json"]

    def work():
        with tempfile.TemporaryDirectory(dir=folder) as out:
            if cli.main(["predict", *map(str, words), "--out", str(Path(out) / "out")]):
                raise RuntimeError("the prediction failed")

    return cost(work)


def decode(folder):
    """The cost of decoding every frame of one video after the other, as any loop over them does."""
    return cost(lambda: [_decode(path) for path in (folder / "recording").iterdir()])


def decode_in_threads(folder):
    """The cost of decoding every frame, in a thread a video."""

    def work():
        threads = [threading.Thread(target=_decode, args=(path,)) for path in (folder / "recording").iterdir()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return cost(work)


def _decode(path):
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for _ in container.decode(stream):
            pass


MEASURED = {"decode": decode, "decode_in_threads": decode_in_threads, "predict": predict}


if __name__ == "__main__":
    main()
