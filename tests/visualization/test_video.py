"""Videos are written frame by frame and joined without a frame lost or moved."""

import numpy as np
import pytest

from tfkeypoints.visualization.video import join_videos, video_writer

av = pytest.importorskip("av", reason="PyAV is not installed (extra `video`)")


def film(path, values, size=(48, 64), fps=29.97):
    with video_writer(path, fps) as write:
        for value in values:
            write(np.full((*size, 3), value, np.uint8))
    return path


def values(path):
    """Value and time of each frame."""
    with av.open(str(path)) as container:
        return [(round(frame.to_ndarray(format="rgb24").mean()), frame.time) for frame in container.decode(video=0)]


def test_frames_come_back_in_order_at_their_rate(tmp_path):
    given = [20 + 5 * number for number in range(40)]
    read = values(film(tmp_path / "a.mp4", given))
    np.testing.assert_allclose([value for value, _ in read], given, atol=2)
    np.testing.assert_allclose([time for _, time in read], np.arange(40) / 29.97, atol=1e-4)


def test_odd_sides_are_filled_up(tmp_path):
    film(tmp_path / "a.mp4", [100], size=(47, 63))
    with av.open(str(tmp_path / "a.mp4")) as container:
        (frame,) = container.decode(video=0)
        assert (frame.width, frame.height) == (64, 48)
        assert np.abs(frame.to_ndarray(format="rgb24").astype(int) - 100).max() <= 3


@pytest.mark.parametrize("lengths", [(16, 16, 8), (1, 30, 1), (5,)])
def test_joined_videos_are_one_after_another(tmp_path, lengths):
    given = [20 + 5 * number for number in range(sum(lengths))]
    ends = np.cumsum(lengths)
    parts = [
        film(tmp_path / f"{end}.mp4", given[end - length : end]) for end, length in zip(ends, lengths, strict=True)
    ]
    join_videos(tmp_path / "all.mp4", parts, 29.97)
    read = values(tmp_path / "all.mp4")
    np.testing.assert_allclose([value for value, _ in read], given, atol=2)
    np.testing.assert_allclose([time for _, time in read], np.arange(len(given)) / 29.97, atol=1e-4)


def test_a_failure_leaves_no_file_and_neither_do_no_frames(tmp_path):

    def fail():
        yield 50
        raise RuntimeError

    with pytest.raises(RuntimeError):
        film(tmp_path / "a.mp4", fail())
    with pytest.raises(ValueError, match=r"a frame at the least.*a\.mp4"), video_writer(tmp_path / "a.mp4"):
        pass
    with pytest.raises(ValueError, match="fps=0"), video_writer(tmp_path / "a.mp4", 0):
        pass
    assert not list(tmp_path.iterdir())
