"""Decides whether the examples of a training are kept in memory, or stay on disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import tensorflow as tf

from tfkeypoints import data, workers
from tfkeypoints.arguments import check_positive
from tfkeypoints.data import builders
from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.data.sampling import in_memory
from tfkeypoints.data.stored import StoredExamples
from tfkeypoints.memory import available_memory

SHARE = 3
"""Examples in memory may take one part in so many of what is available: the rest is for the training, and for programs
beside it. Each of several workers on one machine takes them."""
GIB = 2**30


def hold(
    name: str,
    split: str,
    data_dir: str | Path | None = None,
    num_views: int | None = None,
    labels: Sequence[str] = (),
    extras: Sequence[str] = (),
    limit: float | None = None,
) -> Mapping:
    """A split to train on: in memory where the training's splits fit, else on disk; says which.

    Training draws the same batches from both.

    Args:
        name, data_dir: Of the data set, built when absent.
        split: "train" or "validation".
        num_views, labels: As for `in_memory`.
        extras: Further labels, of examples that have them.
        limit: GiB that the examples of both splits may take in memory, > 0; None: a third of what is available.

    Returns:
        A dict from `in_memory`, or `StoredExamples`.

    Raises:
        ValueError: If `limit` is not positive, or what `in_memory` or `StoredExamples` raises.
    """
    import tensorflow_datasets as tfds

    if limit is not None:
        check_positive(data_memory=limit)
    examples = data.load(name, split, data_dir=data_dir)
    labels = (*labels, *(key for key in extras if key in examples.element_spec))
    builder = builders.open_builder(name, data_dir)
    bytes_each = _size(examples, (*CAMERA_KEYS, *labels))
    splits = builder.info.splits
    together = {split, *({"train", "validation"} & set(splits))}
    sizes = {each: splits[each].num_examples * bytes_each for each in together}
    if limit is not None:
        most, reason = limit * GIB, "given"
    else:
        available, parts = available_memory(), SHARE * workers.on_this_machine()
        part = "a third" if parts == SHARE else f"one part in {parts}"
        most = float("inf") if available is None else available / parts
        reason = f"{part} of the {parts * most / GIB:.1f} GiB available"
    told = f"{split}: {len(examples)} examples of {sizes[split] / GIB:.3g} GiB"
    if split in fitting(sizes, most):
        print(f"{told} in memory")
        return in_memory(examples, num_views, labels)
    if builder.info.file_format != tfds.core.FileFormat.TFRECORD:
        raise ValueError(
            f"The examples of {name} would take {sizes[split] / GIB:.3g} GiB of memory, of {most / GIB:.3g} GiB that "
            "they may, and only data sets in TFRecord files can stay on disk: build it as such, or give `data_memory`. "
            f"Received: {builder.info.file_format.value} files, data_memory={limit}"
        )
    print(f"{told} stay on disk, read as they are needed: {most / GIB:.3g} GiB may be taken ({reason})")
    return StoredExamples(builder, split, num_views, labels)


def fitting(sizes: Mapping[str, float], most: float) -> set[str]:
    """The splits that fit into memory together, the smallest first.

    Args:
        sizes: Bytes of each split.
        most: Bytes that they may take.

    Example:
        >>> sorted(fitting({"train": 80, "validation": 10}, 85))
        ['validation']
    """
    kept, total = set(), 0.0
    for split in sorted(sizes, key=sizes.__getitem__):
        total += sizes[split]
        if total <= most:
            kept.add(split)
    return kept


def _size(examples: tf.data.Dataset, keys: Sequence[str]) -> int:
    """Bytes that the first example takes in memory."""
    first: dict[str, tf.Tensor] = next(iter(examples.take(1)), {})
    return sum(first[key].numpy().nbytes for key in keys if key in first)
