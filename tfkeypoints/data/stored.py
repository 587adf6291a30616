"""Examples that stay on disk: of a data set larger than the memory, each is read and decoded when it is asked for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.data.joining import check_joinable, joined
from tfkeypoints.data.pipeline import record_offsets, selection

if TYPE_CHECKING:
    import tensorflow_datasets as tfds


CAMERAS = ("intrinsics", "extrinsics")
INDEXED = 1024
"""Examples of which the places are read at a time."""


class StoredExamples(Mapping):
    """What `sampling.in_memory` loads, but for that the images stay in the data set's record files.

    As there, names are mapped to values `[N, V, ...]`, in the same order. Cameras are in memory; of all else a slice,
    such as `stored["image"][:12]`, reads the examples that it is asked for. An example takes 100 bytes a view of
    memory, for its cameras, and 12 bytes for the place of each of its records.

    Args:
        builder: Of a data set in TFRecord files, built.
        split: Which split.
        num_views, labels: As for `in_memory`.

    Raises:
        ValueError: If the first example is not a valid one or lacks a key, a file is cut short, or the examples cannot
            be joined to `num_views`.
        tf.errors.InvalidArgumentError: While reading, at an example that is not valid. The message says what
            `check_example` found.
    """

    def __init__(
        self, builder: "tfds.core.DatasetBuilder", split: str, num_views: int | None = None, labels: Sequence[str] = ()
    ) -> None:
        features = builder.info.features
        self._views, self._labels = features["image"].shape[0], tuple(labels)
        check_joinable(features, num_views, self._views)
        wanted = self._views if num_views is None else num_views
        joins = wanted != self._views
        index = _index(builder, split, ("instance",) if joins else ())
        count = len(index["offset"])
        order = joined(index["instance"], wanted, self._views) if joins else np.arange(count)
        self._order = order.reshape(-1, wanted // self._views)
        self._files, self._file, self._offset = (
            tf.constant(index["files"]),
            tf.constant(index["file"][self._order]),
            tf.constant(index["offset"][self._order]),
        )
        keys = (*CAMERA_KEYS, *labels)
        self._features = _some(features, {*keys, "instance"} & set(features))
        first = self._decoded(self._file[0, 0], self._offset[0, 0])
        self._select = selection({name: value.numpy() for name, value in first.items()}, keys)
        cameras = {name: _joined_views(index[name][self._order]) for name in CAMERAS}
        spec = tf.data.Dataset.range(1).map(self.at).element_spec
        self._columns = {name: cameras.get(name, _Column(self, name, spec[name])) for name in keys}

    def __getitem__(self, name: str) -> "_Column | tf.Tensor":
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def at(self, place: tf.Tensor) -> dict[str, tf.Tensor]:
        """Reads the example `[V, ...]` at a place from 0 to N - 1; for a graph."""
        parts = [
            self._select(self._decoded(file, offset))
            for file, offset in zip(tf.unstack(self._file[place]), tf.unstack(self._offset[place]), strict=True)
        ]
        first = parts[0]
        return {
            name: value if name in self._labels else tf.concat([part[name] for part in parts], 0)
            for name, value in first.items()
        }

    def _decoded(self, file: tf.Tensor, offset: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._features.deserialize_example(_record(self._files[file], offset))


class _Column:
    """The values of one key, `[N, ...]`, of which slices are read."""

    def __init__(self, examples: StoredExamples, name: str, spec: tf.TensorSpec) -> None:
        self._examples, self._name = examples, name
        self.shape = tf.TensorShape([len(examples._order)]).concatenate(spec.shape)
        self.dtype = spec.dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, some: slice) -> tf.Tensor:
        places = tf.range(len(self), dtype=tf.int64)[some]
        read = tf.data.Dataset.from_tensor_slices(places).map(lambda place: self._examples.at(place)[self._name])
        return next(iter(read.batch(len(places))))


def _joined_views(values: np.ndarray) -> tf.Tensor:
    """`[N, R, V, ...]` to `[N, R * V, ...]`."""
    return tf.constant(values.reshape(len(values), -1, *values.shape[3:]))


def _record(path: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
    """The record that begins at a byte of a TFRecord file; its checksum is compared."""
    variant = tf.raw_ops.TFRecordDatasetV2(
        filenames=path[None], compression_type="", buffer_size=tf.constant(0, tf.int64), byte_offsets=offset[None]
    )
    records = tf.data.experimental.from_variant(variant, tf.TensorSpec([], tf.string))
    return records.take(1).get_single_element()


def _some(features: "tfds.features.FeaturesDict", names: Iterable[str]) -> "tfds.features.FeaturesDict":
    """The features of some keys."""
    import tensorflow_datasets as tfds

    return tfds.decode.PartialDecoding(names).extract_features(features)


def _index(builder: "tfds.core.DatasetBuilder", split: str, keys: Sequence[str]) -> dict[str, Any]:
    """Reads cameras, further `keys`, and the places of all examples, in the order in which `data.load` reads them.

    Returns:
        Dict of arrays `[N, ...]`: the cameras, `keys`, `file` and `offset`, where an example's record begins; and
        `files`, the paths that `file` counts.
    """
    import tensorflow_datasets as tfds

    offsets = record_offsets(builder, split)
    names = np.array([path.rpartition("/")[2].encode() for path in offsets])
    order = np.argsort(names)
    begins = list(offsets.values())
    read = builder.as_dataset(
        split=split,
        decoders=tfds.decode.PartialDecoding({*CAMERAS, *keys}),
        read_config=tfds.ReadConfig(try_autocache=False, add_tfds_id=True),
    )
    parts: dict[str, list] = {}
    for batch in read.batch(INDEXED).as_numpy_iterator():
        name, _, number = np.char.rpartition(batch.pop("tfds_id").astype("S"), b"__").T
        file = order[np.searchsorted(names, name, sorter=order)]
        places = zip(file.tolist(), number.astype(np.int64).tolist(), strict=True)
        batch["file"] = file.astype(np.int32)
        batch["offset"] = np.array([begins[file][number] for file, number in places], np.int64)
        for key, values in batch.items():
            parts.setdefault(key, []).append(values)
    return {"files": list(offsets), **{key: np.concatenate(values) for key, values in parts.items()}}
