import numpy as np
import pytest


@pytest.fixture
def rng():
    """A seeded generator of random numbers."""
    return np.random.default_rng(0)
