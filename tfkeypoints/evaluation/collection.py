"""What a model answers to all examples of a split."""

from collections.abc import Callable, Mapping

import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage

from tfkeypoints import data
from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.metrics.reconstruction import ReconstructionQuality

MAP_AXES = 5
"""Outputs with so many axes, `[B, V, height, width, …]`, are maps: too large to keep for a whole split, or to serve."""

INPUTS = ("background",)
"""Keys of an example that a model takes besides images and cameras, where they are there."""

MOVING_DIFFERENCE = 0.05
"""Mean difference of the color channels, of 1, from which a pixel shows something that is not at rest."""

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
        (`[N, V, H, W]`, of RGBA images), `moving` (bool `[N, V, H, W]`, of examples with a `background`: where the
        image differs from it), and the model's outputs without its maps.
    """
    inputs = [*CAMERA_KEYS, *(key for key in INPUTS if key in examples.element_spec)]
    keys = [*inputs, *(key for key in LABELS if key in examples.element_spec)]
    rows: dict[str, list] = {}
    answering = _answering(model)
    for batch in data.batches(examples, batch_size, shuffle_buffer=0, keys=keys, cache=False):
        answer = answering({name: batch[name] for name in inputs})
        if quality is not None:
            quality.update(answer["target"], answer["reconstruction"])
        answer |= {key: batch[key].numpy() for key in keys if key not in ("image", *INPUTS)}
        if batch["image"].shape[-1] == 4:
            answer["alpha"] = batch["image"].numpy()[..., 3]
        if "background" in batch:
            answer["moving"] = differs(batch["image"].numpy(), batch["background"].numpy())
        for name, values in without_maps(answer).items():
            rows.setdefault(name, []).append(values)
    return {name: np.concatenate(values) for name, values in rows.items()}


def _answering(model: keras.Model) -> Callable[[dict[str, tf.Tensor]], dict[str, np.ndarray]]:
    """What answers to a batch. Of a model on several devices, Keras has each of them answer to the whole batch."""
    if model.distribute_strategy.num_replicas_in_sync == 1:
        return model.predict_on_batch
    return lambda batch: {name: values.numpy() for name, values in model(batch, training=False).items()}


def differs(images: np.ndarray, backgrounds: np.ndarray) -> np.ndarray:
    """Where images show something that is not at rest, to within a pixel: uint8 `[N, V, H, W, 3]` to `[N, V, H, W]`."""
    different = np.abs(images.astype(np.int16) - backgrounds).mean(-1) > 255 * MOVING_DIFFERENCE
    return ndimage.binary_dilation(different, np.ones((1, 1, 3, 3)))


def without_maps(outputs: Mapping) -> dict:
    """A model's outputs, tensors or arrays, but for those that are maps."""
    return {name: values for name, values in outputs.items() if len(values.shape) < MAP_AXES}


def load(config: Mapping, split: str) -> tf.data.Dataset:
    """A split of the data set of a run's configuration, unbatched."""
    return data.load(config["data"], split, data_dir=config["data_dir"])


def load_evenly(config: Mapping, split: str, count: int) -> tf.data.Dataset:
    """At most `count` examples of a split, evenly spaced."""
    examples = load(config, split)
    return examples.shard(-(-len(examples) // count), 0)
