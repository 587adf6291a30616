"""What each term of KeypointNet's objective does: the same short training without it.

    python benchmarks/ablations.py --steps 2000

Prints a table and leaves a contact sheet of unseen chairs in each run's `pictures/`; the first rows of all of them
stand in `variants.png`, beside the runs. Finished runs are kept in `--runs`.
"""

import argparse
from pathlib import Path

import comparison
import numpy as np
import tables
from PIL import Image

from tfkeypoints.visualization import save_image
from tfkeypoints.visualization.captions import caption

VARIANTS = {
    "all terms": {},
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
}
FIRST_ROW = 198
"""Pixels from the top of a contact sheet to the end of its first row."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=f"rendered_objects/chairs_{comparison.RECIPE.image_size}")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=Path, default=Path("runs/ablations"))
    parser.add_argument("--data-dir", default=None)
    arguments = parser.parse_args()
    rows, sheets = {}, {}
    for variant, weights in VARIANTS.items():
        folder = arguments.runs / f"{variant.replace(' ', '_')}-{arguments.steps}-{arguments.seed}"
        recipe = comparison.variant(steps=arguments.steps, seed=arguments.seed, **weights)
        run = comparison.train(folder, recipe, arguments.data, arguments.data_dir)
        rows[variant] = [comparison.measure(run, arguments.data, arguments.data_dir)]
        sheets[variant] = np.asarray(Image.open(run.pictures / "contact_sheet.png"))
    save_image(arguments.runs / "variants.png", first_rows(sheets))
    title = f"{arguments.data}, {arguments.steps} steps"
    print(f"\n{tables.keep(arguments.runs / 'table.json', title, COLUMNS, rows)}")


def first_rows(sheets):
    """The first row of each contact sheet, under its name."""
    return np.concatenate(
        [part for name, sheet in sheets.items() for part in (caption(name, sheet.shape[1]), sheet[:FIRST_ROW])]
    )


if __name__ == "__main__":
    main()
