"""What a model answers to all examples of a split."""

from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf

from tfkeypoints import data
from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.metrics.reconstruction import ReconstructionQuality

MAPS = ("heatmaps", "gaussian_maps", "reconstruction", "target", "background")
"""Outputs that are images, too large to keep for a whole split."""

LABELS = ("landmarks", "instance", "frame")
"""Keys of an example that are kept beside its cameras, where it has them."""


def collect(
    model: keras.Model,
    examples: tf.data.Dataset,
    batch_size: int = 32,
    quality: ReconstructionQuality | None = None,
) -> dict[str, np.ndarray]:
    """Runs a model over examples and keeps what the metrics need.

    Args:
        model: A model of this library.
        examples: Unbatched examples.
        batch_size: Examples at a time.
        quality: Is updated with the model's reconstructions.

    Returns:
        Arrays with one row an example: the cameras, `landmarks`, `instance` and `frame` if there are any, `alpha`
        (`[N, V, H, W]`, of RGBA images), and the model's outputs without its maps.
    """
    keys = [*CAMERA_KEYS, *(key for key in LABELS if key in examples.element_spec)]
    rows: dict[str, list] = {}
    for batch in data.batches(examples, batch_size, shuffle_buffer=0, keys=keys, cache=False):
        answer = model.predict_on_batch({name: batch[name] for name in CAMERA_KEYS})
        if quality is not None:
            quality.update(answer["target"], answer["reconstruction"])
        answer |= {key: batch[key].numpy() for key in keys if key != "image"}
        if batch["image"].shape[-1] == 4:
            answer["alpha"] = batch["image"].numpy()[..., 3]
        for name in answer.keys() - set(MAPS):
            rows.setdefault(name, []).append(answer[name])
    return {name: np.concatenate(values) for name, values in rows.items()}


def load(config: Mapping, split: str) -> tf.data.Dataset:
    """A split of the data set of a run's configuration, unbatched."""
    return data.load(config["data"], split, data_dir=config["data_dir"])


def load_evenly(config: Mapping, split: str, count: int) -> tf.data.Dataset:
    """At most `count` examples of a split, evenly spaced."""
    examples = load(config, split)
    return examples.shard(-(-len(examples) // count), 0)


def untrained(model: keras.Model, seed: int) -> keras.Model:
    """A network of the same kind that never learnt anything, but is told the same scene at rest."""
    keras.utils.set_random_seed(seed)
    newborn = type(model).from_config(model.get_config())
    background = getattr(model, "background_images", None)
    if background is not None:
        newborn.build({"image": (None, *background.shape)})
        newborn.background_images.assign(background)
    return newborn
