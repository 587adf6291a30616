import shutil

import numpy as np
import pytest

from tests.originals.checkpoints import write_checkpoint
from tfkeypoints.originals import read_checkpoint

OLDER = {"scope/weights": np.float32([[1, 2], [3, 4]]), "global_step": np.int64(7)}
NEWER = {**OLDER, "scope/weights": np.float32([[5, 6], [7, 8]]), "global_step": np.int64(9)}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "model_dir"
    folder.mkdir()
    for variables in (OLDER, NEWER):
        write_checkpoint(variables, folder / "model.ckpt")
    return folder


def assert_read(path, expected):
    found = read_checkpoint(path)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


def test_a_prefix_an_index_file_and_a_folder_are_read(folder):
    assert_read(folder / "model.ckpt-7", OLDER)
    assert_read(f"{folder}/model.ckpt-7.index", OLDER)
    assert_read(folder, NEWER)


def test_a_folder_that_was_moved_is_read(folder, tmp_path):
    state = folder / "checkpoint"
    state.write_text(f'model_checkpoint_path: "/gone/model_dir/model.ckpt-7"\n{state.read_text().splitlines()[1]}\n')
    assert_read(shutil.move(folder, tmp_path / "elsewhere"), OLDER)


@pytest.mark.parametrize("name", ["model.ckpt-8", "model.ckpt-8.index", "model.ckpt", "nothing/model.ckpt-7"])
def test_a_checkpoint_that_is_not_there_is_named(folder, name):
    with pytest.raises(ValueError, match=f"there is no .*{name.removesuffix('.index')}.index. Received: .*{name}"):
        read_checkpoint(folder / name)


def test_a_folder_without_checkpoint_is_told_as_such(tmp_path):
    with pytest.raises(ValueError, match=f"a folder with a file named checkpoint .*Received: {tmp_path}"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize("broken", ["data is gone", "data is cut", "index is cut", "index is text"])
def test_a_broken_checkpoint_is_an_error_that_names_it(folder, broken):
    data, index = folder / "model.ckpt-7.data-00000-of-00001", folder / "model.ckpt-7.index"
    if broken == "data is gone":
        data.unlink()
    elif broken == "index is text":
        index.write_text("no table " * 20)
    else:
        path = data if broken == "data is cut" else index
        path.write_bytes(path.read_bytes()[:10])
    with pytest.raises(ValueError, match=r"`checkpoint` should be whole, .*model.ckpt-7.index"):
        read_checkpoint(folder / "model.ckpt-7")
