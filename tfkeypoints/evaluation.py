"""A trained model on a whole split: its answers, and the numbers that are read from them."""

import keras
import numpy as np
import tensorflow as tf

from tfkeypoints import data
from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.metrics import consistency, landmarks, pose

MAPS = ("heatmaps", "reconstruction")
"""Outputs that are images, too large to keep for a whole split."""


def collect(model: keras.Model, examples: tf.data.Dataset, batch_size: int = 32) -> dict[str, np.ndarray]:
    """Runs a model over examples and keeps what the metrics need.

    Args:
        model: A model of this library.
        examples: Unbatched examples.
        batch_size: Examples at a time.

    Returns:
        Arrays with one row an example: the cameras, `landmarks` if there are any, `alpha` (`[N, V, H, W]`, of RGBA
        images), and the model's outputs without its maps.
    """
    keys = [*CAMERA_KEYS, *(key for key in ("landmarks",) if key in examples.element_spec)]
    rows: dict[str, list] = {}
    for batch in data.batches(examples, batch_size, shuffle_buffer=0, keys=keys, cache=False):
        answer = model.predict_on_batch({name: batch[name] for name in CAMERA_KEYS})
        answer |= {key: batch[key].numpy() for key in keys if key != "image"}
        if batch["image"].shape[-1] == 4:
            answer["alpha"] = batch["image"].numpy()[..., 3]
        for name in answer.keys() - set(MAPS):
            rows.setdefault(name, []).append(answer[name])
    return {name: np.concatenate(values) for name, values in rows.items()}


def measure(results: dict[str, np.ndarray], image_size: tuple[int, int], ridge: landmarks.RidgeMap | None = None):
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
    chosen = {}
    for example in examples.as_numpy_iterator():
        chosen.setdefault(example.get("instance", len(chosen)), example)
        if len(chosen) == count:
            break
    return {name: np.stack([example[name] for example in chosen.values()]) for name in next(iter(chosen.values()))}


def object_mesh(name: str, data_dir: str | None, instance: bytes):
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
