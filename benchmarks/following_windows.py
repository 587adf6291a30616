"""A subject who walks several body lengths about a room: windows that follow it, and fixed ones, by the truth.

    python benchmarks/following_windows.py --out runs/following_windows

Films a figure that walks about by four cameras with strong lenses and noise, a video each, and trains on them as a user
does, with windows that follow (which the default finds out) and with fixed ones. Whatever is finished is kept in
`--out`, so the command can be stopped and called again.
"""

import argparse
from pathlib import Path

import lens_recordings
import numpy as np
import simulated_rigs
import tables
from learning_curves import run as run_command
from tqdm import tqdm
from walking_figure import LANDMARK_NAMES, Walk, room_cameras, room_images

from tfkeypoints import evaluation, files
from tfkeypoints.calibration import Calibration, write_calibration
from tfkeypoints.evaluation import episodes
from tfkeypoints.evaluation.collection import load, load_evenly
from tfkeypoints.training.run import Run

FRAMES, EMPTY_FRAMES = 320, 5
SIZE, SOURCE_SIZE = 320, 640
"""Side in pixels of the recorded images, and of the rendered ones that they are taken from."""
NAMES = ("east", "north", "west", "south")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/following_windows"))
    parser.add_argument("--windows", nargs="+", default=["auto", "fixed"])
    parser.add_argument("--steps", type=int, default=2000)
    arguments = parser.parse_args()

    recording = arguments.out / "recording"
    if not recording.exists():
        write(recording)
    results = {}
    for window in arguments.windows:
        folder = arguments.out / f"{window}-{arguments.steps}"
        words = ["--recording", recording, "--cameras", arguments.out / "calibration.toml", "--world-unit", "metre"]
        words += ["--window", window, "--steps", arguments.steps, "--data-dir", arguments.out / "data", "--run", folder]
        if not (folder / "tracking.json").exists():
            write_calibration(arguments.out / "calibration.toml", cameras())
            run_command(["-m", "tfkeypoints.cli", "train", "keypoint3d", *words])
            files.write_json(folder / "tracking.json", measured(Run.open(folder)))
        found = files.read_json(folder / "tracking.json")
        results[f"{window}: {found['window']}"] = [found]
    columns = [*LANDMARK_NAMES, "tracking_error_cm", "ridge_error_cm", "view_disagreement_cm"]
    columns = {name.removesuffix("_error_cm").removesuffix("_cm").replace("_", " "): name for name in columns}
    print(tables.keep(arguments.out / "table.json", "windows, cm", columns, results))


def cameras():
    """Four cameras with lenses in the corners of the room."""
    lenses = [lens_recordings.LENSES[number % 3] for number in range(4)]
    return Calibration(NAMES, np.full([4, 2], SIZE), *room_cameras(), lenses)


def write(folder):
    """Films the walk, and beside the folder the empty room, in `empty`."""
    rig, walk = cameras(), Walk(FRAMES)
    studio = lens_recordings.Studio({"lens": rig}, SOURCE_SIZE, samples=1, behind=room_images)
    frames = [studio.film(walk.mesh(time))["lens"] for time in tqdm(range(FRAMES), "Filming", disable=None)]
    rng = np.random.default_rng(0)
    with files.whole(folder) as partial, files.whole(folder.with_name("empty")) as empty:
        for view, name in enumerate(NAMES):
            images = [simulated_rigs.noisy(frame[view], rng) for frame in frames]
            lens_recordings.write_video(partial / f"{name}.mp4", images)
            still = studio.rest("lens")[view]
            images = [simulated_rigs.noisy(still, rng) for _ in range(EMPTY_FRAMES)]
            lens_recordings.write_video(empty / f"{name}.mp4", images)


def measured(run):
    """What `evaluate` says where the truth is known, and which windows were taken."""
    model, landmarks = run.load_model(), Walk(FRAMES).landmarks
    found = [
        evaluation.collect(model, examples)
        for examples in (load_evenly(run.config, "train", episodes.TRAINING_FRAMES), load(run.config, "test"))
    ]
    seen, held_out = ({**each, "landmarks": landmarks[each["frame"]]} for each in found)
    return {**simulated_rigs.told(seen, held_out, LANDMARK_NAMES), "window": run.config["windows"]["kind"]}


if __name__ == "__main__":
    main()
