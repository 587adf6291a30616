"""Writes record files whose bytes follow from the examples alone."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds
from tensorflow_datasets.proto import tf_example_pb2


class SortedExampleWriter(tfds.core.ExampleWriter):
    """Writes examples with their features sorted by name.

    A `tf.train.Example` is a map of features, which protobuf serializes in an order that changes from process to
    process. Sorted, two builds of the same examples give files of the same bytes.
    """

    def write(self, path: str | Path, examples: Iterable[tuple[int | str | bytes, bytes]]) -> Any:
        """Writes `examples`, pairs of a key and a serialized `tf.train.Example`, to a file."""
        return super().write(path, ((key, _sorted(serialized)) for key, serialized in examples))


def _sorted(serialized: bytes) -> bytes:
    return tf_example_pb2.Example.FromString(serialized).SerializeToString(deterministic=True)
