"""The KeypointNet paper's comparison: unsupervised keypoints against supervised landmarks, by relative pose.

    python benchmarks/pose_table.py --categories chairs --steps 2000 --seeds 3
    python benchmarks/pose_table.py --categories cars planes --steps 2000
    python benchmarks/pose_table.py --categories chairs --told --keypoints 10 12 --displacements 0 0.03 0.06

All variants share network, images, batch and steps. Rows with "orientation net" use one that was trained alone before
and then frozen; without it the network is told nothing about the facing. `--keypoints` and `--displacements` ask what
else the two teachers differ in: how many points they have, and that landmarks stand exactly where the rule that makes
an object says, where people would place them a little off. Every finished run is kept in `--runs`, so the
command can be stopped and called again, and later with more seeds.
"""

import argparse
from pathlib import Path

import comparison
import tables

from tfkeypoints import data

KEYPOINTS = comparison.RECIPE.model.num_keypoints
COLUMNS = {"mean °": "angular_error_mean_degrees", "median °": "angular_error_median_degrees", "3D-SE": "spread_3d"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--categories", nargs="+", default=["chairs", "cars", "planes"])
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=1, help="runs of each variant, with seeds 0, 1, ...")
    parser.add_argument("--told", action="store_true", help="only what has an orientation net")
    parser.add_argument("--keypoints", type=int, nargs="+", default=[KEYPOINTS], help="of the unsupervised variants")
    parser.add_argument("--displacements", type=float, nargs="+", default=[0.0], help="of the landmarks in training")
    parser.add_argument("--runs", type=Path, default=Path("runs/pose_table"))
    parser.add_argument("--data-dir", default=None)
    arguments = parser.parse_args()
    for category in arguments.categories:
        rows = {}
        for seed in range(arguments.seeds):
            for variant, metrics in variants(category, seed, arguments):
                rows.setdefault(variant, []).append(metrics)
        file = arguments.runs / f"{category}.json"
        print(f"\n{tables.keep(file, f'{category}, {arguments.steps} steps', COLUMNS, rows)}")


def variants(category, seed, arguments):
    """Trains and measures each variant; yields its name and metrics."""
    name = f"rendered_objects/{category}_{comparison.RECIPE.image_size}"
    folder = arguments.runs / f"{category}-{arguments.steps}-{seed}"
    common = {"steps": arguments.steps, "seed": seed}
    alone = comparison.variant(comparison.FacingVariant, monitor="val_loss", **common)
    facing = comparison.train(folder / "orientation", alone, name, arguments.data_dir)
    landmarks = data.dataset_info(name, arguments.data_dir).metadata["landmark_names"]

    for told in (True,) if arguments.told else (False, True):
        options = {"use_orientation": told, "orientation": 0.0, **common}
        known = str(facing.folder) if told else None
        recipes = {}
        for share in arguments.displacements:
            label = f"supervised, displaced by {share}" if share else "supervised"
            recipes[label] = comparison.supervised(landmarks, facing=known, displacement=share, **options)
        for count in arguments.keypoints:
            label = "unsupervised" if count == KEYPOINTS else f"unsupervised, {count} keypoints"
            recipes[label] = comparison.variant(own={"facing": known}, num_keypoints=count, **options)
        for label, recipe in recipes.items():
            label += ", orientation net" if told else ""
            place = folder / label.replace(", ", "-").replace(" ", "_")
            run = comparison.train(place, recipe, name, arguments.data_dir)
            yield label, comparison.measure(run, name, arguments.data_dir)


if __name__ == "__main__":
    main()
