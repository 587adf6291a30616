import keras
import numpy as np
import pytest
import tensorflow as tf

from tfkeypoints.models import KeypointNet, OrientationNet
from tfkeypoints.models.keypointnet.orientation import facing_sign, same_facing


def tiny():
    return OrientationNet(filters=8, dilations=(1, 2, 1), first_stride=2)


def test_facing_is_right_where_the_front_lies_further_right():
    uv_axis = tf.constant([[[0.3, 0.9], [-0.2, 0.0]], [[-0.3, 0.0], [0.1, 0.0]]])
    np.testing.assert_array_equal(facing_sign(uv_axis), [1, -1])
    np.testing.assert_array_equal(same_facing(uv_axis, uv_axis[::-1]), [0, 0])


def test_trained_alone_it_overfits_one_batch(pairs):
    keras.utils.set_random_seed(0)
    model = tiny()
    model.compile(keras.optimizers.Adam(3e-3))
    history = model.fit(tf.data.Dataset.from_tensors(pairs).repeat(), steps_per_epoch=60, epochs=3, verbose=0).history
    assert history["orientation_accuracy"][-1] == 1
    # Of eight seeds all found every facing; their losses fell to 0.0001 to 0.3 of the first epoch's.
    assert history["loss"][-1] < 0.5 * history["loss"][0]


@pytest.mark.usefixtures("half_precision")
def test_in_mixed_precision_a_step_has_a_finite_loss_and_float32_answers(pairs):
    model = OrientationNet(filters=8, dilations=(1, 2, 1), first_stride=2, dtype="mixed_bfloat16")
    model.compile("adam")
    assert np.isfinite(model.train_on_batch(pairs)).all()
    assert model(pairs, training=True)["orientation"].dtype == tf.float32


def test_keras_file_round_trip(pairs, tmp_path):
    model = tiny()
    expected = model(pairs)["orientation"]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.get_config() == model.get_config()
    np.testing.assert_array_equal(loaded(pairs)["orientation"], expected)


@pytest.mark.parametrize("model", [OrientationNet, KeypointNet])
def test_an_input_range_that_does_not_exist_is_refused(model):
    with pytest.raises(
        ValueError, match=r"`input_range` must be one of symmetric, unit\. Received: input_range='byte'"
    ):
        model(filters=8, input_range="byte")


def test_the_unit_range_is_fed_as_it_is_and_black_where_transparent(pairs):
    model = OrientationNet(filters=8, dilations=(1,), input_range="unit")
    images = pairs["image"] / np.float32(255)
    black = images[..., :3] * (images[..., 3:] > 0)
    found = model({**pairs, "image": images})["orientation"].numpy()
    np.testing.assert_array_equal(found.reshape(-1, 2, 2), model.locate(black.reshape(-1, 16, 24, 3)))
    assert OrientationNet.from_config(model.get_config()).input_range == "unit"
