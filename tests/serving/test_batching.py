"""The batcher with functions for a model, so that it is known what runs together."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest

from tfkeypoints.serving.batching import BadRequest, Batcher, Busy
from tfkeypoints.serving.versions import Version


class Served:
    """Doubles its input, notes the size of each call, and refuses negative numbers."""

    def __init__(self, number=1):
        self.calls = []
        functions = {"detect": self.double, "other": self.double, "broken": lambda inputs: {"y": np.float32(1)}}
        self.version = Version(number, Path("model", str(number)), {}, functions, {})

    def double(self, inputs):
        import tensorflow as tf

        self.calls.append(len(inputs["x"]))
        time.sleep(0.05)
        if (inputs["x"] < 0).any():
            raise tf.errors.InvalidArgumentError(None, None, "assertion failed: [`x` must not. Received:] -1")
        return {"y": 2 * inputs["x"]}


def together(served, requests, **options):
    """Answers to requests that are made at once."""

    async def run():
        batcher = Batcher(**options)
        task = asyncio.create_task(batcher.run())
        asked = [batcher.answer(served.version, signature, {"x": np.array(x, float)}) for signature, x in requests]
        answers = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 30)
        task.cancel()
        return [each if isinstance(each, Exception) else each["y"].tolist() for each in answers]

    return asyncio.run(run())


def test_waiting_requests_share_a_call_and_get_their_own_answers():
    served = Served()
    assert together(served, [("detect", [[i]]) for i in range(5)]) == [[[2 * i]] for i in range(5)]
    assert served.calls == [5]


def test_calls_keep_to_the_largest_batch_and_a_large_request_goes_alone():
    served = Served()
    together(served, [("detect", [[1]] * n) for n in (2, 2, 1, 7)], max_batch=4)
    assert served.calls == [4, 1, 7]


def test_other_shapes_and_signatures_do_not_mix():
    served = Served()
    requests = [("detect", [[1]]), ("detect", [[1, 2]]), ("other", [[1]]), ("detect", [[3]])]
    assert together(served, requests) == [[[2]], [[2, 4]], [[2]], [[6]]]
    assert sorted(served.calls) == [1, 1, 2]


def test_a_refused_request_is_refused_alone():
    served = Served()
    good, bad, last = together(served, [("detect", [[1]]), ("detect", [[-1]]), ("detect", [[3]])])
    assert good == [[2]] and last == [[6]]
    assert isinstance(bad, BadRequest) and str(bad) == "`x` must not. Received: -1"


def test_too_many_waiting_requests_are_turned_away():
    answers = together(Served(), [("detect", [[1]])] * 4, max_waiting=3)
    assert answers[:3] == [[[2]]] * 3 and isinstance(answers[3], Busy)


@pytest.mark.parametrize(("signature", "expected"), [("absent", KeyError), ("broken", Exception)])
def test_a_request_that_fails_in_an_unforeseen_way_leaves_the_batcher_at_work(signature, expected):
    first, failed, also, last = together(
        Served(), [(name, [[1]]) for name in ("detect", signature, signature, "detect")]
    )
    assert first == last == [[2]]
    assert isinstance(failed, expected) and isinstance(also, expected)


def test_requests_of_different_versions_do_not_mix():
    old, new = Served(1), Served(2)

    async def run():
        batcher = Batcher()
        task = asyncio.create_task(batcher.run())
        asked = [batcher.answer(served.version, "detect", {"x": np.ones((1, 1))}) for served in (old, new, old)]
        await asyncio.gather(*asked)
        task.cancel()

    asyncio.run(run())
    assert (old.calls, new.calls) == ([2], [1])


def test_clients_that_went_away_are_forgotten():
    served = Served()

    async def run():
        batcher = Batcher()
        gone = asyncio.create_task(batcher.answer(served.version, "detect", {"x": np.ones((1, 1))}))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        task = asyncio.create_task(batcher.run())
        await batcher.answer(served.version, "detect", {"x": np.ones((1, 1))})
        task.cancel()

    asyncio.run(run())
    assert served.calls == [1]
