import keras
import numpy as np
import pytest

from tests import reference


@pytest.fixture
def pairs(rng):
    """Four examples of three views of a small RGBA image each, seen by ordinary cameras at distance 30."""
    extrinsics = np.tile(np.eye(4, dtype="float32"), (4, 3, 1, 1))
    for index in np.ndindex(4, 3):
        extrinsics[index][:3, :3] = reference.random_rotation(rng)
        extrinsics[index][:3, 3] = [0, 0, 30]
    image = rng.integers(0, 256, (4, 3, 16, 24, 4)).astype("uint8")
    image[..., 3] = 0
    image[:, :, 4:12, 6:18, 3] = 255
    intrinsics = np.tile(np.diag([15.0, 22.9, 1.0]).astype("float32"), (4, 3, 1, 1))
    return {"image": image, "intrinsics": intrinsics, "extrinsics": extrinsics}


@pytest.fixture
def mixed_policy(half_precision):
    """Lets networks compute in bfloat16 where nothing else is asked for."""
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    yield
    keras.mixed_precision.set_global_policy(before)
