"""Tests that builds with the same options give files of the same bytes."""

import hashlib
import os
import subprocess
import sys

import tensorflow as tf
import tensorflow_datasets as tfds

from tfkeypoints.datasets.writer import SortedExampleWriter

SCRIPT = """
import sys
from tfkeypoints import data
few = {"image_size": 16, "num_views": 2, "train_instances": 2, "validation_instances": 1, "test_instances": 1}
data.build("rendered_objects/chairs_64", sys.argv[1], **few)
"""


def built(folder, hash_seed):
    """The digest of each record file that a process of its own builds."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    subprocess.run([sys.executable, "-c", SCRIPT, str(folder)], env=environment, check=True, capture_output=True)
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.tfrecord*")
    }


def test_two_builds_give_files_of_the_same_bytes(tmp_path):
    first, second = built(tmp_path / "a", "1"), built(tmp_path / "b", "2")
    assert len(first) == 3
    assert first == second


def test_features_lie_in_the_order_of_their_names(tmp_path):
    names = ["frame", "b", "image", "a", "instance", "c"]
    feature = {name: tf.train.Feature(int64_list=tf.train.Int64List(value=[place])) for place, name in enumerate(names)}
    example = tf.train.Example(features=tf.train.Features(feature=feature))
    path = str(tmp_path / "x.tfrecord")
    SortedExampleWriter(tfds.core.FileFormat.TFRECORD).write(
        path, [(0, example.SerializeToString()), (1, example.SerializeToString())]
    )
    for record in tf.data.TFRecordDataset(path).as_numpy_iterator():
        assert tf.train.Example.FromString(record) == example
        places = [record.index(b"\n" + bytes([len(name)]) + name.encode()) for name in sorted(names)]
        assert places == sorted(places)
