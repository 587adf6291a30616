"""What the pairs of views that a KeypointNet gets wrong owe to the facing that it tells itself.

    python benchmarks/facing.py chairs_64
    python benchmarks/facing.py runs/chairs --split validation

The network is told both facings of every view, in turn, and pairs of views are measured with the points of the facing
that it finds by itself; of the true one; and of the one that both views decide together: that whose points fit each
other best, where each view's own finding weighs as much as `--weight` says. A pair over 50° counts as flipped.

A second table tells pairs with a view from near the ground, where a chair that is turned a little away looks like one
that is turned a little towards the camera, from all others; `--picture` draws the flipped ones.
"""

import argparse

import numpy as np
import tables
import tensorflow as tf

from tfkeypoints import data, visualization
from tfkeypoints.cameras.views import centres
from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.geometry import camera, rotation
from tfkeypoints.metrics import pose
from tfkeypoints.training.run import Run

FLIPPED = 50
"""Degrees."""
SIGNS = (1.0, -1.0)
LOW = 6
"""Degrees above the horizontal, up to which a camera counts as near the ground."""
OWN = "found by each view"
HEADINGS = ("facing", "mean error, °", "median, °", "pairs over 50°", "facing right")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="run folder, or the name of a model that comes along")
    parser.add_argument("--data", help="data set; by default the run's")
    parser.add_argument("--data-dir", help="where it lies; by default where the run's does")
    parser.add_argument("--split", default="test")
    parser.add_argument("--weight", type=float, default=0.1, help="of a view's own finding, beside how points fit")
    parser.add_argument("--picture", help="image file for the flipped pairs, with the points that are found")
    arguments = parser.parse_args()
    run = Run.open(arguments.run)
    examples = data.load(
        arguments.data or run.config["data"], arguments.split, arguments.data_dir or run.config["data_dir"]
    )
    model = run.load_model()
    found, truth, points, extrinsics = told_both(model, examples)
    choices = {
        OWN: found >= 0,
        "true": truth >= 0,
        "decided by both views": together(found, points, arguments.weight),
    }
    errors = {
        name: pose.angular_error(np.where(right[..., None, None], *points), extrinsics)
        for name, right in choices.items()
    }
    rows = []
    for name, right in choices.items():
        mean, median = pose.summary(errors[name]).values()
        flipped = f"{(errors[name] > FLIPPED).sum()} of {len(right)}"
        rows.append([name, f"{mean:.1f}", f"{median:.1f}", flipped, f"{np.mean(right == (truth >= 0)):.3f}"])
    print(tables.table(HEADINGS, rows))
    print(f"\n{by_elevation(errors[OWN], extrinsics)}")
    if arguments.picture:
        flipped = np.flatnonzero(errors[OWN] > FLIPPED)
        if len(flipped):
            draw(arguments.picture, model, examples, flipped)
        else:
            print(f"\nno pair over {FLIPPED}°, so no {arguments.picture}")


def by_elevation(errors, extrinsics):
    """A table of pairs with a view from near the ground, and of all others."""
    low = (elevation(extrinsics) <= LOW).any(1)
    rows = []
    for name, chosen in {f"a view up to {LOW}° above the ground": low, "none": ~low}.items():
        mean, median = pose.summary(errors[chosen]).values()
        flipped = (errors[chosen] > FLIPPED).sum()
        rows.append([name, chosen.sum(), f"{mean:.1f}", f"{median:.1f}", flipped])
    return tables.table(("pairs with", "number", *HEADINGS[1:4]), rows)


def elevation(extrinsics):
    """How far cameras `[..., 4, 4]` stand above the horizontal through the world's origin, z being up: degrees."""
    places = centres(extrinsics)
    return np.degrees(np.arcsin(places[..., 2] / np.linalg.norm(places, axis=-1)))


def draw(path, model, examples, chosen):
    """Draws some of the pairs with the points that are found in them."""
    pairs = list(examples.as_numpy_iterator())
    shown = {key: np.stack([pairs[index][key] for index in chosen]) for key in CAMERA_KEYS}
    uv = model(shown, training=False)["uv"]
    visualization.save_image(path, visualization.contact_sheet(shown["image"], uv))


def told_both(model, examples):
    """How far right each view says that the object faces, and how far it does `[N, 2]`; points `[2, N, 2, K, 3]`."""
    parts = []
    for batch in data.batches(examples, 32, shuffle_buffer=0, keys=CAMERA_KEYS, cache=False):
        axes = model(batch, training=False)["orientation"], camera.facing(batch["intrinsics"], batch["extrinsics"])
        points = tf.stack([told(model, batch, sign)["points_camera"] for sign in SIGNS], 1)
        parts.append((*(axis[..., 0, 0] - axis[..., 1, 0] for axis in axes), points, batch["extrinsics"]))
    found, truth, points, extrinsics = (np.concatenate(each) for each in zip(*parts, strict=True))
    return found, truth, np.swapaxes(points, 0, 1), extrinsics


def told(model, batch, sign):
    """What a model answers that is told one facing of all views."""
    asked, model._fed_flag = model._fed_flag, lambda uv_axis, *_: sign * tf.ones(tf.shape(uv_axis)[:2])
    try:
        return model(batch, training=False)
    finally:
        model._fed_flag = asked


def together(found, points, weight):
    """Which views face right, of the two facings of each pair that fit best: bool `[N, 2]`."""
    pairs = [(first, second) for first in (0, 1) for second in (0, 1)]
    costs = [
        misfit(points[first][:, 0], points[second][:, 1])
        + weight * np.maximum(0, -found * [SIGNS[first], SIGNS[second]]).sum(1)
        for first, second in pairs
    ]
    return np.array(pairs)[np.argmin(costs, 0)] == 0


def misfit(first, second):
    """What is left of the difference of points `[N, K, 3]` once one is turned onto the other, as a part of its size."""
    first, second = (points - points.mean(1, keepdims=True) for points in (first, second))
    turned = np.einsum("nij,nkj->nki", rotation.procrustes(first, second).numpy(), first)
    return np.sqrt(((second - turned) ** 2).sum((1, 2)) / (second**2).sum((1, 2)))


if __name__ == "__main__":
    main()
