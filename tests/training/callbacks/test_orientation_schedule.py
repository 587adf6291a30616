import numpy as np
import pytest
import tensorflow as tf

from tfkeypoints.models import KeypointNet
from tfkeypoints.training.callbacks import OrientationSchedule


def test_gradual_form_falls_along_a_line():
    schedule = OrientationSchedule(start=10, end=20)
    assert [schedule.probability(step) for step in (0, 10, 13, 20, 99)] == [1, 1, pytest.approx(0.7), 0, 0]


def test_switch_turns_half_way():
    schedule = OrientationSchedule(start=10, end=20, form="switch")
    assert [schedule.probability(step) for step in (0, 14, 15, 99)] == [1, 1, 0, 0]


def test_equal_steps_switch_there():
    schedule = OrientationSchedule(start=5, end=5)
    assert [schedule.probability(step) for step in (4, 5)] == [1, 0]


def test_fit_counts_steps_over_epochs():
    model = KeypointNet(num_keypoints=2, filters=4, dilations=(1,), silhouette=0.0)
    model.compile("adam")
    example = {
        "image": np.zeros((1, 2, 4, 4, 3), "uint8"),
        "intrinsics": np.tile(np.eye(3, dtype="float32"), (1, 2, 1, 1)),
        "extrinsics": np.tile(np.eye(4, dtype="float32"), (1, 2, 1, 1)),
    }
    dataset = tf.data.Dataset.from_tensors(example).repeat()
    model.fit(dataset, steps_per_epoch=2, epochs=3, verbose=0, callbacks=[OrientationSchedule(start=1, end=11)])
    assert float(model.orientation_truth) == pytest.approx(1 - 4 / 10)


@pytest.mark.parametrize("arguments", [{"start": 5, "end": 4}, {"start": -1, "end": 4}])
def test_steps_out_of_order_are_refused(arguments):
    with pytest.raises(ValueError, match="start"):
        OrientationSchedule(**arguments)


def test_an_unknown_form_is_refused():
    with pytest.raises(ValueError, match="form"):
        OrientationSchedule(1, 2, form="cosine")
