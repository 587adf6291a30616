import pytest


@pytest.fixture(autouse=True)
def _benchmarks_are_importable(monkeypatch, request):
    monkeypatch.syspath_prepend(request.config.rootpath / "benchmarks")
