"""What several views buy, and what holds their points together: the same short training of Keypoint3D without it.

    python benchmarks/keypoint3d_ablations.py --data robot_scenes/hammer_64 --steps 4500 --seeds 3

Where views are not fused, each view's point is a keypoint of its own: V K of them are measured. Prints a table; every
finished run is kept in `--runs`, so the command can be stopped and called again, and later with more seeds.
"""

import argparse
from pathlib import Path

import keras
import tables
import tensorflow as tf

from tfkeypoints import evaluation, files
from tfkeypoints.models import Keypoint3D
from tfkeypoints.models.keypoint3d.recipe import Keypoint3DRecipe
from tfkeypoints.training.training import Training

FLAT = "2D keypoints in each view"
APART = {"fusion": "none", "multiview_consistency": 0.0}
VARIANTS = {
    "all": {},
    "separate points in each view": APART,
    FLAT: APART,
    "attention": {"fusion": "attention"},
    "no attention": {"fusion": "mean"},
    "no multi-view term": {"multiview_consistency": 0.0},
    "no noise": {"noise": 0.0},
}
COLUMNS = {
    "tracking": "tracking_error_cm",
    "motion": "motion_ratio",
    "ridge": "ridge_error_cm",
    "views disagree": "view_disagreement_cm",
    "following": "following_keypoints",
    "PSNR": "psnr_db",
}


@keras.saving.register_keras_serializable(package="benchmarks")
class FlatKeypoint3D(Keypoint3D):
    """2D keypoints: all lie at the mean depth of their camera."""

    def _depth_maps(self, raw_depth):
        return tf.fill(tf.shape(raw_depth), tf.cast(self.mean_depth, raw_depth.dtype))


class FlatRecipe(Keypoint3DRecipe):
    """The usual training, of 2D keypoints."""

    def build(self, examples, at_rest=None, sizes=None):
        model = super().build(examples, at_rest, sizes)
        flat = FlatKeypoint3D.from_config(model.get_config())
        flat({name: values[:1] for name, values in examples.items()})
        flat.set_weights(model.get_weights())
        return flat


class ViewsApart:
    """A model whose keypoints are those of all views, side by side."""

    def __init__(self, model):
        self.model = model
        self.distribute_strategy = model.distribute_strategy

    def predict_on_batch(self, inputs):
        """The model's answer with `keypoints` `[B, V K, 3]` and `attention` `[B, 1, V K]`."""
        answer = self.model.predict_on_batch(inputs)
        batch, views = answer["attention"].shape[:2]
        answer["keypoints"] = answer["points_world"].reshape(batch, -1, 3)
        answer["attention"] = answer["attention"].reshape(batch, 1, -1) / views
        return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="robot_scenes/hammer_64")
    parser.add_argument("--steps", type=int, default=4500)
    parser.add_argument("--seeds", type=int, default=3, help="runs of each variant, with seeds 0, 1, ...")
    parser.add_argument("--runs", type=Path, default=Path("runs/keypoint3d_ablations"))
    parser.add_argument("--data-dir", type=Path, default=None)
    arguments = parser.parse_args()
    rows = {}
    for seed in range(arguments.seeds):  # all variants of a seed before the next: an early look compares
        for variant in VARIANTS:
            rows.setdefault(variant, []).append(train_and_measure(variant, seed, arguments))
    title = f"{arguments.data}, {arguments.steps} steps"
    print(f"\n{tables.keep(arguments.runs / 'table.json', title, COLUMNS, rows)}")


def train_and_measure(variant, seed, arguments):
    """Metrics on the test split of a run, which is trained first if that is not done yet."""
    scene = arguments.data.split("/")[-1]
    folder = arguments.runs / f"{scene}-{arguments.steps}" / f"{variant.replace(' ', '_')}-{seed}"
    usual = Keypoint3DRecipe.from_preset("small", arguments.steps, seed=seed, **VARIANTS[variant])
    recipe = FlatRecipe(**vars(usual)) if variant == FLAT else usual
    run = Training(recipe=recipe, data=arguments.data, data_dir=arguments.data_dir, run=folder)()
    if not run.metrics_file.exists():
        model = run.load_model()
        answering = ViewsApart(model) if model.fusion == "none" else model
        metrics, _, _ = evaluation.episodes.measure_split(answering, run.config, "test")
        files.write_json(run.metrics_file, metrics)
    return files.read_json(run.metrics_file)


if __name__ == "__main__":
    main()
