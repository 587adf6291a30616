"""The KeypointNet paper's comparison: unsupervised keypoints against supervised landmarks, by relative pose.

    python benchmarks/pose_table.py --categories chairs --steps 2000 --seeds 3
    python benchmarks/pose_table.py --categories cars planes --steps 2000

All variants share network, images, batch and steps. The "orientation net" columns use one that was trained alone before
and then frozen; without it the network is told nothing about the facing. Every finished run is kept in `--runs`, so the
command can be stopped and called again, and later with more seeds.
"""

import argparse
from pathlib import Path

import comparison
import keras
import tables

from tfkeypoints import data
from tfkeypoints.models import OrientationNet

COLUMNS = {"mean °": "angular_error_mean_degrees", "median °": "angular_error_median_degrees", "3D-SE": "spread_3d"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--categories", nargs="+", default=["chairs", "cars", "planes"])
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=1, help="runs of each variant, with seeds 0, 1, ...")
    parser.add_argument("--runs", type=Path, default=Path("runs/pose_table"))
    parser.add_argument("--data-dir", default=None)
    arguments = parser.parse_args()
    for category in arguments.categories:
        rows = {}
        for seed in range(arguments.seeds):
            for variant, metrics in variants(category, seed, arguments):
                rows.setdefault(variant, []).append(metrics)
        print(f"\n{tables.of_variants(f'{category}, {arguments.steps} steps', COLUMNS, rows)}")


def variants(category, seed, arguments):
    """Trains and measures each variant; yields its name and metrics."""
    name = f"rendered_objects/{category}_{comparison.PRESET.image_size}"
    folder = arguments.runs / f"{category}-{arguments.steps}-{seed}"
    common = (name, arguments.steps, seed)

    keras.utils.set_random_seed(seed)
    sizes = comparison.PRESET
    orientation_net = OrientationNet(sizes.filters // 2, sizes.dilations, sizes.first_stride, sizes.network)
    pretrained = comparison.train(
        folder / "orientation", orientation_net, *common, schedule=False, data_dir=arguments.data_dir
    )
    weights = pretrained.load_model().get_weights()
    landmarks = len(data.dataset_info(name, arguments.data_dir).metadata["landmark_names"])

    for method in ("supervised", "unsupervised"):
        for told in (False, True):
            keras.utils.set_random_seed(seed)
            options = {"use_orientation": told, "orientation": 0.0, "seed": seed}
            if method == "supervised":
                model = comparison.supervised(landmarks, **options)
            else:
                model = comparison.unsupervised(**options)
            if told:
                model.build()
                model.orientation_net.set_weights(weights)
                model.orientation_net.trainable = False
                model.orientation_truth.assign(0.0)
            label = f"{method}{', orientation net' if told else ''}"
            place = folder / label.replace(", ", "-").replace(" ", "_")
            run = comparison.train(place, model, *common, schedule=False, data_dir=arguments.data_dir)
            yield label, comparison.measure(run, name, arguments.data_dir)


if __name__ == "__main__":
    main()
