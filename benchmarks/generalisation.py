"""How far trained models generalise beyond what they were trained on: one number is varied at a time.

    python benchmarks/generalisation.py --out runs/generalisation

KeypointNet is the model that comes along, `chairs_64`, on the 400 pairs of views of its test split, which are rendered
anew. Keypoint3D is the preset `small` after 900 steps on `moving_shapes/arm_64`, which is trained if `--run` is not
there, on its 10 test episodes; which keypoint stands for which landmark, and by what shift, training frames say. Its
errors of calibration are drawn ten times, and `tfkeypoints cameras check` is asked about the same cameras. Every
point is kept in `--out` once it is measured, so the command can be stopped and called again.
"""

import argparse
from pathlib import Path

import numpy as np
import tables
from generalisation_subjects import CAMERAS, Arm, Chairs, Check
from learning_curves import COLORS
from learning_curves import run as run_command
from PIL import Image
from tqdm import tqdm

from tfkeypoints import files
from tfkeypoints.visualization.curves import blank_panels, pixels_of

CURVES = {
    "focal": ("focal length and distance × {:g}", "focal length and distance (× as trained)"),
    "one_depth": ("focal length and distance × {:g}, without `focal`", ""),
    "lens": ("lens that is not known, border moved by {:g} %", "unknown lens: border moved inwards (%)"),
    "hidden": ("{:g} % of the object hidden", "hidden by a square (% of the object)"),
    "focal_noise": ("focal lengths wrong by {:g} %", "error of focal lengths (%)"),
    "turned": ("cameras turned by {:g}°", "error of rotations (°)"),
    "cameras": ("number of cameras: {:g}", "number of cameras"),
}
"""What is varied: a row of the table, and the axis of the picture."""
BESIDE = {"one_depth": "focal"}
"""A curve that stands, dashed, in the panel of another one."""
TRAINED = {"focal": 1, "one_depth": 1, "cameras": CAMERAS}
"""The value that was trained with; otherwise 0."""
RESAMPLED = ("lens",)
"""Of these images 0 is not what was trained with, but what the others are to be compared with."""
USUAL = "as trained"
SHARED = {"lens": (0, 1, 2, 4, 6), "hidden": (0, 10, 20, 30, 40), "focal_noise": (0, 0.1, 0.5, 1, 2, 5)}
VALUES = {
    "keypointnet": {**dict.fromkeys(("focal", "one_depth"), (0.1, 0.25, 0.5, 0.7, 1, 1.4, 2)), **SHARED},
    "keypoint3d": {
        "focal": (0.5, 0.7, 1, 1.4, 2),
        **SHARED,
        "turned": (0, 0.1, 0.3, 0.5, 1, 2),
        "cameras": (1, 2, 3, 4, 5, 6),
    },
}
VALUES["check"] = {name: VALUES["keypoint3d"][name] for name in ("focal_noise", "turned")}
COLUMNS = {
    "keypointnet": {"mean error": "mean", "median": "median"},
    "keypoint3d": {"tracking": "tracking", "ridge": "ridge"},
    "check": {"median distance": "pixels", "share of draws with an alarm": "alarm"},
}
TITLES = {
    "keypointnet": "KeypointNet on chairs, degrees",
    "keypoint3d": "Keypoint3D on the arm, cm",
    "check": "cameras check, pixels of 480",
}
AXES = {
    "keypointnet": "angular error (°)",
    "keypoint3d": "error of landmarks (cm)",
    "check": "epipolar distance (pixels of 480)",
}
PICTURE_COLORS = 64


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/generalisation"))
    parser.add_argument("--run", type=Path, help="of Keypoint3D on moving_shapes/arm_64; default: OUT/run-900")
    parser.add_argument("--data-dir", type=Path, help="where moving_shapes lies; default: OUT/data")
    arguments = parser.parse_args()
    out = arguments.out
    run = arguments.run or out / "run-900"
    if not (run / "model.keras").exists():
        words = ["--data", "moving_shapes/arm_64", "--data-dir", arguments.data_dir or out / "data"]
        words += ["--preset", "small", "--steps", 900, "--run", run]
        run_command(["-m", "tfkeypoints.cli", "train", "keypoint3d", *words])
    measuring = {"keypointnet": Chairs(), "keypoint3d": Arm(run), "check": Check(out / "recording")}
    points = Points(out / "points.json")
    for subject, curves in VALUES.items():
        for curve, values in curves.items():
            for value in tqdm(values, f"{subject}: {curve}", disable=None):
                points.measure((subject, curve, value), getattr(measuring[subject], curve))
        rows = rows_of(subject, points.found)
        kept = tables.keep(out / f"generalisation_{subject}.json", TITLES[subject], COLUMNS[subject], rows)
        print(f"\n{kept}\n", flush=True)
    print(draw(out / "generalisation.png", points.found))


def name(subject, curve, value):
    """Of a point in the file of points."""
    return f"{subject} {curve} {value:g}"


def rows_of(subject, found):
    """What a table has of each point; what is as it was trained stands first, and once."""
    rows = {USUAL: None}
    for curve, values in VALUES[subject].items():
        for value in values:
            usual = value == TRAINED.get(curve, 0) and curve not in RESAMPLED
            rows[USUAL if usual else CURVES[curve][0].format(value)] = found[name(subject, curve, value)]
    return rows


class Points:
    """What was measured, in a file."""

    def __init__(self, path):
        self.path = path
        self.found = files.read_json(path) if path.exists() else {}

    def measure(self, point, function):
        """Measures a point unless it is there: a list of dicts, one a draw."""
        if name(*point) not in self.found:
            self.found[name(*point)] = function(point[-1])
            files.write_json(self.path, self.found)


def draw(path, found):
    """Draws all curves, a panel each: the mean of the draws, and from their lowest to their highest."""
    panels = [(subject, curve) for subject, curves in VALUES.items() for curve in curves if curve not in BESIDE]
    figure, axes = blank_panels(3, 4, (12.4, 8.8))
    for axis, (subject, curve) in zip(axes, panels, strict=True):
        for each in VALUES[subject]:
            if BESIDE.get(each, each) == curve:
                add_lines(axis, found, subject, each)
        if curve == "focal":
            axis.set_xscale("log")
            axis.set_xticks(VALUES[subject][curve], [f"{value:g}" for value in VALUES[subject][curve]])
            axis.minorticks_off()
        axis.axvline(TRAINED.get(curve, 0), color="#8a8a92", linestyle=":", linewidth=1.4, label=USUAL)
        axis.set_ylim(0, (1.6 if curve == "focal" else 1.1) * axis.get_ylim()[1])
        axis.set_xlabel(CURVES[curve][1], fontsize=9)
        axis.set_ylabel(AXES[subject], fontsize=9)
        axis.set_title(TITLES[subject].partition(",")[0], fontsize=10, loc="left")
        if curve == "focal":
            axis.legend(fontsize=8, loc="upper center", edgecolor="none", framealpha=1)
    with files.whole(path) as partial:
        Image.fromarray(pixels_of(figure)).quantize(PICTURE_COLORS).save(partial, optimize=True)
    return path


def add_lines(axis, found, subject, curve):
    """Draws a curve's metrics but for shares."""
    values, shown = VALUES[subject][curve], [each for each in COLUMNS[subject].items() if each[1] != "alarm"]
    words, style = (", without focal", "o--") if curve in BESIDE else ("", "o-")
    for (label, metric), color in zip(shown, COLORS, strict=False):
        runs = [[run[metric] for run in found[name(subject, curve, value)]] for value in values]
        axis.plot(values, [np.mean(each) for each in runs], style, color=color, markersize=3, label=label + words)
        low, high = ([pick(each) for each in runs] for pick in (min, max))
        axis.fill_between(values, low, high, color=color, alpha=0.18, linewidth=0)


if __name__ == "__main__":
    main()
