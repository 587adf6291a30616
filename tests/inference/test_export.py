import numpy as np
import pytest
import tensorflow as tf

from tests.rounding import NETWORK
from tfkeypoints.inference import export
from tfkeypoints.models import Keypoint3D, KeypointNet
from tfkeypoints.models.keypoint3d.recipe import Keypoint3DRecipe
from tfkeypoints.models.keypointnet.recipe import KeypointNetRecipe
from tfkeypoints.serving import signatures


@pytest.fixture(scope="module")
def model():
    model = KeypointNet(num_keypoints=3, filters=4, dilations=(1, 2), first_stride=2)
    model(make_inputs(1, 1))
    return model


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "chairs" / "1"
    export.save(model, folder, signatures_of(model, (16, 24, 4)))
    return folder


def make_inputs(batch, views, channels=4):
    return {
        "image": np.random.default_rng(1).integers(0, 256, (batch, views, 16, 24, channels), dtype=np.uint8),
        "intrinsics": np.tile(np.diag([20, 30, 1]).astype(np.float32), (batch, views, 1, 1)),
        "extrinsics": np.tile(np.eye(4, dtype=np.float32), (batch, views, 1, 1)),
    }


def call(folder, inputs):
    loaded = tf.saved_model.load(str(folder)).signatures["detect"]
    return loaded(**{name: tf.constant(value) for name, value in inputs.items()})


def signatures_of(model, image_shape):
    recipe = KeypointNetRecipe if isinstance(model, KeypointNet) else Keypoint3DRecipe
    return recipe.signatures({"images": {"shape": [2, *image_shape]}}, model)


@pytest.mark.parametrize(("batch", "views"), [(1, 1), (3, 2), (2, 5)])
def test_any_batch_and_number_of_views_gives_the_numbers_of_the_model(model, folder, batch, views):
    inputs = make_inputs(batch, views)
    served = call(folder, inputs)
    expected = model(inputs)
    assert set(served) == set(expected) - {"heatmaps"}
    for name, value in served.items():
        np.testing.assert_allclose(value, expected[name], **NETWORK)


@pytest.mark.parametrize(("view_encoding", "views"), [("shared", 1), ("shared", 3), ("separate", 2), ("stacked", 2)])
def test_keypoint3d_answers_as_the_model_does_without_drawing(tmp_path, view_encoding, views):
    model = Keypoint3D(
        num_keypoints=3, num_views=2, view_encoding=view_encoding, image_size=(8, 16), filters=4, levels=2,
        background="residual",
    )  # fmt: skip
    model(make_inputs(1, 2, channels=3))
    export.save(model, tmp_path / "1", signatures_of(model, (16, 24, 3)))
    inputs = make_inputs(2, views, channels=3)
    served = call(tmp_path / "1", inputs)
    if views == 2:  # the background that the decoder needs is of two views
        expected = model(inputs)
        for name, value in served.items():
            np.testing.assert_allclose(value, expected[name], **NETWORK)
    assert served["keypoints"].shape == (2, 3, 3)
    assert set(served) == {
        "keypoints", "points_camera", "points_world", "uv", "depth", "std", "confidence", "attention"
    }  # fmt: skip


def test_inputs_are_named_and_the_default_signature_is_detect(folder):
    loaded = tf.saved_model.load(str(folder)).signatures
    assert set(loaded) == {"detect", "detect_encoded", "serving_default"}
    inputs = {
        name: {key: spec.dtype for key, spec in loaded[name].structured_input_signature[1].items()} for name in loaded
    }
    cameras = {"intrinsics": tf.float32, "extrinsics": tf.float32}
    assert inputs["detect"] == inputs["serving_default"] == {"image": tf.uint8, **cameras}
    assert inputs["detect_encoded"] == {"image_bytes": tf.string, **cameras}


def test_a_difference_is_seen(model, folder):
    other = KeypointNet.from_config(model.get_config() | {"mean_depth": 31.0})
    other(make_inputs(1, 1))
    other.set_weights(model.get_weights())
    original = signatures_of(other, (16, 24, 4))["detect"]
    difference = export.largest_difference(original, lambda inputs: call(folder, inputs), make_inputs(1, 1))
    assert difference == pytest.approx(1 / 31, rel=0.1)


def test_an_existing_folder_is_refused(model, folder):
    with pytest.raises(ValueError, match="should not exist yet"):
        export.save(model, folder, signatures_of(model, (16, 24, 4)))


def test_a_model_that_fails_its_check_gets_no_folder(model, tmp_path):
    def finish(partial):
        assert (partial / "saved_model.pb").exists() and not (tmp_path / "1").exists()
        raise RuntimeError("differs")

    with pytest.raises(RuntimeError, match="differs"):
        export.save(model, tmp_path / "1", signatures_of(model, (16, 24, 4)), finish=finish)
    assert list(tmp_path.iterdir()) == []


def test_versions_are_counted_on_and_other_names_are_passed_over(tmp_path):
    assert export.next_version(tmp_path / "absent") == 1
    for name in ("2", "10", ".99.11", "notes"):
        (tmp_path / name).mkdir()
    assert export.next_version(tmp_path) == 11


def test_an_output_that_nobody_described_is_exported_and_said_so(model, tmp_path):
    functions = signatures_of(model, (16, 24, 4))

    def more(inputs):
        return {**functions["detect"].function(inputs), "surprise": tf.zeros([1, 2])}

    surprising = {"detect": signatures.Signature(functions["detect"].inputs, more)}
    about = {
        "title": "t", "summary": "s", "inputs": {}, "conventions": {}, "training": {}, "metrics": None, "versions": {},
        "config_sha256": "", "meanings": KeypointNetRecipe.outputs,
    }  # fmt: skip
    export.save(model, tmp_path / "1", surprising, about)
    page = (tmp_path / "1" / "model_card.md").read_text()
    assert "| `surprise` | float32 | not described by its method |" in page
    assert f"| `uv` | float32 | {KeypointNetRecipe.outputs['uv']} |" in page
