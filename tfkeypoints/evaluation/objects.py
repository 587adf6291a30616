"""Evaluation on views of objects: how well keypoints tell the pose, and whether they stay on the object."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf

from tfkeypoints import data, visualization
from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.evaluation.collection import collect, load
from tfkeypoints.evaluation.tables import format_table
from tfkeypoints.metrics import consistency, landmarks, pose
from tfkeypoints.training.run import Run

if TYPE_CHECKING:
    import trimesh


RIDGE_EXAMPLES = 2000
"""Training examples to which the map from keypoints to landmarks is fitted."""

SHEET_EXAMPLES = 24
"""Unseen objects on the contact sheet."""

SHOWN_FRAMES, SHOWN_SECONDS = 36, 3
"""Of the turntable that `show` draws."""


def evaluate(run: Run, models: dict[str, keras.Model], split: str, batch_size: int) -> dict[str, dict[str, float]]:
    """Measures models on the run's data set, and draws the one called "trained" into the run's pictures.

    Returns:
        Model to {metric: value}, see `measure`.
    """
    metrics, errors = {}, {}
    for name, model in models.items():
        metrics[name], errors[name] = measure_split(model, run.config, split, batch_size)
    _draw(run, models["trained"], split, errors)
    return metrics


def describe(report: dict) -> str:
    """Lays out what `evaluate` returned, for the terminal."""
    return format_table(report)


def headline(report: Mapping) -> str:
    """The figures of a report that say most, in a few words."""
    mean, median = (report["trained"][f"angular_error_{each}_degrees"] for each in ("mean", "median"))
    return f"rotation between two views to {mean:.1f}° (median {median:.1f}°)"


def measure_split(
    model: keras.Model, config: Mapping, split: str, batch_size: int = 32
) -> tuple[dict[str, float], np.ndarray | None]:
    """Measures a model on a split of the data set that a run's configuration names; returns what `measure` does."""
    examples = load(config, split)
    results = collect(model, examples, batch_size)
    ridge = None
    if "landmarks" in results:
        seen = collect(model, load(config, "train").take(RIDGE_EXAMPLES), batch_size)
        ridge = landmarks.RidgeMap(seen["points_world"], seen["landmarks"])
    return measure(results, examples.element_spec["image"].shape[1:3], ridge)


def measure(
    results: dict[str, np.ndarray], image_size: tuple[int, int], ridge: landmarks.RidgeMap | None = None
) -> tuple[dict[str, float], np.ndarray | None]:
    """Computes every metric that the results allow.

    Args:
        results: From `collect`, with two or more views an example.
        image_size: Height and width in pixels.
        ridge: Map from keypoints to landmarks, fitted on the training split; None without landmarks.

    Returns:
        Metric to float, in the unit that its name ends with, otherwise shares in [0, 1] or world units; and the
        angular error of each example in degrees, `[N]`.
    """
    cameras = results["intrinsics"], results["extrinsics"]
    height, width = image_size
    points, uv = results["points_world"], results["uv"]
    angles = pose.angular_error(results["points_camera"], results["extrinsics"])
    metrics = {f"angular_error_{name}_degrees": value for name, value in pose.summary(angles).items()}
    metrics["spread_3d"] = consistency.spread_3d(points).mean()
    if points.shape[2] > 1:
        metrics["keypoint_spacing"] = consistency.keypoint_spacing(points).mean()
    metrics["reprojection_error_pixels"] = consistency.reprojection_error(points, uv, *cameras, width, height).mean()
    if "alpha" in results:
        metrics["silhouette_hit_rate"] = consistency.silhouette_hit_rate(uv, results["alpha"]).mean()
    if "orientation" in results:
        metrics["orientation_accuracy"] = consistency.orientation_accuracy(results["orientation"], *cameras).mean()
    if ridge is not None:
        errors = landmarks.landmark_error(ridge.predict(points), results["landmarks"])
        metrics["landmark_error"] = errors.mean()
        shares = landmarks.pck(errors, landmarks.object_size(results["landmarks"]))
        metrics |= {f"pck_{threshold:g}": share for threshold, share in shares.items()}
    return {name: float(value) for name, value in metrics.items()}, angles


def one_of_each_instance(examples: tf.data.Dataset, count: int) -> dict[str, np.ndarray]:
    """Takes the first example of each of `count` objects: `[count, ...]` each; fewer if there are not so many."""
    chosen: dict[bytes | int, dict[str, np.ndarray]] = {}
    for example in examples.as_numpy_iterator():
        chosen.setdefault(example.get("instance", len(chosen)), example)
        if len(chosen) == count:
            break
    return {name: np.stack([example[name] for example in chosen.values()]) for name in next(iter(chosen.values()))}


def sample(config: Mapping, split: str, count: int) -> dict[str, np.ndarray]:
    """Takes `count` examples of a split of the data set that a run's configuration names, of different objects."""
    return one_of_each_instance(load(config, split), count)


def object_mesh(name: str, data_dir: str | None, instance: bytes) -> "trimesh.Trimesh | None":
    """Makes the mesh of one object of `rendered_objects` again, to see it from other sides.

    Args:
        name, data_dir: The data set.
        instance: The object, as its examples name it.

    Returns:
        `trimesh.Trimesh` in the object's frame; None for data sets of another kind, or if the mesh file is gone.
    """
    from tfkeypoints.rendering import examples, meshes, shapes

    metadata = data.dataset_info(name, data_dir).metadata or {}
    options = metadata.get("options", {})
    category = metadata.get("category")
    if category in shapes.CATEGORIES:
        shape_generator, _ = examples.Job(instance.decode(), category, 1, options["seed"]).generators()
        return shapes.make(category, shape_generator).mesh
    try:
        paths = dict(meshes.find_meshes(metadata["manual_dir"]))
        return meshes.load_mesh(paths[instance.decode()], up=options["up"], forward=options["forward"])
    except (KeyError, ValueError, OSError):
        return None


def keep_unseen(config: Mapping, folder: Path) -> None:
    """Keeps nothing beside a pretrained model: objects are rendered where they are asked for."""


def show(run: Run, model: keras.Model, folder: Path) -> list[Path]:
    """Draws a pretrained model's keypoints on objects that it never saw, which are rendered for this.

    Returns:
        The pictures, in `folder`.
    """
    rendered = data.render(run.config["data"], "test", SHEET_EXAMPLES)
    unseen = {name: np.stack([example[name] for example in rendered]) for name in rendered[0]}
    mesh = object_mesh(run.config["data"], None, unseen["instance"][0].encode())
    frames = _turntable(run, model, mesh, SHOWN_FRAMES)
    return [
        visualization.write_animation(folder / "turntable.gif", frames, SHOWN_FRAMES / SHOWN_SECONDS),
        visualization.save_image(folder / "contact_sheet.png", _contact_sheet(model, unseen)),
    ]


def _contact_sheet(model: keras.Model, unseen: Mapping) -> np.ndarray:
    outputs = model({name: unseen[name] for name in CAMERA_KEYS}, training=False)
    return visualization.contact_sheet(unseen["image"], outputs["uv"], outputs["confidence"])


def _turntable(run: Run, model: keras.Model, mesh: "trimesh.Trimesh", *num_frames: int) -> np.ndarray:
    def predict(example: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return model.predict(example, verbose=0)

    return visualization.turntable_frames(mesh, predict, run.config["images"]["shape"][1], *num_frames)


def _draw(run: Run, model: keras.Model, split: str, errors: dict) -> None:

    curve = visualization.error_curve(errors["trained"], errors.get("untrained"))
    visualization.save_image(run.pictures / "error_curve.png", curve)
    if run.history:  # which an imported model has none of
        visualization.save_image(run.pictures / "training_curves.png", visualization.training_curves(run.history_file))
    unseen = one_of_each_instance(load(run.config, split), SHEET_EXAMPLES)
    visualization.save_image(run.pictures / "contact_sheet.png", _contact_sheet(model, unseen))

    known = "instance" in unseen
    mesh = object_mesh(run.config["data"], run.config["data_dir"], unseen["instance"][0]) if known else None
    if mesh is None:
        print("no turntable: the data set has no object that could be rendered anew")
        return
    visualization.write_animation(run.pictures / "turntable.mp4", _turntable(run, model, mesh))
