"""What strong lenses cost a Keypoint3D that never saw one: the same scenes recorded with and without them.

    python benchmarks/through_lenses.py --out runs/through_lenses

Trains the preset `small` on `moving_shapes/arm_64`, renders test episodes, writes them as images and as videos of
cameras with strong lenses and of ideal ones, and predicts each by `tfkeypoints predict`. Whatever is finished is
kept in `--out`, so the command can be stopped and called again.
"""

import argparse
from pathlib import Path

import lens_recordings
import numpy as np
import tables

from tfkeypoints import cli, evaluation
from tfkeypoints.calibration import write_calibration
from tfkeypoints.evaluation import episodes
from tfkeypoints.evaluation.collection import load, load_evenly
from tfkeypoints.metrics.landmarks import RidgeMap, landmark_error
from tfkeypoints.metrics.tracking import Tracking
from tfkeypoints.models.keypoint3d.recipe import Keypoint3DRecipe
from tfkeypoints.rendering.scenes import LANDMARK_NAMES
from tfkeypoints.training.training import Training

DATA = "moving_shapes/arm_64"
IDEAL, LENS = "cameras.json", "calibration.toml"
CASES = {
    "ideal, images": ("ideal_images", IDEAL),
    "ideal, videos": ("ideal_videos", IDEAL),
    "lens, images": ("lens_images", LENS),
    "lens, videos": ("lens_videos", LENS),
    "lens that the file conceals, images": ("lens_images", IDEAL),
}
"""The recording, and the file of its cameras."""
REFERENCE = "ideal, images"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/through_lenses"))
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--episodes", type=int, default=4, help="of the test split, of 25 frames each")
    parser.add_argument("--data-dir", type=Path, default=None)
    arguments = parser.parse_args()

    recipe = Keypoint3DRecipe.from_preset("small", arguments.steps, seed=0)
    folder = arguments.out / f"run-{arguments.steps}"
    run = Training(recipe=recipe, data=DATA, data_dir=arguments.data_dir, run=folder)()
    recordings = arguments.out / f"recordings-{arguments.episodes}"
    if not recordings.exists():
        lens_recordings.write(recordings, arguments.episodes)
    write_calibration(arguments.out / IDEAL, lens_recordings.cameras())
    write_calibration(arguments.out / LENS, lens_recordings.cameras(lens_recordings.LENSES))

    model = run.load_model()
    seen = evaluation.collect(model, load_evenly(run.config, "train", episodes.TRAINING_FRAMES))
    landmarks = np.load(recordings / "landmarks.npy")
    rendered = evaluation.collect(model, load(run.config, "test").take(len(landmarks)))
    np.testing.assert_allclose(rendered["landmarks"], landmarks, atol=1e-5)
    found = {"test split as rendered, 64 pixels": rendered["keypoints"]}
    for case, (name, cameras) in CASES.items():
        out = arguments.out / f"predicted-{name}-{Path(cameras).stem}"
        words = [folder, recordings / name, "--cameras", arguments.out / cameras, "--out", out]
        if cli.main(["predict", *map(str, words)]):
            raise SystemExit(f"predict failed for {case}")
        found[case] = np.load(out / "keypoints.npz")["keypoints"]
    print(f"\n{table(found, landmarks, seen)}")


def table(found, landmarks, seen):
    """In centimetres: tracking and ridge errors, as `tfkeypoints evaluate` measures them, how many times those of ideal
    cameras they are, and how far from those of ideal cameras the keypoints lie."""
    tracking = Tracking(seen["keypoints"], seen["landmarks"])
    ridge = RidgeMap(seen["keypoints"][:, None], seen["landmarks"], seen["instance"])
    errors = {}
    for case, keypoints in found.items():
        tracked = tracking.errors(keypoints, landmarks)[tracking.chosen, np.arange(landmarks.shape[1])]
        mapped = landmark_error(ridge.predict(keypoints[:, None]), landmarks).mean()
        apart = np.linalg.norm(keypoints - found[REFERENCE], axis=-1).mean()
        errors[case] = 100 * np.array([*tracked, tracked.mean(), mapped, apart])
    *_, mean, mapped, _ = errors[REFERENCE]
    rows = [
        [case, *(f"{error:.2f}" for error in each), f"{each[-3] / mean:.3f}", f"{each[-2] / mapped:.3f}"]
        for case, each in errors.items()
    ]
    head = ["cm", *LANDMARK_NAMES, "mean", "ridge", "keypoints apart", "ratio of means", "ratio of ridge errors"]
    return tables.table(head, rows)


if __name__ == "__main__":
    main()
