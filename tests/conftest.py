import tempfile
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def rng():
    """A seeded generator of random numbers."""
    return np.random.default_rng(0)


@pytest.fixture
def short_folder():
    """A folder of a name so short that Ray's sockets find room in it."""
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def half_precision():
    """Skips where TensorFlow cannot convolve in bfloat16."""
    from tfkeypoints.backbones.precision import has_convolutions

    if not has_convolutions("bfloat16"):
        pytest.skip("no convolutions of bfloat16: ONEDNN_MAX_CPU_ISA keeps oneDNN from AVX-512")
