"""Keras' file of a model, with weights in half precision: half the size, and Keras loads it as any other."""

import io
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from tfkeypoints import files

if TYPE_CHECKING:
    import keras


WEIGHTS = "model.weights.h5"
"""The member of Keras' archive that has the numbers."""


def save_half(model: "keras.Model", path: str | Path) -> None:
    """Writes a model in Keras' own form, its float32 numbers rounded to float16, 11 significant bits.

    Loaded, it computes in float32. Each weight w differs by at most 2⁻¹¹ |w|, where |w| ≥ 6.1e-5, else by 3e-8.

    Args:
        model: A Keras model of float32 weights.
        path: File ending in .keras.

    Raises:
        ValueError: If a weight is no number, or beyond float16's largest, 65504.
    """
    with tempfile.TemporaryDirectory() as folder, files.whole(path) as partial:
        full = Path(folder, "model.keras")
        model.save(full)
        with zipfile.ZipFile(full) as source, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                content = source.read(name)
                target.writestr(name, _in_half(content) if name == WEIGHTS else content)


def _in_half(content: bytes) -> bytes:
    """An HDF5 file with its float32 arrays in float16, in memory."""
    halved = io.BytesIO()
    with h5py.File(io.BytesIO(content), "r") as source, h5py.File(halved, "w") as target:
        _copy(source, target)
    return halved.getvalue()


def _copy(source: h5py.Group, target: h5py.Group) -> None:
    target.attrs.update(source.attrs)
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            _copy(item, target.create_group(name))
        else:
            target.create_dataset(name, data=_rounded(item[()], item.name)).attrs.update(item.attrs)


def _rounded(values: np.ndarray, name: str) -> np.ndarray:
    values = np.asarray(values)
    if values.dtype != np.float32:
        return values
    with np.errstate(over="ignore"):
        halved = values.astype(np.float16)
    if not np.isfinite(halved).all():
        raise ValueError(f"`model` should have weights that float16 holds. Received: {np.abs(values).max()} in {name}")
    return halved
