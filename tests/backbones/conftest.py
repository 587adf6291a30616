import pytest


@pytest.fixture
def images(rng):
    return rng.normal(3, 2, size=(4, 5, 6, 3)).astype("float32")
