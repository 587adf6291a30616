"""What was found is on disk chunk by chunk, and is taken up only by the same prediction."""

import numpy as np
import pytest

from tfkeypoints.inference.chunks import Chunks, shared_size
from tfkeypoints.inference.tracks import FIELDS


def test_chunks_come_back_in_order_in_whichever_they_were_written(tmp_path, make_tracks):
    folder = tmp_path / "out" / "unfinished"
    with Chunks(folder, {"model": "a"}, 13, size=5) as chunks:
        assert (len(chunks), chunks.frames, chunks.missing) == (3, 0, [0, 1, 2])
        assert not folder.exists()
        chunks.write(2, make_tracks(3, 10))
        chunks.write(0, make_tracks(5))
        assert chunks.video(2) == folder / "000002.mp4"
        assert [chunks.frames_of(number) for number in range(3)] == [range(5), range(5, 10), range(10, 13)]
    again = Chunks(folder, {"model": "a"}, 13, size=7)  # what is kept decides
    assert (len(again), again.frames, again.missing) == (3, 8, [1])
    again.write(1, make_tracks(5, 5))
    assert again.missing == [] and again.frames == 13
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(again[1], name), getattr(make_tracks(5, 5), name))
        parts = [getattr(part, name) for part in again]
        np.testing.assert_array_equal(np.concatenate(parts), getattr(make_tracks(13), name))
    again.remove()
    assert not folder.exists()


def test_chunks_of_another_plan_are_removed_and_not_added_to(tmp_path, make_tracks):
    with Chunks(tmp_path / "unfinished", {"model": "a"}, 5) as old:
        old.write(0, make_tracks(5))
    with Chunks(tmp_path / "unfinished", {"model": "b"}, 5) as new:
        assert new.frames == 0
        new.write(0, make_tracks(5))
    with pytest.raises(ValueError, match="one prediction at a time"):
        old.write(0, make_tracks(5))
    assert Chunks(tmp_path / "unfinished", {"model": "a"}, 5).frames == 0


def test_a_failure_before_the_first_chunk_leaves_nothing_and_one_behind_it_keeps_it(tmp_path, make_tracks):
    folder = tmp_path / "unfinished"

    def fail(tracks):
        with Chunks(folder, {}, 4, size=2) as chunks:
            for number, each in enumerate(tracks):
                chunks.write(number, each)
            folder.mkdir(exist_ok=True)
            chunks.video(len(tracks)).write_bytes(b"begun")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail([])
    assert not folder.exists()
    with pytest.raises(RuntimeError):
        fail([make_tracks(2)])
    assert Chunks(folder, {}, 4, size=2).frames == 2


@pytest.mark.parametrize(
    ("count", "workers", "least", "size"),
    [(100, None, 64, 512), (100_000, 2, 64, 512), (1100, 2, 64, 128), (9, 4, 64, 64), (9, 4, 128, 128)],
)
def test_workers_share_few_frames_too(count, workers, least, size):
    assert shared_size(count, workers, least) == size


def test_parts_are_as_long_whatever_the_size_of_chunks(tmp_path, make_tracks):
    with Chunks(tmp_path / "unfinished", {}, 700, size=64) as chunks:
        for number in chunks.missing:
            times = chunks.frames_of(number)
            chunks.write(number, make_tracks(len(times), times.start))
        assert [len(part) for part in chunks] == [512, 188]
