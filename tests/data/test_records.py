"""Tests of the check of TFRecord files, on files that TensorFlow wrote."""

import pytest
import tensorflow as tf

from tfkeypoints.data.records import check_record_file


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "objects.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for length in (0, 5, 70_000):
            writer.write(b"x" * length)
    return path


def test_complete_file_passes(path):
    check_record_file(path, 3)


@pytest.mark.parametrize("lost_bytes", [1, 4, 70_000, 70_016, 70_020])
def test_truncated_file_is_named(path, lost_bytes):
    path.write_bytes(path.read_bytes()[:-lost_bytes])
    with pytest.raises(ValueError, match=r"objects\.tfrecord is truncated.*must hold 3 records"):
        check_record_file(path, 3)


def test_file_with_other_bytes_is_named(path):
    path.write_bytes(b"not a record file, but something else")
    with pytest.raises(ValueError, match=r"objects\.tfrecord is truncated or damaged"):
        check_record_file(path, 3)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"gone\.tfrecord is missing"):
        check_record_file(tmp_path / "gone.tfrecord", 3)
