"""From a data set on disk to batches for `model.fit`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from tfkeypoints.data.builders import build as build_dataset
from tfkeypoints.data.builders import dataset_info, is_built, open_builder, with_folder
from tfkeypoints.data.example import CAMERA_KEYS, check_example
from tfkeypoints.data.records import check_record_file

if TYPE_CHECKING:
    import tensorflow_datasets as tfds


def load(
    name: str,
    split: str = "train",
    data_dir: str | Path | None = None,
    build: bool = True,
    manual_dir: str | Path | None = None,
    keep_data: bool = False,
    **options: Any,
) -> tf.data.Dataset:
    """Reads a data set, and builds it first if it is not there.

    Args:
        name: `"NAME/CONFIG"`, such as `"rendered_objects/chairs_64"`.
        split: `"train"`, `"validation"`, `"test"`, or TFDS' slices such as `"train[:10%]"`.
        data_dir: Where data sets live; TFDS' default (`~/tensorflow_datasets`) if None.
        build: Whether an absent data set is built; with False it is an error.
        manual_dir, keep_data: Folder of the user's own files, and whether to use the data set as it was built although
            these have changed; see `data.build`.
        **options: Fields of the config to change, see `data.build`.

    Returns:
        `tf.data.Dataset` of unbatched examples (see `check_example`), always in the same order.

    Raises:
        ValueError: If the data set is unknown or absent, or one of its record files is missing or cut short.

    Example:
        >>> train = batches(load("rendered_objects/chairs_64"), batch_size=16, repeat=True)
    """
    import tensorflow_datasets as tfds

    if not build and not is_built(open_builder(name, data_dir, **with_folder(name, manual_dir, options))):
        raise ValueError(f"The data set is not in data_dir={data_dir}; build=True makes it. Received: name={name!r}")
    builder = build_dataset(name, data_dir, manual_dir, keep_data, **options)
    if builder.info.file_format == tfds.core.FileFormat.TFRECORD:
        record_offsets(builder, split)
    return builder.as_dataset(split=split, read_config=tfds.ReadConfig(try_autocache=False))


def record_offsets(builder: "tfds.core.DatasetBuilder", split: str) -> dict[str, np.ndarray]:
    """Where the records of a split begin in its files.

    Returns:
        Dict of path to byte offsets `[R]`, int64.

    Raises:
        ValueError: If a file is missing or cut short.
    """
    offsets = {}
    for file in builder.info.splits[split].file_instructions:
        try:
            offsets[file.filename] = check_record_file(file.filename, file.examples_in_shard)
        except ValueError as error:
            raise ValueError(
                f"{error}. Delete the folder {builder.data_dir} and load it again: it is built anew"
            ) from None
    return offsets


def scene_at_rest(name: str, data_dir: str | Path | None = None) -> tf.Tensor | None:
    """What the cameras of a moving scene see of it at rest, `[V, H, W, C]`; None if the data set has no such frame."""
    if "background" not in dataset_info(name, data_dir).splits:
        return None
    return next(iter(load(name, "background", data_dir=data_dir)))["image"]


def batches(
    dataset: tf.data.Dataset,
    batch_size: int,
    shuffle_buffer: int | None = None,
    seed: int = 0,
    repeat: bool = False,
    keys: Sequence[str] = CAMERA_KEYS,
    cache: bool = True,
) -> tf.data.Dataset:
    """Checks, shuffles and batches examples.

    The first pass checks each example and keeps it in memory as it is stored (uint8); later passes neither read nor
    decode anything. The order is fixed by `seed`, and another one in each pass.

    Args:
        dataset: `tf.data.Dataset` of unbatched examples, from `load` or the user's own.
        batch_size: Examples a batch.
        shuffle_buffer: Number of examples to shuffle among. None: the whole data set; 0: keep the order.
        seed: Seed of the order.
        repeat: Whether to go on without end; then each batch is full. Otherwise the last one may be smaller.
        keys: What a batch holds. Models are trained on the default.
        cache: Whether to keep the examples in memory. Turn it off, and give a `shuffle_buffer`, for a data set larger
            than the memory.

    Returns:
        `tf.data.Dataset` of dicts, `[batch_size, ...]` each, prefetched.

    Raises:
        ValueError: If the data set is empty, its first example is not a valid one, or lacks a key.
        tf.errors.InvalidArgumentError: While iterating, at an example that is not valid or differs in shape from the
            first (such as another number of views). The message says what `check_example` found.
    """
    if batch_size < 1:
        raise ValueError(f"`batch_size` must be at least 1. Received: batch_size={batch_size}")
    dataset = _checked(dataset, keys)
    if shuffle_buffer is None:
        shuffle_buffer = _num_examples(dataset)
    if cache:
        dataset = dataset.cache()
    if shuffle_buffer:
        dataset = dataset.shuffle(shuffle_buffer, seed=seed, reshuffle_each_iteration=True)
    if repeat:
        dataset = dataset.repeat()
    return dataset.batch(batch_size, drop_remainder=repeat).prefetch(tf.data.AUTOTUNE)


def _checked(dataset: tf.data.Dataset, keys: Sequence[str]) -> tf.data.Dataset:
    """Keeps only `keys`, of valid examples, with the static shapes of the first one."""
    first = next(dataset.take(1).as_numpy_iterator(), None)
    if first is None:
        raise ValueError("`dataset` must hold at least one example. Received: an empty data set")
    return dataset.map(selection(first, keys), num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def selection(
    first: Mapping[str, np.ndarray], keys: Sequence[str]
) -> Callable[[Mapping[str, tf.Tensor]], dict[str, tf.Tensor]]:
    """Returns a function, for `tf.data`, that checks an example and keeps some of its keys.

    Args:
        first: An example of NumPy arrays, whose shapes all must have.
        keys: What to keep.

    Raises:
        ValueError: If `first` is not a valid example, or lacks a key.
    """
    check_example(first)
    missing = [key for key in keys if key not in first]
    if missing:
        raise ValueError(f"`keys` must be among {sorted(first)}. Received: {missing}")
    shapes = {key: np.shape(first[key]) for key in keys}
    names = sorted(first)

    def check(*values: np.ndarray) -> None:
        example = dict(zip(names, values, strict=True))
        try:
            check_example(example)
            _check_shapes(example, shapes)
        except ValueError as error:
            where = f" in instance {example['instance']}" if "instance" in example else ""
            raise ValueError(f"{error}{where}") from None

    def select(example: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        checked = tf.numpy_function(check, [example[name] for name in names], Tout=[])
        with tf.control_dependencies([checked]):
            return {key: tf.ensure_shape(tf.identity(example[key]), shapes[key]) for key in keys}

    return select


def _check_shapes(example: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]]) -> None:
    for key, shape in shapes.items():
        if np.shape(example[key]) != shape:
            raise ValueError(
                f"`{key}` must have the same shape in all examples (number of views included), {shape} as in the "
                f"first. Received: {np.shape(example[key])}"
            )


def _num_examples(dataset: tf.data.Dataset) -> int:
    """The number of examples, counted if it is not known."""
    known = int(dataset.cardinality())
    if known == tf.data.INFINITE_CARDINALITY:
        raise ValueError("`shuffle_buffer` must be given for an endless `dataset`. Received: shuffle_buffer=None")
    return known if known >= 0 else int(dataset.reduce(np.int64(0), lambda count, _: count + 1))
