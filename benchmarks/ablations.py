"""What each term of KeypointNet's objective does: the preset `demo` without it, and taught by landmarks instead.

    python benchmarks/ablations.py --seeds 3
    python benchmarks/ablations.py --categories chairs --steps 2000

Trainings are those of `tfkeypoints train keypointnet --preset demo` but for what their row says, validated eight times.
For each category it prints a table, and keeps its numbers in `CATEGORY.json`, and in `CATEGORY.png` the same unseen
objects with the points of each training. Finished runs stay in `--runs`, so the command can be stopped and called
again, and later with more seeds; all seeds of a row are trained before the next row.
"""

import argparse
from pathlib import Path

import comparison
import numpy as np
import tables
from PIL import Image

from tfkeypoints import data
from tfkeypoints.models.keypointnet.recipe import KeypointNetRecipe
from tfkeypoints.visualization import save_image
from tfkeypoints.visualization.captions import caption

RECIPE = KeypointNetRecipe.presets()["demo"]
WITHOUT = {
    "no consistency": {"reprojection_consistency": 0.0},
    "no pose": {"relative_pose": 0.0},
    "no separation": {"separation": 0.0},
    "no silhouette": {"silhouette": 0.0},
    "no volume": {"volume": 0.0},
}
COLUMNS = {
    "mean °": "angular_error_mean_degrees",
    "median °": "angular_error_median_degrees",
    "3D-SE": "spread_3d",
    "on the object": "silhouette_hit_rate",
    "facing right": "orientation_accuracy",
}
FIRST_ROW = 198
"""Pixels from the top of a contact sheet to the end of its first row."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--categories", nargs="+", default=["chairs", "cars", "planes"])
    parser.add_argument("--steps", type=int, default=RECIPE.steps)
    parser.add_argument("--seeds", type=int, default=1, help="runs of each variant, with seeds 0, 1, ...")
    parser.add_argument("--runs", type=Path, default=Path("runs/ablations"))
    parser.add_argument("--data-dir", default=None)
    arguments = parser.parse_args()
    for category in arguments.categories:
        name = f"rendered_objects/{category}_{RECIPE.image_size}"
        landmarks = data.build(name, arguments.data_dir).info.metadata["landmark_names"]
        rows, sheets = {}, {}
        for variant, recipe in recipes(landmarks, arguments.steps).items():
            for seed in range(arguments.seeds):
                folder = arguments.runs / f"{category}-{variant.replace(' ', '_')}-{arguments.steps}-{seed}"
                run = comparison.train(folder, recipe.with_options(seed=seed), name, arguments.data_dir)
                rows.setdefault(variant, []).append(comparison.measure(run, name, arguments.data_dir))
                sheets.setdefault(variant, np.asarray(Image.open(run.pictures / "contact_sheet.png")))
            title = f"{category}, {arguments.steps} steps"
            table = tables.keep(arguments.runs / f"{category}.json", title, COLUMNS, rows)
            save_image(arguments.runs / f"{category}.png", first_rows(sheets))
        print(f"\n{table}")


def recipes(landmarks, steps):
    """Dict from each row's name to its training; what lacks a term comes last."""
    common = {"steps": steps, "base": RECIPE}
    return {
        "all terms": comparison.variant(**common),
        "landmarks as teacher": comparison.supervised(landmarks, **common),
        **{name: comparison.variant(**common, **weights) for name, weights in WITHOUT.items()},
    }


def first_rows(sheets):
    """The first row of each contact sheet, under its name."""
    return np.concatenate(
        [part for name, sheet in sheets.items() for part in (caption(name, sheet.shape[1]), sheet[:FIRST_ROW])]
    )


if __name__ == "__main__":
    main()
