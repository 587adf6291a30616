"""What was found is on disk chunk by chunk, and is taken up only by the same prediction."""

import numpy as np
import pytest

from tfkeypoints.inference.chunks import Chunks
from tfkeypoints.inference.tracks import FIELDS


def test_chunks_come_back_in_order(tmp_path, make_tracks):
    folder = tmp_path / "out" / "unfinished"
    with Chunks(folder, {"model": "a"}) as chunks:
        assert (len(chunks), chunks.frames) == (0, 0)
        assert not folder.exists()
        chunks.append(make_tracks(5))
        chunks.append(make_tracks(3, 5))
        assert chunks.next_video == folder / "000002.mp4"
    again = Chunks(folder, {"model": "a"})
    assert (len(again), again.frames) == (2, 8)
    assert again.videos == [folder / "000000.mp4", folder / "000001.mp4"]
    for tracks, expected in zip(again, (make_tracks(5), make_tracks(3, 5)), strict=True):
        for name in FIELDS:
            np.testing.assert_array_equal(getattr(tracks, name), getattr(expected, name))
    np.testing.assert_array_equal(again[-1].keypoints, again[1].keypoints)
    again.remove()
    assert not folder.exists()


def test_chunks_of_another_plan_are_removed(tmp_path, make_tracks):
    with Chunks(tmp_path / "unfinished", {"model": "a"}) as chunks:
        chunks.append(make_tracks(5))
    assert Chunks(tmp_path / "unfinished", {"model": "b"}).frames == 0
    assert Chunks(tmp_path / "unfinished", {"model": "a"}).frames == 0


def test_a_failure_before_the_first_chunk_leaves_nothing_and_one_behind_it_keeps_it(tmp_path, make_tracks):
    folder = tmp_path / "unfinished"

    def fail(tracks):
        with Chunks(folder, {}) as chunks:
            for each in tracks:
                chunks.append(each)
            folder.mkdir(exist_ok=True)
            chunks.next_video.write_bytes(b"begun")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail([])
    assert not folder.exists()
    with pytest.raises(RuntimeError):
        fail([make_tracks(2)])
    assert Chunks(folder, {}).frames == 2
