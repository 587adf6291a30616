import os

import numpy as np
import pytest

from tfkeypoints import files


def test_a_file_appears_only_when_it_is_whole(tmp_path):
    path = tmp_path / "new" / "numbers.weights.h5"
    with files.whole(path) as partial:
        partial.write_text("half")
        assert not path.exists()
        assert partial.name.endswith(".weights.h5")
    assert path.read_text() == "half"
    assert os.listdir(path.parent) == ["numbers.weights.h5"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail():
        with files.whole(path) as partial:
            partial.write_text("new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_failed_folder_is_removed(tmp_path):
    def fail():
        with files.whole(tmp_path / "model") as partial:
            partial.mkdir()
            (partial / "weights").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert os.listdir(tmp_path) == []


def test_json_comes_back_with_numpy_scalars_as_numbers(tmp_path):
    files.write_json(tmp_path / "a.json", {"error": np.float64(1.5), "count": np.int32(3)})
    assert files.read_json(tmp_path / "a.json") == {"error": 1.5, "count": 3}


def test_broken_json_is_named(tmp_path):
    (tmp_path / "a.json").write_text('{"a": ')
    with pytest.raises(ValueError, match=r"a\.json"):
        files.read_json(tmp_path / "a.json")
