import pytest


@pytest.fixture(autouse=True, scope="module")
def _benchmarks_are_importable(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(request.config.rootpath / "benchmarks")
        yield
