"""Reads the variables of TensorFlow's checkpoint files."""

import os
from pathlib import Path

import numpy as np
import tensorflow as tf


def read_checkpoint(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads all variables of a checkpoint that `tf.compat.v1.train.Saver` or an Estimator wrote.

    Args:
        path: What its files' names begin with, such as `model_dir/model.ckpt-200000`; the file that ends in `.index`;
            or a folder, whose file `checkpoint` names the newest one. The folder may have been moved since.

    Returns:
        Name to array.

    Raises:
        ValueError: If there is no such checkpoint, or a file of it is missing or broken.
    """
    prefix = _prefix(Path(path))
    try:
        reader = tf.train.load_checkpoint(prefix)
        return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
    except (tf.errors.OpError, RuntimeError, IndexError) as error:  # the latter two untranslated, from C++
        reason = getattr(error, "message", str(error)).splitlines()[0]
        raise ValueError(
            f"`checkpoint` should be whole, {prefix}.index and {prefix}.data-…: {reason}. Received: checkpoint={path}"
        ) from error


def _prefix(path: Path) -> str:
    """What the names of the checkpoint's files begin with."""
    prefix = str(path)
    if path.is_dir():
        state = tf.train.get_checkpoint_state(prefix)
        if state is None:
            raise ValueError(
                f"`checkpoint` should be a folder with a file named checkpoint that can be read. Received: {path}"
            )
        prefix = state.model_checkpoint_path
        if not _exists(prefix):  # the path of where it was trained
            prefix = str(path / Path(prefix).name)
    prefix = prefix.removesuffix(".index")
    if not _exists(prefix):
        raise ValueError(
            "`checkpoint` should be a folder with a file named checkpoint, a file .index, or what the names of a "
            f"checkpoint's files begin with; there is no {prefix}.index. Received: checkpoint={path}"
        )
    return prefix


def _exists(prefix: str) -> bool:
    """Whether a checkpoint of this name is there; those of TensorFlow before 0.12 are one file without an ending."""
    return Path(f"{prefix}.index").is_file() or Path(prefix).is_file()
