"""Reads the files of the authors' KeypointNet data: records of pairs of views, the projection, the lists of splits."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfkeypoints.data.example import check_example
from tfkeypoints.geometry import camera

PROJECTION = "projection.txt"
FRAME_BYTES = 16
"""What a TFRecord file holds beside each record: its length and two checksums."""

FEATURES = {
    **{f"img{view}": tf.io.FixedLenFeature([], tf.string) for view in range(2)},
    **{f"mv{view}": tf.io.FixedLenFeature([16], tf.float32) for view in range(2)},
}
"""What is read of a record. `mvi0` and `mvi1`, the inverses of the matrices, are not needed."""

LISTS = {"train": "train.txt", "validation": "dev.txt", "test": "test.txt"}
"""Split to the file that lists its TFRecords, a name without ending a line."""


def read_projection(path: Path) -> np.ndarray:
    """Reads `projection.txt`: OpenGL's projection, 4 × 4, rows as lines.

    A matrix for row vectors, with (0, 0, -1, 0) as its last column, is transposed.

    Returns:
        `[4, 4]` float64, for column vectors.

    Raises:
        ValueError: If the file is not there or holds no such matrix.
    """
    try:
        projection = np.loadtxt(path)
    except (OSError, ValueError) as error:
        raise ValueError(f"`manual_dir` must hold projection.txt, four lines of four numbers: {error}") from None
    if projection.shape != (4, 4):
        raise ValueError(f"`manual_dir` must hold four lines of four numbers in {path}. Received: {projection.shape}")
    turned = np.allclose(projection[:, 3], (0, 0, -1, 0)) and not np.allclose(projection[3], (0, 0, -1, 0))
    projection = projection.T if turned else projection
    try:
        camera.from_opengl(projection, np.eye(4))
    except ValueError as error:
        raise ValueError(f"`manual_dir` must hold a camera's matrix in {path}: {error}") from None
    return projection


def read_splits(
    folder: Path, seed: int, deal: Callable[[list[tuple[str, Path]], int], dict[str, list[tuple[str, Path]]]]
) -> tuple[dict[str, list[tuple[str, Path]]], list[str]]:
    """Deals the TFRecords of a folder to splits: by its lists, if there are any, otherwise by chance.

    As in the original's code, what dev.txt and test.txt don't list is trained on, unless there is a train.txt.

    Args:
        folder: `pathlib.Path`.
        seed: Of the deal without lists.
        deal: Function of a list of (name, path) and a seed that deals them by chance.

    Returns:
        Split to list of (name, path); files that no list names, sorted.

    Raises:
        ValueError: If a split would be empty, or a file is in two.
    """
    files = {path.name.removesuffix(".tfrecord"): path for path in sorted(folder.glob("*.tfrecord"))}
    if len(files) < len(LISTS):
        raise ValueError(
            f"`manual_dir` must hold .tfrecord files, one for each split at least. Received: {folder} with {len(files)}"
        )
    listed = {
        split: set((folder / name).read_text().split()) for split, name in LISTS.items() if (folder / name).is_file()
    }
    if not listed:
        return deal(list(files.items()), seed), []
    listed.setdefault("train", files.keys() - listed.get("validation", set()) - listed.get("test", set()))
    for one, other in (("train", "validation"), ("train", "test"), ("validation", "test")):
        both = sorted(listed.get(one, set()) & listed.get(other, set()))
        if both:
            raise ValueError(
                f"`manual_dir` must have each file in one list. Received: {both[0]} in {LISTS[one]} and {LISTS[other]}"
            )
    members = {split: [(name, files[name]) for name in files if name in listed.get(split, ())] for split in LISTS}
    for split, found in members.items():
        if not found:
            raise ValueError(
                f"`manual_dir` must hold a .tfrecord that {LISTS[split]} lists. Received: {folder}, where that lists "
                f"{sorted(listed.get(split, ()))[:3]}"
            )
    return members, sorted(files.keys() - set.union(*listed.values()))


def read_pairs(
    path: Path, projection: np.ndarray, image_size: int, every: int = 1
) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Reads the pairs of views of a TFRecord as examples.

    Args:
        path: The file.
        projection: `[4, 4]`, see `read_projection`.
        image_size: Height and width that the images must have.
        every: Of so many pairs, the first is read.

    Yields:
        The number of the record in the file, and an example; None where a view shows nothing at all.

    Raises:
        ValueError: If the file is broken, or a record is no pair of views. The message names both.
    """
    size = 0
    try:
        for number, record in enumerate(tf.data.TFRecordDataset(str(path)).as_numpy_iterator()):
            size += len(record) + FRAME_BYTES
            if number % every:
                continue
            try:
                yield number, _example(record, projection, image_size)
            except (ValueError, tf.errors.InvalidArgumentError) as error:
                reason = getattr(error, "message", str(error)).splitlines()[0]
                raise ValueError(
                    f"`manual_dir` must hold pairs of views. Record {number} of {path}: {reason}"
                ) from None
    except tf.errors.DataLossError as error:
        raise ValueError(f"`manual_dir` must hold whole files. {path}: {_reason(error)}") from None
    if size != os.path.getsize(path):  # TensorFlow says nothing of a file that ends within a record's first 12 bytes
        raise ValueError(f"`manual_dir` must hold whole files. {path} ends within a record, after {size} bytes")


def _example(record: tf.Tensor, projection: np.ndarray, image_size: int) -> dict[str, Any] | None:
    """One record as an example; None where a view shows nothing."""
    fields = tf.io.parse_single_example(record, FEATURES)
    images = [tf.io.decode_png(fields[f"img{view}"], channels=4).numpy() for view in range(2)]
    for each in images:
        if each.shape[:2] != (image_size, image_size):
            raise ValueError(f"`image_size` must be that of its images. Received: {image_size}, for {each.shape[:2]}")
    image = np.stack(images)
    if not image[..., 3].any((1, 2)).all():
        return None
    # Written row by row, for column vectors: what the original's graph transposes it for are row vectors.
    views = np.stack([fields[f"mv{view}"].numpy().reshape(4, 4) for view in range(2)])
    intrinsics, extrinsics = camera.from_opengl(np.stack([projection, projection]), np.float64(views))
    example = {
        "image": image,
        "intrinsics": intrinsics.numpy().astype(np.float32),
        "extrinsics": extrinsics.numpy().astype(np.float32),
    }
    check_example(example)
    return example


def _reason(error: Exception) -> str:
    """What an error says, without the node that TensorFlow puts before and the trace that it puts behind."""
    return getattr(error, "message", str(error)).splitlines()[0].rpartition("}} ")[2]
