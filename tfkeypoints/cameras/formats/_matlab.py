"""MAT-files into dicts, lists, numbers and text: versions 5 to 7, and 7.3 (HDF5) by h5py."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints.cameras.formats import _mat5
from tfkeypoints.cameras.source import Source

if TYPE_CHECKING:
    import h5py


HEADS = {b"MATLAB 5.0 MAT-file": "5", b"MATLAB 7.3 MAT-file": "7.3"}


def is_matlab(source: Source) -> bool:
    """Whether the source is a MAT-file."""
    return _version(source) is not None


def read(source: Source, names: Sequence[str]) -> dict[str, Any]:
    """Reads those of the variables that are there; rows and columns become lists.

    Raises:
        ValueError: If the file is damaged.
    """
    try:
        return _mat5.read(source.data, names) if _version(source) == "5" else _read_hdf5(source, names)
    except Exception as error:  # h5py raises what the bytes make it stumble over
        raise ValueError(f"{source} should be a whole MAT-file. Received: {type(error).__name__}: {error}") from error


def _version(source: Source) -> str | None:
    return next((version for head, version in HEADS.items() if source.head.startswith(head)), None)


def _read_hdf5(source: Source, names: Sequence[str]) -> dict[str, Any]:
    import h5py

    with h5py.File(source.path, "r") as file:
        return {name: _plain(_value(file, file[name])) for name in names if name in file}


def _value(file: "h5py.File", node: "h5py.Group | h5py.Dataset") -> Any:
    """An HDF5 node as MATLAB writes it: groups are structs, references cells, 16-bit numbers may be text."""
    import h5py

    if isinstance(node, h5py.Group):
        return {key: _value(file, each) for key, each in node.items()}
    content = node[()]
    if node.dtype == h5py.ref_dtype:
        return [_value(file, file[each]) for each in np.ravel(content)]
    if node.attrs.get("MATLAB_class") == b"char":
        return "".join(map(chr, np.ravel(content)))
    return np.squeeze(np.transpose(content))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object):
        return [_plain(each) for each in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
