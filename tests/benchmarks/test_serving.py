import numpy as np
import pytest

from tests.serving.requirements import needs_kserve

pytestmark = needs_kserve


@pytest.fixture
def benchmark(monkeypatch, request):
    monkeypatch.syspath_prepend(request.config.rootpath / "benchmarks")
    import serving

    return serving


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (400, {"error": "`extrinsics` must be rigid"}, True),
        (404, {"detail": "Not Found"}, False),
        (400, {"error": "no"}, False),
        (200, {"predictions": []}, False),
        (500, {"error": "`extrinsics` must be rigid"}, False),
        (None, "ConnectionResetError()", False),
    ],
)
def test_a_bad_request_is_refused_by_a_sentence_or_that_is_a_fault(benchmark, status, answer, expected):
    assert benchmark.refused(status, answer) is expected


def test_a_good_request_is_answered_by_the_models_numbers_or_that_is_a_fault(benchmark):
    expected = {"uv": np.array([[1.0, 2.0]])}
    assert benchmark.answered(200, {"predictions": [{"uv": [[1.0, 2.000001]], "depth": [3]}]}, expected)
    assert not benchmark.answered(200, {"predictions": [{"uv": [[1.0, 2.1]]}]}, expected)
    assert not benchmark.answered(200, {"predictions": [{"depth": [3]}]}, expected)
    assert not benchmark.answered(503, {"error": "256 requests are waiting already"}, expected)
