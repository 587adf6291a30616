"""Both methods on any backbone: by name, as a layer, saved and loaded."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tfkeypoints.backbones import BACKBONES, DilatedNetwork
from tfkeypoints.models import Keypoint3D, KeypointNet, OrientationNet


@pytest.fixture
def views(rng):
    """One example of two non-square views."""
    intrinsics, extrinsics = (values[None].astype("float32") for values in reference.random_cameras(rng, (2,)))
    image = rng.integers(0, 256, (1, 2, 16, 24, 3), dtype=np.uint8)
    return {"image": image, "intrinsics": intrinsics, "extrinsics": extrinsics}


def backbones():
    return [*BACKBONES, DilatedNetwork(5, (1, 2), first_stride=2)]


def loaded_again(model, folder):
    model.save(folder / "model.keras")
    return keras.models.load_model(folder / "model.keras", compile=False)


def assert_same(model, other, views):
    for name, value in model(views, training=False).items():
        np.testing.assert_array_equal(other(views, training=False)[name], value, err_msg=name)


@pytest.mark.parametrize("backbone", backbones(), ids=str)
def test_keypointnet_takes_any_backbone(backbone, views, tmp_path):
    model = KeypointNet(num_keypoints=3, filters=4, first_stride=2, dilations=(1, 2), backbone=backbone)
    assert model(views)["heatmaps"].shape == (1, 2, 8, 12, 3)
    assert_same(model, loaded_again(model, tmp_path), views)


@pytest.mark.parametrize("view_encoding", ["separate", "stacked", "shared"])
@pytest.mark.parametrize("backbone", backbones(), ids=str)
def test_keypoint3d_takes_any_backbone(backbone, view_encoding, views, tmp_path):
    sizes = {"num_keypoints": 3, "num_views": 2, "image_size": (16, 24), "filters": 4, "levels": 1}
    model = Keypoint3D(**sizes, view_encoding=view_encoding, dilations=(1, 2), backbone=backbone)
    assert model(views)["heatmaps"].shape == (1, 2, 8, 12, 3)
    assert_same(model, loaded_again(model, tmp_path), views)


def test_networks_of_a_given_layer_have_weights_of_their_own(views):
    layer = DilatedNetwork(5, (1, 2), first_stride=2)
    model = Keypoint3D(num_keypoints=3, num_views=2, image_size=(16, 24), filters=4, levels=1, backbone=layer)
    model(views)
    first, second = (encoder.backbone for encoder in model.encoders)
    assert not {id(variable) for variable in first.variables} & {id(variable) for variable in second.variables}
    assert not layer.built  # the layer that was given is a pattern here


def test_a_backbone_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="`backbone` must be one of dilated, hourglass, slim_hourglass, strided"):
        KeypointNet(backbone="resnet")
    with pytest.raises(ValueError, match="`backbone` must be one of dilated, hourglass, slim_hourglass, strided"):
        Keypoint3D(backbone="resnet")


def test_a_strided_backbone_needs_a_power_of_two():
    with pytest.raises(ValueError, match=r"must be 2, 4, 8, … Received: stride=1"):
        KeypointNet(backbone="strided")


def test_the_name_of_before_is_taken_with_a_hint(views):
    options = {"num_keypoints": 3, "filters": 4, "first_stride": 2}
    with pytest.warns(FutureWarning, match="`network` is called `backbone` now"):
        model = KeypointNet(**options, network="hourglass")
    assert model.backbone == "hourglass"
    old = OrientationNet(4, (1,), 2, "hourglass").get_config()
    old["network"] = old.pop("backbone")
    assert OrientationNet.from_config(old).backbone == "hourglass"
    config = {**model.get_config(), "network": "dilated"}
    del config["backbone"]
    again = KeypointNet.from_config(config)
    assert again.backbone == "dilated"
    assert again.orientation_net.backbone == "dilated"
    assert tf.reduce_all(tf.math.is_finite(again(views)["uv"]))
