"""Trained models as TensorFlow SavedModels, for servers and for programs that know nothing of this library."""

from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tfkeypoints import files
from tfkeypoints.evaluation import MAPS

SIGNATURE = "detect"
"""Name of the signature."""


def save(model: keras.Model, folder: str | Path, image_shape: tuple[int, int, int]) -> None:
    """Writes a SavedModel with the signature `detect`, which is also the default one.

    | input | dtype, shape |
    | --- | --- |
    | `image` | uint8 `[batch, views, H, W, C]` |
    | `intrinsics` | float32 `[batch, views, 3, 3]` |
    | `extrinsics` | float32 `[batch, views, 4, 4]` |

    Batch and views are free. Outputs are those of the model, without heatmaps and reconstructions.

    Args:
        model: A built model of this library.
        folder: Where the SavedModel goes; must not exist.
        image_shape: H, W, C.

    Raises:
        ValueError: If the folder exists.

    Example:
        >>> export.save(run.load_model(), "exported/chairs/1", (64, 64, 4))
        >>> detect = tf.saved_model.load("exported/chairs/1").signatures["detect"]
    """
    if Path(folder).exists():
        raise ValueError(f"`folder` should not exist yet. Received: folder={folder}")
    signature = {
        "image": tf.TensorSpec([None, None, *image_shape], tf.uint8, name="image"),
        "intrinsics": tf.TensorSpec([None, None, 3, 3], tf.float32, name="intrinsics"),
        "extrinsics": tf.TensorSpec([None, None, 4, 4], tf.float32, name="extrinsics"),
    }
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(SIGNATURE, lambda inputs: detect(model, inputs), input_signature=[signature])
    with files.whole(folder) as partial:
        archive.write_out(str(partial), verbose=False)


def detect(model: keras.Model, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Calls the model for inference and leaves out the maps."""
    return {name: value for name, value in model(inputs, training=False).items() if name not in MAPS}


def largest_difference(model: keras.Model, folder: str | Path, inputs: Mapping[str, np.ndarray]) -> float:
    """Loads a SavedModel and compares it with the model that it was made of.

    Returns:
        The largest absolute difference over all outputs, relative to the output's own size where that is above 1.
    """
    served = tf.saved_model.load(str(folder)).signatures[SIGNATURE](**{k: tf.constant(v) for k, v in inputs.items()})
    expected = detect(model, inputs)
    if set(served) != set(expected):
        raise ValueError(f"`folder` should answer with {sorted(expected)}. Received: {sorted(served)} from {folder}")
    return max(
        float(np.max(np.abs(served[name] - value) / np.maximum(1.0, np.abs(value)))) for name, value in expected.items()
    )
