"""KeypointNet on photos with the cameras that other programs found, beside the same views from `rendered_objects`.

Chairs are rendered twice through the same poses: as `rendered_objects` does, and as photos of 200 × 260 pixels in
which the chair is off the middle, with `transforms.json`, with COLMAP's text, and, as `rough`, before a wall with
masks, through a lens, in two sizes, with frames in `transforms.json` that have no photo. `rendered_objects` pairs its
views four times; photos are paired twenty times, each time through other windows, but for `four pairs`. A training on
each, several seeds; all models are measured on the same chairs that none has seen, rendered and photographed. What is
done is not done again.

    python benchmarks/captures.py --out /tmp/captures --steps 1000 --seeds 3
"""

import argparse
import itertools
from pathlib import Path

import capture_photos
import numpy as np
import tables

from tfkeypoints import data, files
from tfkeypoints.data.captures.find import find_captures
from tfkeypoints.datasets.common import split_by_instance
from tfkeypoints.evaluation.objects import measure_split, object_mesh
from tfkeypoints.models.keypointnet.recipe import KeypointNetRecipe
from tfkeypoints.training.training import Training

FORMS = {
    "transforms.json": {},
    "COLMAP text": {"form": "colmap"},
    "four pairs": {"examples": 4},
    "rough": {"masks": True, "scales": (1, 2), "absent": 2},
}
COLUMNS = {
    "rendered: mean error": ("rendered", "angular_error_mean_degrees"),
    "median": ("rendered", "angular_error_median_degrees"),
    "photographed: mean error": ("photographed", "angular_error_mean_degrees"),
    "median ": ("photographed", "angular_error_median_degrees"),
    "orientation accuracy": ("photographed", "orientation_accuracy"),
}


def rendered(out, name, objects, seed):
    """Builds chairs of `rendered_objects`, a tenth each to validate and to test: four pairs of views each."""
    tenth = max(1, round(objects / 10))
    counts = {"train_instances": objects - 2 * tenth, "validation_instances": tenth, "test_instances": tenth}
    data.build("rendered_objects/chairs_64", out / "data", config_name=name, seed=seed, **counts)
    return f"rendered_objects/{name}"


def photograph(folder, out, source, lens, **form):
    """Writes a folder of objects that are dealt to the splits as those of a rendered data set are."""
    views = {}
    for split in ("train", "validation", "test"):
        for example in data.load(source, split, out / "data").as_numpy_iterator():
            views.setdefault((split, example["instance"]), []).append(example["extrinsics"])
    names = [f"chair_{number:03d}" for number in range(len(views))]
    dealt = split_by_instance([(name, None) for name in names], seed=0)
    for split, members in dealt.items():
        of_split = [key for key in views if key[0] == split]
        for (name, _), (_, instance) in zip(members, of_split, strict=True):
            if (folder / name).exists():
                continue
            rng = np.random.default_rng(list(instance))
            cameras = capture_photos.cameras(np.concatenate(views[split, instance]), rng, lens)
            mesh = object_mesh(source, out / "data", instance)
            capture_photos.write(folder / name, mesh, cameras, **form)


def captured(out, source, name, lens=capture_photos.Lens(), examples=None, **form):  # noqa: B008  frozen
    """Builds captures of the objects of a rendered data set, through the same poses."""
    photograph(out / "photos" / name, out, source, lens, **form)
    print(f"{name}: {len(find_captures(out / 'photos' / name))} objects")
    folder = str(out / "photos" / name)
    data.build("captures/own", out / "data", config_name=name, captures=folder, num_examples=examples)
    return f"captures/{name}"


def measured(out, steps, name, source, seed, unseen):
    """Trains on a data set, unless that is done, and measures on those that were not seen."""
    place = out / "runs" / f"{name.replace(' ', '_')}_{steps}_{seed}"
    done = place / "measured.json"
    if not done.exists():
        recipe = KeypointNetRecipe.from_preset("demo", steps, seed=seed, validate_every=steps)
        run = Training(recipe=recipe, data=source, data_dir=out / "data", run=place)()
        model, found = run.load_model(), {}
        for kind, data_set in unseen.items():
            config = {"data": data_set, "data_dir": out / "data"}
            found[kind], _ = measure_split(model, config, "train")
        files.write_json(done, found)
    return files.read_json(done)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/captures"), help="folder of photos, data sets and runs")
    parser.add_argument("--objects", type=int, default=12, help="chairs, of which a tenth each validates and tests")
    parser.add_argument("--unseen", type=int, default=40, help="further chairs, of which eight tenths are measured on")
    parser.add_argument("--steps", type=int, default=1000, help="of each training")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each data set")
    options = parser.parse_args()
    out = options.out
    sources = {"rendered_objects": rendered(out, f"chairs_{options.objects}", options.objects, seed=0)}
    for name, form in FORMS.items():
        lens = capture_photos.LENS if name == "rough" else capture_photos.Lens()
        own = f"{name.partition(' ')[0].partition('.')[0].lower()}_{options.objects}"
        sources[name] = captured(out, sources["rendered_objects"], own, lens, **form)
    others = rendered(out, f"others_{options.unseen}", options.unseen, seed=1)
    unseen = {"rendered": others, "photographed": captured(out, others, f"unseen_{options.unseen}", examples=4)}
    results, columns = {name: [] for name in sources}, {title: title for title in COLUMNS}
    for seed, (name, source) in itertools.product(range(options.seeds), sources.items()):
        found = measured(out, options.steps, name, source, seed, unseen)
        results[name].append({title: found[kind][metric] for title, (kind, metric) in COLUMNS.items()})
        told = {name: runs for name, runs in results.items() if runs}
        print(tables.keep(out / "table.json", f"{options.steps} steps", columns, told), flush=True)


if __name__ == "__main__":
    main()
