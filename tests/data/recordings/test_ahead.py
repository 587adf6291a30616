"""Streams are read in threads, as far ahead as is allowed, and their errors reach who reads."""

import threading
import time

import pytest

from tfkeypoints.data.recordings.ahead import read_ahead


def test_items_come_together_in_order_until_the_shortest_ends():
    assert list(read_ahead([range(5), "abc"], 2)) == [(0, "a"), (1, "b"), (2, "c")]
    assert list(read_ahead([iter([])], 1)) == []


def test_no_more_is_read_ahead_than_allowed():
    taken = []

    def stream():
        for number in range(100):
            taken.append(number)
            yield number

    reading = read_ahead([stream()], 3)
    assert next(reading) == (0,)
    time.sleep(0.3)
    assert len(taken) <= 5  # one was given, three wait, one waits for room
    assert [item for (item,) in reading] == list(range(1, 100))


def test_errors_reach_the_reader_and_threads_end():
    def fails():
        yield 1
        raise RuntimeError("disk full")

    before = threading.active_count()
    reading = read_ahead([fails(), range(1000)], 2)
    assert next(reading) == (1, 0)
    with pytest.raises(RuntimeError, match="disk full"):
        next(reading)
    assert threading.active_count() == before


def test_threads_end_when_reading_stops_early():
    before = threading.active_count()
    reading = read_ahead([range(1000), range(1000)], 2)
    next(reading)
    reading.close()
    assert threading.active_count() == before
