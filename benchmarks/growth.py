"""How time and memory of a training step grow with keypoints, views and image size, for both methods.

    nice -n 10 python benchmarks/growth.py --out growth

Starts from KeypointNet's preset demo and Keypoint3D's preset small and varies one number at a time, each point in a
process of its own: `growth.csv` in the folder has a row a point, and the same command goes on where it was stopped.
`growth.png` shows them with straight lines fitted to them (least squares of relative deviations), and a table tells the
slopes and how far points lie off their lines. Time is the processor's, memory the peak above that of the imports.
"""

import argparse
import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import steps
import tables

from tfkeypoints import files

PRESETS = {"keypointnet": "demo", "keypoint3d": "small"}
SIZES = {"keypointnet": {"mean_depth": 30.0}, "keypoint3d": {"mean_depth": 30.0, "world_scale": 1.0}}
"""Of the worlds that are seen; one camera alone cannot tell them."""
NAMES = {"keypointnet": "KeypointNet", "keypoint3d": "Keypoint3D"}
VARIED = {
    "num_keypoints": ("keypoints K", (4, 8, 16, 32, 64)),
    "num_views": ("views V", (1, 2, 4, 8, 16)),
    "image_size": ("pixels of an image", (32, 64, 128, 256)),
}
"""What is varied: option, what it counts, values. A pair is the least that KeypointNet takes."""
FIGURES = {"processor": ("processor time of a step", "ms"), "memory": ("peak memory above imports", "MiB")}
HEAD = ("method", "varied", "value", *FIGURES)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for growth.csv and growth.png")
    parser.add_argument("--steps", type=int, default=3, help="steps that are timed, after two that are not")
    parser.add_argument("--point", nargs=3, metavar=HEAD[:3], help="measure this point alone, in this process")
    arguments = parser.parse_args()
    if arguments.point:
        method, varied, value = arguments.point
        print(json.dumps(measure(method, varied, int(value), arguments.steps)))
        return
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / "growth.csv"
    rows = read(path) if path.exists() else []
    known = {(row["method"], row["varied"], row["value"]) for row in rows}
    for point in points():
        if point not in known:
            words = [sys.executable, __file__, "--out", arguments.out, "--steps", arguments.steps, "--point", *point]
            answer = subprocess.run(list(map(str, words)), check=True, stdout=subprocess.PIPE, text=True).stdout
            rows.append(dict(zip(HEAD, point, strict=False)) | json.loads(answer.splitlines()[-1]))
            tables.write_csv(path, HEAD, [[row[name] for name in HEAD] for row in rows])
            print(*rows[-1].values(), flush=True)
    draw(rows, arguments.out / "growth.png")
    print(report(rows))


def points():
    """All points: (method, what is varied, value)."""
    return [
        (method, varied, value)
        for method in PRESETS
        for varied, (_, values) in VARIED.items()
        for value in values
        if not (method == "keypointnet" and varied == "num_views" and value == 1)
    ]


def measure(method, varied, value, repeats):
    """The figures of a point: milliseconds of the processor, and MiB above the imports."""
    from tfkeypoints.methods import recipe_of

    recipe = recipe_of(method).from_preset(PRESETS[method], **SIZES[method], **{varied: value})
    examples = steps.random_examples(recipe)
    before = steps.after_imports(recipe)
    model = steps.compiled(recipe, examples)
    found = steps.cost(lambda: model.train_on_batch(examples), repeats, warm_up=2)
    return {"processor": round(1000 * found["processor"], 1), "memory": round(1024 * (steps.peak() - before), 1)}


def read(path):
    """The rows of a table of points."""
    with path.open(newline="") as file:
        return [
            {**row, "value": int(row["value"]), **{name: float(row[name]) for name in FIGURES}}
            for row in csv.DictReader(file)
        ]


def series(rows, method, varied, figure):
    """Counts and figures of what was varied; image sizes are counted in pixels."""
    chosen = [row for row in rows if (row["method"], row["varied"]) == (method, varied)]
    counts = np.array([row["value"] for row in chosen], float) ** (2 if varied == "image_size" else 1)
    return counts, np.array([row[figure] for row in chosen])


def line(counts, values):
    """The straight line of least relative deviations: slope, start, and the largest deviation as a share."""
    slope, start = np.polyfit(counts, values, 1, w=1 / values)
    return slope, start, np.abs((start + slope * counts) / values - 1).max()


def report(rows):
    """A table in Markdown of all lines."""
    found = []
    for method, name in NAMES.items():
        for varied, (count, _) in VARIED.items():
            cells = []
            for figure, (_, unit) in FIGURES.items():
                counts, values = series(rows, method, varied, figure)
                slope, start, off = line(counts, values)
                per = 1000 if varied == "image_size" else 1
                cells += [
                    f"{values[0]:.0f} – {values[-1]:.0f} {unit}",
                    f"{start:.0f} + {per * slope:.3g}",
                    f"{off:.0%}",
                ]
            span = f"{counts[0]:.0f} – {counts[-1]:.0f}"
            found.append([name, f"{count}{', slope per 1,000' * (per > 1)}", span, *cells])
    head = [["time", "its line", "most off"], ["memory", "its line", "most off"]]
    return tables.table(["", "varied", "from – to", *head[0], *head[1]], found)


def draw(rows, path):
    """A plot of each figure over each count, with the lines."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot, ticker

    figure, axes = pyplot.subplots(len(FIGURES), len(VARIED), figsize=(12, 6.5), sharey="row", layout="constrained")
    for row_of_axes, (name, (title, unit)) in zip(axes, FIGURES.items(), strict=True):
        for axis, (varied, (count, _)) in zip(row_of_axes, VARIED.items(), strict=True):
            for color, (method, label) in zip(("tab:blue", "tab:orange"), NAMES.items(), strict=True):
                counts, values = series(rows, method, varied, name)
                slope, start, _ = line(counts, values)
                ends = np.geomspace(counts.min(), counts.max(), 100)
                axis.plot(counts, values, "o", color=color, label=f"{label}, preset {PRESETS[method]}")
                axis.plot(ends, start + slope * ends, "-", color=color, linewidth=1)
            axis.set(xscale="log", yscale="log", xlabel=count)
            axis.set_xticks(counts, [f"{each:,.0f}" for each in counts])
            axis.minorticks_off()
            axis.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
            axis.spines[["top", "right"]].set_visible(False)
            axis.grid(alpha=0.3)
        row_of_axes[0].set_ylabel(f"{title}, {unit}")
    axes[0, 0].legend(frameon=False)
    with files.whole(path) as partial:
        figure.savefig(partial, format="png", dpi=120)
    pyplot.close(figure)


if __name__ == "__main__":
    main()
