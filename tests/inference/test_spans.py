"""Spans of chunks: each chunk once, neighbours together, enough of them for all workers."""

import numpy as np
import pytest

from tfkeypoints.inference.spans import MOST, spans


def test_one_process_takes_whatever_lies_together():
    assert spans([0, 1, 2, 5, 6, 9]) == [range(3), range(5, 7), range(9, 10)]
    assert spans([]) == []


def test_each_worker_has_one_share_where_reading_cannot_begin_in_the_middle():
    assert spans(range(10), 3, seekable=False) == [range(4), range(4, 8), range(8, 10)]


@pytest.mark.parametrize("workers", [2, 7])
def test_every_missing_chunk_is_in_one_span(workers):
    rng = np.random.default_rng(0)
    missing = np.flatnonzero(rng.uniform(size=1000) < 0.8).tolist()
    found = spans(missing, workers)
    assert [number for span in found for number in span] == missing
    assert max(map(len, found)) <= MOST
    assert len(spans(range(1000), workers)) >= 4 * workers
