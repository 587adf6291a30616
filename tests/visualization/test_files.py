"""Pictures and animations on disk."""

import importlib.util

import numpy as np
import pytest
from PIL import Image, ImageSequence

from tfkeypoints.visualization import save_image, write_animation


def moving_square(frames=5, height=31, width=45):
    pictures = np.full((frames, height, width, 3), 240, np.uint8)
    for number in range(frames):
        pictures[number, 8:20, 4 + 6 * number : 16 + 6 * number] = [200, 30, 30]
    return pictures


def test_an_image_is_read_back_as_it_was_and_folders_are_made(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (9, 5, 3), np.uint8)
    path = save_image(tmp_path / "new" / "picture.png", picture)
    np.testing.assert_array_equal(np.array(Image.open(path)), picture)
    assert [each.name for each in path.parent.iterdir()] == ["picture.png"]


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_an_animation_holds_every_frame(tmp_path, suffix):
    if suffix == ".mp4":
        av = pytest.importorskip("av", reason="PyAV is not installed (extra `video`)")
    frames = moving_square()
    path = write_animation(tmp_path / f"turn{suffix}", frames, fps=10)
    assert path == tmp_path / f"turn{suffix}"
    if suffix == ".gif":
        pictures = [frame.convert("RGB") for frame in ImageSequence.Iterator(Image.open(path))]
    else:
        pictures = [frame.to_image() for frame in av.open(str(path)).decode(video=0)]
    read = np.stack([np.asarray(picture)[:31, :45] for picture in pictures])
    assert read.shape == frames.shape
    assert np.abs(read.astype(float) - frames).mean() < 8


def test_without_pyav_an_mp4_becomes_a_gif(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    path = write_animation(tmp_path / "turn.mp4", moving_square())
    assert path == tmp_path / "turn.gif"
    assert Image.open(path).n_frames == 5


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = save_image(tmp_path / "picture.png", np.zeros((4, 4, 3), np.uint8))

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        save_image(path, np.full((4, 4, 3), 255, np.uint8))
    assert not np.array(Image.open(path)).any()
    assert list(tmp_path.iterdir()) == [path]


def test_bad_input_is_named(tmp_path):
    with pytest.raises(ValueError, match="float64"):
        save_image(tmp_path / "a.png", np.zeros((4, 4, 3)))
    with pytest.raises(ValueError, match=r"\.mp4 or \.gif"):
        write_animation(tmp_path / "a.avi", moving_square())
    with pytest.raises(ValueError, match="fps=0"):
        write_animation(tmp_path / "a.gif", moving_square(), fps=0)
    with pytest.raises(ValueError, match="`frames`"):
        write_animation(tmp_path / "a.gif", moving_square()[0])
    assert not list(tmp_path.iterdir())
