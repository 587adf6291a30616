"""Trained models as TensorFlow SavedModels, for servers and for programs that know nothing of this library."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfkeypoints import files
from tfkeypoints.serving import card as model_card
from tfkeypoints.serving import signatures


def save(
    model: keras.Model,
    folder: str | Path,
    image_shape: tuple[int, int, int],
    card: Mapping[str, Any] | None = None,
) -> None:
    """Writes a SavedModel with the signatures `detect`, which is also the default one, and `detect_encoded`.

    | signature | input | dtype, shape |
    | --- | --- | --- |
    | `detect` | `image` | uint8 `[batch, views, H, W, C]` |
    | `detect_encoded` | `image_bytes` | string `[batch, views]`, PNG or JPEG of any size |
    | both | `intrinsics` | float32 `[batch, views, 3, 3]` |
    | both | `extrinsics` | float32 `[batch, views, 4, 4]` |

    The batch is free, and the number of views where the model allows. Outputs are those of the model, without heatmaps
    and reconstructions. Inputs that do not fit are refused in the graph with a sentence, as INVALID_ARGUMENT.

    Args:
        model: A built model of this library.
        folder: Where the SavedModel goes; must not exist. Servers expect NAME/VERSION.
        image_shape: H, W, C.
        card: A model card (`tfkeypoints.serving.card.describe`), to which the names of the outputs are added.

    Raises:
        ValueError: If the folder exists.

    Example:
        >>> export.save(run.load_model(), "exported/chairs/1", (64, 64, 4))
        >>> detect = tf.saved_model.load("exported/chairs/1").signatures["detect"]
    """
    if Path(folder).exists():
        raise ValueError(f"`folder` should not exist yet. Received: folder={folder}")
    functions = {
        signatures.ARRAYS: signatures.detect_function(model, tuple(image_shape)),
        signatures.ENCODED: signatures.detect_encoded_function(model, tuple(image_shape)),
    }
    archive = keras.export.ExportArchive()
    archive.track(model)
    for name, function in functions.items():
        archive.add_endpoint(name, function, input_signature=[signatures.input_signature(name)])
    with files.whole(folder) as partial:
        archive.write_out(str(partial), verbose=False)
        if card is not None:
            outputs = tf.saved_model.load(str(partial)).signatures[signatures.ARRAYS].structured_outputs
            model_card.write(partial, {**card, "outputs": sorted(outputs)})


def next_version(folder: str | Path) -> int:
    """The number after the newest version in a model's folder; 1 if there is none."""
    return max((int(path.name) for path in Path(folder).glob("*") if path.name.isdecimal()), default=0) + 1


def largest_difference(model: keras.Model, folder: str | Path, inputs: Mapping[str, np.ndarray]) -> float:
    """Loads a SavedModel and compares it with the model that it was made of.

    Returns:
        The largest absolute difference over all outputs, relative to the output's own size where that is above 1.
    """
    loaded = tf.saved_model.load(str(folder)).signatures[signatures.ARRAYS]
    served = loaded(**{k: tf.constant(v) for k, v in inputs.items()})
    expected = signatures.detect(model, inputs)
    if set(served) != set(expected):
        raise ValueError(f"`folder` should answer with {sorted(expected)}. Received: {sorted(served)} from {folder}")
    return max(
        float(np.max(np.abs(served[name] - value) / np.maximum(1.0, np.abs(value)))) for name, value in expected.items()
    )
