import keras
import numpy as np
import pytest

from tests import reference
from tests.rounding import NETWORK
from tfkeypoints.models import Keypoint3D, KeypointNet
from tfkeypoints.pretrained.half import save_half

LAYERS = 6
"""Convolutions between image and heatmap of the tests' network."""


def inputs(rng, views):
    intrinsics, extrinsics = reference.random_cameras(rng, (2, views))
    image = rng.integers(0, 256, (2, views, 16, 24, 4 if views == 1 else 3)).astype("uint8")
    return {"image": image, "intrinsics": np.float32(intrinsics), "extrinsics": np.float32(extrinsics)}


def models():
    keras.utils.set_random_seed(0)
    net = KeypointNet(num_keypoints=3, filters=4, dilations=(1, 2, 1), first_stride=2)
    scene = Keypoint3D(3, 2, image_size=(16, 24), filters=4, levels=2, background="residual", mean_depth=2.0)
    return [(net, 1), (scene, 2)]


def range_of_logits(outputs):
    """By how much the logits of one heatmap differ at most."""
    return float(np.ptp(np.log(outputs["heatmaps"]), axis=(2, 3)).max())


def varied(model, rng):
    """Gives every weight a number that float16 does not have."""
    for weight in model.weights:
        if "float32" in str(weight.dtype):
            moved = np.asarray(weight) + rng.normal(0, 0.01, weight.shape)
            weight.assign(np.abs(moved) if "variance" in weight.name else moved)


@pytest.mark.parametrize(("model", "views"), models(), ids=["keypointnet", "keypoint3d"])
def test_what_is_loaded_is_what_numpy_rounds_to_half(model, views, tmp_path, rng):
    example = inputs(rng, views)
    model(example)
    varied(model, rng)
    save_half(model, tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False)
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]
    changed = 0
    for ours, theirs in zip(model.weights, loaded.weights, strict=True):
        ours, theirs = np.asarray(ours), np.asarray(theirs)
        assert ours.dtype == theirs.dtype
        rounded = ours.astype(np.float16).astype(ours.dtype) if ours.dtype == np.float32 else ours
        np.testing.assert_array_equal(rounded, theirs)
        changed += (rounded != ours).sum()
    assert changed > 100
    model.set_weights(loaded.get_weights())
    np.testing.assert_allclose(model(example)["uv"], loaded(example)["uv"], **NETWORK)


@pytest.mark.parametrize(("model", "views"), models(), ids=["keypointnet", "keypoint3d"])
def test_a_prediction_is_that_of_the_full_weights_up_to_their_rounding(model, views, tmp_path, rng):
    """Each weight moves by 2⁻¹² of itself at most, and a layer by as much of all it adds up, four times the sum.

    Logits that move by e move the weights of a heatmap by e of themselves, and the place, their mean over cells in
    [-1, 1], by 2 e.
    """
    example = inputs(rng, views)
    if views == 1:  # a network that never learnt sees nothing anywhere
        sharper, head = 8 / range_of_logits(model(example)), model.logit_head
        head.kernel.assign(sharper * head.kernel)
    full = model(example)
    save_half(model, tmp_path / "model.keras")
    half = keras.models.load_model(tmp_path / "model.keras", compile=False)(example)
    bound = 2 * LAYERS * 2.0**-12 * 4 * range_of_logits(full) / 2
    difference = np.abs(np.asarray(full["uv"]) - half["uv"])
    assert 0 < difference.max() < bound
    assert np.ptp(full["uv"]) > 2 * bound


def test_weights_beyond_half_precision_are_refused_and_leave_nothing(tmp_path, rng):
    (model, views), _ = models()
    model(inputs(rng, views))
    model.logit_head.bias.assign([0.0, 7e4, 0.0])
    with pytest.raises(ValueError, match=r"that float16 holds. Received: 70000"):
        save_half(model, tmp_path / "model.keras")
    assert list(tmp_path.iterdir()) == []
