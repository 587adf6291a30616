import numpy as np
import pytest
import tensorflow as tf

from tfkeypoints import export
from tfkeypoints.models import KeypointNet


@pytest.fixture(scope="module")
def model():
    model = KeypointNet(num_keypoints=3, filters=4, dilations=(1, 2), first_stride=2)
    model(make_inputs(1, 1))
    return model


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "chairs" / "1"
    export.save(model, folder, (16, 24, 4))
    return folder


def make_inputs(batch, views):
    return {
        "image": np.random.default_rng(1).integers(0, 256, (batch, views, 16, 24, 4), dtype=np.uint8),
        "intrinsics": np.tile(np.diag([20, 30, 1]).astype(np.float32), (batch, views, 1, 1)),
        "extrinsics": np.tile(np.eye(4, dtype=np.float32), (batch, views, 1, 1)),
    }


@pytest.mark.parametrize(("batch", "views"), [(1, 1), (3, 2), (2, 5)])
def test_any_batch_and_number_of_views_gives_the_numbers_of_the_model(model, folder, batch, views):
    inputs = make_inputs(batch, views)
    served = tf.saved_model.load(str(folder)).signatures["detect"](**{k: tf.constant(v) for k, v in inputs.items()})
    expected = model(inputs)
    assert set(served) == set(expected) - {"heatmaps"}
    for name, value in served.items():
        np.testing.assert_allclose(value, expected[name], atol=1e-5)
    assert export.largest_difference(model, folder, inputs) < 1e-5


def test_inputs_are_named_and_the_default_signature_is_the_same(folder):
    signatures = tf.saved_model.load(str(folder)).signatures
    assert set(signatures) == {"detect", "serving_default"}
    _, inputs = signatures["serving_default"].structured_input_signature
    assert {name: (spec.dtype, spec.shape.as_list()) for name, spec in inputs.items()} == {
        "image": (tf.uint8, [None, None, 16, 24, 4]),
        "intrinsics": (tf.float32, [None, None, 3, 3]),
        "extrinsics": (tf.float32, [None, None, 4, 4]),
    }


def test_a_difference_is_seen(model, folder):
    other = KeypointNet.from_config(model.get_config() | {"mean_depth": 31.0})
    other(make_inputs(1, 1))
    other.set_weights(model.get_weights())
    assert export.largest_difference(other, folder, make_inputs(1, 1)) == pytest.approx(1 / 31, rel=0.01)


def test_an_existing_folder_is_refused(model, folder):
    with pytest.raises(ValueError, match="should not exist yet"):
        export.save(model, folder, (16, 24, 4))
