import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.round_trip import assert_round_trips
from tfkeypoints.layers import SpatialSoftmax


def test_heatmaps_are_the_softmax_over_cells_of_scaled_logits(rng):
    logits = rng.normal(size=(2, 3, 4, 5, 6))
    heatmaps = SpatialSoftmax(logit_scale=2.5)(logits).numpy()
    for index in np.ndindex(2, 3):
        for k in range(6):
            weights = np.exp(2.5 * logits[index][..., k])
            np.testing.assert_allclose(heatmaps[index][..., k], weights / weights.sum(), rtol=1e-5)


def test_huge_logits_saturate_to_one_cell_without_overflow():
    logits = np.zeros((1, 4, 3, 2), "float32")
    logits[0, 2, 1] = [1e4, -1e4]
    heatmaps = SpatialSoftmax()(logits).numpy()
    assert heatmaps[0, 2, 1, 0] == 1
    np.testing.assert_allclose(heatmaps[..., 1].sum(), 1, rtol=1e-6)
    assert heatmaps[0, 2, 1, 1] < 1e-37  # some kernels' exponential ends at the least float32


def test_half_precision_logits_give_float32_heatmaps_under_mixed_precision():
    layer = SpatialSoftmax(dtype="mixed_float16")
    heatmaps = layer(tf.zeros([1, 64, 64, 2], tf.float16))
    assert heatmaps.dtype == tf.float32
    np.testing.assert_allclose(heatmaps, 1 / 4096, rtol=1e-6)  # some kernels take the exponential of a logarithm, 8.3


def test_config_and_file_round_trip(tmp_path, rng):
    assert_round_trips(SpatialSoftmax(logit_scale=5.0), [rng.normal(size=(2, 4, 6, 3))], tmp_path)


def test_symbolic_output_keeps_the_shape_and_takes_any_batch():
    logits = keras.Input([8, 6, 3])
    model = keras.Model(logits, SpatialSoftmax()(logits))
    assert model.output.shape == (None, 8, 6, 3)
    assert model.predict(np.zeros((5, 8, 6, 3)), verbose=0).shape == (5, 8, 6, 3)


@pytest.mark.parametrize("scale", [0.0, -1.0])
def test_a_scale_that_is_not_positive_is_refused(scale):
    with pytest.raises(ValueError, match="logit_scale"):
        SpatialSoftmax(logit_scale=scale)
