"""Trained models as TensorFlow SavedModels, for servers and for programs that know nothing of this library."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfkeypoints import files
from tfkeypoints.serving import card as model_card
from tfkeypoints.serving.signatures import Signature


def save(
    model: keras.Model,
    folder: str | Path,
    signatures: Mapping[str, Signature],
    card: Mapping[str, Any] | None = None,
    finish: Callable[[Path], None] | None = None,
) -> None:
    """Writes a SavedModel.

    | signature | input | dtype, shape |
    | --- | --- | --- |
    | `detect` | `image` | uint8 `[batch, views, H, W, C]` |
    | `detect_encoded` | `image_bytes` | string `[batch, views]`, PNG or JPEG of any size |
    | both | `intrinsics` | float32 `[batch, views, 3, 3]` |
    | both | `extrinsics` | float32 `[batch, views, 4, 4]` |
    | `act`, of a policy | what the policy sees | `[batch, frames, ...]` |

    The batch is free, and the number of views where the model allows. Outputs are those of the model, without heatmaps
    and reconstructions. Inputs that do not fit are refused in the graph with a sentence, as INVALID_ARGUMENT.

    Args:
        model: A built model of this library.
        folder: Where the SavedModel goes; must not exist. Servers expect NAME/VERSION.
        signatures: Its signatures (of the method's recipe); the first one is also the default.
        card: A model card (`tfkeypoints.serving.card.describe`), to which the outputs of the first signature are added.
        finish: Called with the written folder before it gets its name, to check it and to add files. What it raises
            leaves no folder behind.

    Raises:
        ValueError: If the folder exists.

    Example:
        >>> export.save(model, "exported/chairs/1", signatures.of_detector(model, (64, 64, 4)))
        >>> detect = tf.saved_model.load("exported/chairs/1").signatures["detect"]
    """
    if Path(folder).exists():
        raise ValueError(f"`folder` should not exist yet. Received: folder={folder}")
    archive = keras.export.ExportArchive()
    archive.track(model)
    for name, signature in signatures.items():
        # No shapes, so that a wrong one is refused by our sentence, on every server.
        inputs = {key: tf.TensorSpec(None, spec.dtype, name=key) for key, spec in signature.inputs.items()}
        archive.add_endpoint(name, signature.guarded, input_signature=[inputs])
    with files.whole(folder) as partial:
        archive.write_out(str(partial), verbose=False)
        if card is not None:
            outputs = tf.saved_model.load(str(partial)).signatures[next(iter(signatures))].structured_outputs
            described = {name: spec.dtype.name for name, spec in sorted(outputs.items())}
            model_card.write(partial, {**card, "outputs": described})
        if finish is not None:
            finish(partial)


def next_version(folder: str | Path) -> int:
    """The number after the newest version in a model's folder; 1 if there is none."""
    return max((int(path.name) for path in Path(folder).glob("*") if path.name.isdecimal()), default=0) + 1


def largest_difference(signature: Signature, exported: Callable[[Mapping], Mapping], inputs: Mapping) -> float:
    """Compares an exported function with the one that it was made of.

    Args:
        signature: The original.
        exported: The same function from elsewhere.
        inputs: What both are given.

    Returns:
        The largest absolute difference over all outputs, relative to the output's own size where that is above 1.

    Raises:
        ValueError: If the outputs have other names.
    """
    expected, answer = signature.function(inputs), exported(inputs)
    if set(answer) != set(expected):
        raise ValueError(f"`exported` should return {sorted(expected)}. Received: {sorted(answer)}")
    return max(
        float(np.max(np.abs(answer[name] - value) / np.maximum(1.0, np.abs(value)))) for name, value in expected.items()
    )
