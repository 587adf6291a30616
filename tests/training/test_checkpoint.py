import numpy as np
import pytest

from tfkeypoints.training.checkpoint import Checkpoint


def test_the_newest_state_comes_back_and_older_ones_are_gone(tmp_path):
    checkpoint = Checkpoint(tmp_path / "checkpoints", "epoch")
    assert checkpoint.newest() == 0
    many = [np.full(n % 3 + 1, n) for n in range(12)]  # the order of names is not that of numbers
    checkpoint.save(9, many)
    checkpoint.save(10, many[::-1], {"seconds": 1.5})
    assert checkpoint.newest() == 10 and len(list(checkpoint.folder.iterdir())) == 1
    arrays, state = checkpoint.load()
    assert state == {"seconds": 1.5}
    for found, expected in zip(arrays, many[::-1], strict=True):
        np.testing.assert_array_equal(found, expected)


def test_what_was_not_written_to_the_end_does_not_count(tmp_path):
    checkpoint = Checkpoint(tmp_path, "epoch")
    checkpoint.save(1, [np.zeros(2)])
    (tmp_path / ".123.epoch_00002.npz").write_bytes(b"half")
    assert checkpoint.newest() == 1 and checkpoint.load()[1] is None


def test_a_folder_without_a_state_is_refused(tmp_path):
    with pytest.raises(ValueError, match="should hold a checkpoint"):
        Checkpoint(tmp_path, "update").load()
