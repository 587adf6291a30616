"""What is lost between a scene and a user's recordings of it: lenses, noise, videos, and everything that is looked for.

    python benchmarks/simulated_rigs.py --out runs/simulated_rigs

Films episodes of `moving_shapes` by rigs of cameras with strong lenses and noise, a video each, and trains on them as a
user does: `tfkeypoints train keypoint3d --recording --cameras`. Beside it the same preset is trained on the data set of
ideal cameras that stand in the same places and see the same frames. Both are measured by the truth. Whatever is
finished is kept in `--out`, so the command can be stopped and called again.
"""

import argparse
from pathlib import Path

import lens_recordings
import numpy as np
import tables
from learning_curves import run as run_command
from tqdm import tqdm

from tfkeypoints import data, evaluation, files
from tfkeypoints.calibration import write_calibration
from tfkeypoints.data.sessions.selection import SPLITS, split_episodes
from tfkeypoints.evaluation import episodes
from tfkeypoints.evaluation.collection import load, load_evenly
from tfkeypoints.rendering.scenes import LANDMARK_NAMES
from tfkeypoints.rendering.scenes.episodes import frame_mesh
from tfkeypoints.training.run import Run

EPISODES, FRAMES = 30, 25
"""Recordings, and frames of each."""
SIZE, SOURCE_SIZE = 192, 480
"""Side in pixels of the recorded images, and of the rendered ones that they are taken from."""
NOISE = 4.0
"""Standard deviation of the noise on each color of a pixel, of 255."""
CAMERAS = "calibration.toml"
COLUMNS = {
    **{name: name for name in LANDMARK_NAMES},
    "tracking": "tracking_error_cm",
    "ridge": "ridge_error_cm",
    "views disagree": "view_disagreement_cm",
    "ratio of tracking": "tracking_error_cm ratio",
    "ratio of ridge": "ridge_error_cm ratio",
}
KINDS = {"recordings": "lenses, noise, videos", "ideal": "ideal cameras"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/simulated_rigs"))
    parser.add_argument("--rigs", type=int, nargs="+", default=[3, 4, 6], help="numbers of cameras")
    parser.add_argument("--preset", choices=["small", "recording"], default="small")
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()

    results = {}
    for seed in range(arguments.seeds):
        for count in arguments.rigs:
            recordings = arguments.out / f"recordings-{count}"
            if not recordings.exists():
                write(recordings, count)
            options = {
                "recordings": ["--recording", recordings, "--cameras", recordings / CAMERAS, "--world-unit", "metre"],
                "ideal": ["--data", ideal_data(count, arguments.out / "data")],
            }
            for kind, words in options.items():
                folder = arguments.out / f"{kind}-{count}-{arguments.preset}-{arguments.steps}-{seed}"
                words = [*words, "--data-dir", arguments.out / "data", "--run", folder]
                words += ["--preset", arguments.preset, "--steps", arguments.steps, "--seed", seed]
                results.setdefault((count, kind), []).append(measured(folder, words))
        print(f"\n{tables.keep(arguments.out / 'table.json', 'cm', COLUMNS, compared(results))}\n", flush=True)


def write(folder, count):
    """Films all episodes: a folder of videos for each, and one camera file."""
    names = tuple(f"cam{number + 1}" for number in range(count))
    lenses = [lens_recordings.LENSES[number % len(lens_recordings.LENSES)] for number in range(count)]
    rig = lens_recordings.cameras(lenses, names, SIZE)
    studio = lens_recordings.Studio({"lens": rig}, SOURCE_SIZE, samples=1)
    with files.whole(folder) as partial:
        for place, (split, number) in enumerate(tqdm(dealt(), f"Filming by {count} cameras", disable=None)):
            motion = lens_recordings.episode(split, number, FRAMES)
            frames = [studio.film(frame_mesh(motion, time))["lens"] for time in range(FRAMES)]
            for view, name in enumerate(names):
                rng = np.random.default_rng([count, place, view])
                images = [noisy(frame[view], rng) for frame in frames]
                lens_recordings.write_video(partial / session_name(place) / f"{name}.mp4", images)
        write_calibration(partial / CAMERAS, rig)


def dealt():
    """Split and number of the episode that each recording shows: those that the data set has in the same splits."""
    splits = split_episodes(EPISODES)
    return [(split, splits[:place].count(split)) for place, split in enumerate(splits)]


def session_name(place):
    """The folder of a recording."""
    return f"episode_{place:02d}"


def noisy(image, rng):
    """An image with noise of its own on each color of each pixel."""
    return np.uint8(np.clip(np.rint(image + NOISE * rng.standard_normal(image.shape)), 0, 255))


def ideal_data(count, data_dir):
    """The name of the data set of the same frames as ideal cameras see them, which is made if it is not there."""
    splits = split_episodes(EPISODES)
    counts = {f"{split}_episodes": splits.count(split) for split in SPLITS}
    options = {"num_views": count, "num_frames": FRAMES, **counts}
    return f"moving_shapes/{data.build('moving_shapes/arm_64', data_dir, **options).info.config_name}"


def measured(folder, words):
    """Trains, and tells the errors in centimetres; of what is done already, from a file."""
    file = folder / "tracking.json"
    if not file.exists():
        run_command(["-m", "tfkeypoints.cli", "train", "keypoint3d", *words])
        run = Run.open(folder)
        model = run.load_model()
        seen = with_truth(evaluation.collect(model, load_evenly(run.config, "train", episodes.TRAINING_FRAMES)))
        held_out = with_truth(evaluation.collect(model, load(run.config, "test")))
        files.write_json(file, told(seen, held_out, LANDMARK_NAMES))
    return files.read_json(file)


def with_truth(found):
    """What `collect` gave, with the true landmarks where it has none."""
    if "landmarks" in found:
        return found
    truth = {session_name(place): lens_recordings.episode(*each, FRAMES) for place, each in enumerate(dealt())}
    instances = np.char.decode(found["instance"].astype("S"))
    landmarks = [truth[name].landmarks(frame) for name, frame in zip(instances, found["frame"], strict=True)]
    return {**found, "landmarks": np.stack(landmarks)}


def told(seen, held_out, names):
    """What `evaluate` says of frames whose truth is known."""
    metadata = {"world_unit": "metre", "landmark_names": list(names)}
    measures = episodes.measure(seen, held_out, (1, 1), metadata)
    landmarks = {name: row["tracking_error_cm"] for name, row in measures["landmarks"].items()}
    return {
        "frames": [len(seen["frame"]), len(held_out["frame"])],
        **landmarks,
        **{name: measures[name] for name in ("tracking_error_cm", "ridge_error_cm", "view_disagreement_cm")},
    }


def compared(results):
    """What the table has of each run, beside its ratios to that on ideal cameras with the same seed."""
    rows = {}
    for (count, kind), runs in results.items():
        for run, ideal in zip(runs, results[count, "ideal"], strict=True):
            ratios = {f"{name} ratio": run[name] / ideal[name] for name in ("tracking_error_cm", "ridge_error_cm")}
            rows.setdefault(f"{count} cameras: {KINDS[kind]}", []).append(run | ratios)
    return rows


if __name__ == "__main__":
    main()
