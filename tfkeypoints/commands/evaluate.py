"""`tfkeypoints evaluate`."""

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro

RIDGE_EXAMPLES = 2000
"""Training examples to which the map from keypoints to landmarks is fitted."""

SHEET_EXAMPLES = 24
"""Unseen objects on the contact sheet."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluate:
    """Measure and draw a run's model on objects that it never saw.

    Prints a table and writes metrics.json and pictures/ (error_curve, training_curves, contact_sheet, turntable) in
    the run folder. Angular errors are those of the relative pose of two views. Lengths without a unit are in the data
    set's world unit.

    Example:
      tfkeypoints evaluate runs/demo --untrained
    """

    run: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    """Run folder."""
    split: str = "test"
    """Split of the run's data set: train, validation or test."""
    untrained: bool = False
    """Also measure a network of the same kind that never learnt anything."""
    batch_size: int = 32
    """Examples at a time."""

    def __call__(self) -> dict:
        """Evaluates, and returns what `metrics.json` holds."""
        import keras

        from tfkeypoints import files
        from tfkeypoints.run import Run

        run = Run.open(self.run)
        model = run.load_model()
        metrics, errors = {}, {}
        metrics["trained"], errors["trained"] = self._measure(run, model)
        if self.untrained:
            keras.utils.set_random_seed(run.config["seed"])
            fresh = type(model).from_config(model.get_config())
            metrics["untrained"], errors["untrained"] = self._measure(run, fresh)
        self._draw(run, model, errors)
        report = {"data": run.config["data"], "split": self.split, **metrics}
        files.write_json(run.metrics_file, report)
        print(f"{run.config['data']}, {self.split} split\n{format_table(metrics)}")
        print(f"numbers: {run.metrics_file}   pictures: {run.pictures}/")
        return report

    def _load(self, run, split: str):
        """A split of the run's data set, unbatched."""
        from tfkeypoints import data

        return data.load(run.config["data"], split, data_dir=run.config["data_dir"])

    def _measure(self, run, model):
        """Metrics by name, and the angular error of each example in degrees."""
        from tfkeypoints import evaluation
        from tfkeypoints.metrics import landmarks

        results = evaluation.collect(model, self._load(run, self.split), self.batch_size)
        ridge = None
        if "landmarks" in results:
            seen = evaluation.collect(model, self._load(run, "train").take(RIDGE_EXAMPLES), self.batch_size)
            ridge = landmarks.RidgeMap(seen["points_world"], seen["landmarks"])
        return evaluation.measure(results, run.config["images"]["shape"][1:3], ridge)

    def _draw(self, run, model, errors: dict) -> None:
        from tfkeypoints import evaluation, visualization
        from tfkeypoints.data.example import CAMERA_KEYS

        curve = visualization.error_curve(errors["trained"], errors.get("untrained"))
        visualization.save_image(run.pictures / "error_curve.png", curve)
        visualization.save_image(run.pictures / "training_curves.png", visualization.training_curves(run.history_file))
        unseen = evaluation.one_of_each_instance(self._load(run, self.split), SHEET_EXAMPLES)
        outputs = model({name: unseen[name] for name in CAMERA_KEYS}, training=False)
        sheet = visualization.contact_sheet(unseen["image"], outputs["uv"], outputs["confidence"])
        visualization.save_image(run.pictures / "contact_sheet.png", sheet)

        mesh = evaluation.object_mesh(run.config["data"], run.config["data_dir"], unseen["instance"][0])
        if mesh is None:
            print("no turntable: the data set has no object that could be rendered anew")
            return
        frames = visualization.turntable_frames(
            mesh, lambda example: model.predict(example, verbose=0), run.config["images"]["shape"][1]
        )
        visualization.write_animation(run.pictures / "turntable.mp4", frames)


def format_table(metrics: dict[str, dict[str, float]]) -> str:
    """Lays out metrics as rows and models as columns.

    Args:
        metrics: Column to {metric: value}.
    """
    columns = list(metrics)
    lines = ["".join([f"{'':32s}", *(f"{name:>12s}" for name in columns)])]
    for metric in metrics[columns[0]]:
        label = metric.replace("_", " ")
        lines.append("".join([f"{label:32s}", *(f"{metrics[name][metric]:12.4g}" for name in columns)]))
    return "\n".join(lines)
