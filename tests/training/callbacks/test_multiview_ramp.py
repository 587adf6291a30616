import keras
import pytest
import tensorflow as tf

from tfkeypoints.models import Keypoint3D
from tfkeypoints.training.callbacks import MultiviewRamp


@pytest.fixture
def frames(rng):
    return {
        "image": rng.integers(0, 256, (2, 2, 16, 16, 3)).astype("uint8"),
        "intrinsics": tf.eye(3, batch_shape=[2, 2]),
        "extrinsics": tf.eye(4, batch_shape=[2, 2]),
    }


@pytest.fixture
def model(frames):
    model = Keypoint3D(3, 2, "shared", (16, 16), filters=4, levels=1, multiview_consistency=5.0)
    model(frames)
    model.compile("adam")
    return model


def test_fit_sets_the_weight_of_each_step(model, frames):
    weights = []
    watch = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: weights.append(float(model.multiview_ramp))
    )
    batches = tf.data.Dataset.from_tensors(frames).repeat(5)
    model.fit(batches, verbose=0, callbacks=[MultiviewRamp(start=1, end=3), watch])
    assert weights == [0, 0, 0.5, 1, 1]


def test_the_weight_rises_along_a_line():
    ramp = MultiviewRamp(start=10, end=20)
    assert [ramp.ramp(step) for step in (0, 10, 13, 20, 99)] == [0, 0, pytest.approx(0.3), 1, 1]


def test_equal_steps_switch_there():
    ramp = MultiviewRamp(start=5, end=5)
    assert [ramp.ramp(step) for step in (4, 5)] == [0, 1]


@pytest.mark.parametrize("arguments", [{"start": 5, "end": 4}, {"start": -1, "end": 4}])
def test_steps_out_of_order_are_refused(arguments):
    with pytest.raises(ValueError, match="start"):
        MultiviewRamp(**arguments)
