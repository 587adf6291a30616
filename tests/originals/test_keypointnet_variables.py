import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.originals.original_keypointnet import NET, ORIENTATION, infer, random_variables
from tfkeypoints import originals

TOLERANCE = 1e-4
"""Thirteen layers of at most 72 products, each rounded by 2^-24, may be off by 6e-5 of features of size 1 if all
roundings add up, and a keypoint moves by no more than its logits do. They don't add up: 1e-5 was measured, at depths of
30. What is no rounding shows: each mistake made on purpose below moves a point by more than ten times the tolerance."""
TURN = np.float32([1, -1])


def draw_images(rng):
    """Six RGBA images: a black and transparent band, a half transparent one, bright to the right or to the left."""
    images = rng.uniform(0, 1, (6, 32, 32, 4))
    images[..., :3] *= np.stack([np.linspace(0, 1, 32), np.linspace(1, 0, 32)] * 3)[:, None, :, None]
    images[..., 3] = 1
    images[:, 20:22, :, 3] = 0.5
    images[:, :5] = 0
    return images.astype(np.float32)


def ask(model, images):
    cameras = {"intrinsics": tf.eye(3, batch_shape=[len(images), 1])}
    cameras["extrinsics"] = tf.eye(4, batch_shape=[len(images), 1])
    answer = model({"image": images[:, None], **cameras}, training=False)
    return {name: values.numpy()[:, 0] for name, values in answer.items()}


def largest_difference(answer, variables, images):
    """How far a model is from the original, and the flags that the original fed."""
    locations, z, orientation, flags = infer(variables, np.float64(images[..., :3]))
    differences = (
        answer["uv"] - locations * TURN,
        answer["depth"][..., 0] + z,
        answer["orientation"] - orientation * TURN,
    )
    assert np.abs(orientation[:, 0, 0] - orientation[:, 1, 0]).min() > 10 * TOLERANCE  # no flag hangs on rounding
    return max(np.abs(each).max() for each in differences), set(flags)


@pytest.mark.parametrize(
    ("seed", "filters", "num_keypoints", "flags"), [(1, 8, 5, {1}), (3, 8, 5, {0}), (2, 8, 5, {0, 1}), (0, 6, 1, {1})]
)
def test_the_answers_are_the_originals(seed, filters, num_keypoints, flags):
    rng = np.random.default_rng(seed)
    images, variables = draw_images(rng), random_variables(rng, filters, num_keypoints)
    model = originals.keypointnet(variables)
    assert (model.filters, model.num_keypoints, model.mean_depth) == (filters, num_keypoints, 30)
    difference, fed = largest_difference(ask(model, images), variables, images)
    assert difference < TOLERANCE
    assert fed == flags


def test_bytes_and_images_without_alpha_give_the_same(rng):
    images, model = draw_images(rng), originals.keypointnet(random_variables(rng))
    images = np.round(images * 255).astype(np.uint8)
    expected = ask(model, images.astype(np.float32) / 255)
    for name in ("uv", "depth", "orientation"):
        np.testing.assert_allclose(ask(model, images)[name], expected[name], atol=TOLERANCE)
        np.testing.assert_allclose(ask(model, images[..., :3])[name], expected[name], atol=TOLERANCE)


def test_what_is_transparent_is_black_whatever_its_color(rng):
    images, model = draw_images(rng), originals.keypointnet(random_variables(rng))
    expected = ask(model, images)["uv"]
    images[:, :5, :, :3] = 0.7
    np.testing.assert_array_equal(ask(model, images)["uv"], expected)


def test_a_front_above_its_back_is_told_as_zero(rng):
    """The original's sign of exactly 0 is 0: both of the orientation's heatmaps are one here."""
    images, variables = draw_images(rng), random_variables(rng)
    for name, values in variables.items():
        if name.startswith(f"{ORIENTATION}/Conv/"):
            variables[name] = np.zeros_like(values)
    locations, _, _, flags = infer(variables, np.float64(images[..., :3]))
    assert set(flags) == {0}
    np.testing.assert_allclose(ask(originals.keypointnet(variables), images)["uv"], locations * TURN, atol=TOLERANCE)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda model: setattr(model, "input_range", "symmetric"),
        lambda model: setattr(model, "mean_depth", 29.99),
        lambda model: setattr(model.network.blocks[3].activation, "epsilon", 1e-2),
        lambda model: setattr(model.network.blocks[7].activation, "negative_slope", 0.2),
        lambda model: setattr(model.orientation_net.network.blocks[0].activation, "negative_slope", 0.2),
        lambda model: model.depth_head.bias.assign(-model.depth_head.bias),
    ],
)
def test_a_mistake_would_show(break_it):
    rng = np.random.default_rng(2)
    images, variables = draw_images(rng), random_variables(rng)
    model = originals.keypointnet(variables)
    break_it(model)
    assert largest_difference(ask(model, images), variables, images)[0] > 10 * TOLERANCE


def test_the_model_is_a_keras_file_like_any_other(rng, tmp_path):
    images, model = draw_images(rng), originals.keypointnet(random_variables(rng))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.get_config()["input_range"] == "unit"
    for name, values in ask(loaded, images).items():
        np.testing.assert_array_equal(values, ask(model, images)[name])


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (f"{NET}/dconv5/BatchNorm/beta", None, r"1 missing: KeypointNetwork/dconv5/BatchNorm/beta$"),
        (f"{NET}/conv_xy/weights", None, "must hold KeypointNetwork/conv_xy/weights"),
        (f"{NET}/conv_xy/weights", np.zeros((3, 3, 5)), r"conv_xy/weights \[3, 3, filters, keypoints\].*\(3, 3, 5\)"),
        (f"{NET}/dconv0/BatchNorm/gamma", np.ones(8), "1 unknown: KeypointNetwork/dconv0/BatchNorm/gamma$"),
        (f"{NET}/dconv0/weights", np.ones((3, 3, 3, 8)), r"dconv0/weights \[3, 3, 4, 8\], .*shape \[3, 3, 3, 8\]"),
        (f"{NET}/conv_z/biases", np.ones(4), r"conv_z/biases \[5\], for 8 filters and 5 keypoints.*shape \[4\]"),
        (f"{NET}/conv_z/biases", np.float32([0, np.nan, 0, 0, 0]), r"finite in .*conv_z/biases\. .*nan at \[1\]"),
        (f"{NET}/dconv1/BatchNorm/moving_variance", np.arange(-1.0, 7.0), r"not negative in .*-1.0 at \[0\]"),
        (f"{ORIENTATION}/Conv/biases", np.array(["a", "b"]), "numbers in .*Conv/biases"),
    ],
)  # fmt: skip
def test_a_variable_that_does_not_fit_is_named(rng, name, change, message):
    variables = random_variables(rng)
    if change is None:
        del variables[name]
    else:
        variables[name] = change
    with pytest.raises(ValueError, match=message):
        originals.keypointnet(variables)


def test_variables_of_something_else_are_told_as_such():
    with pytest.raises(ValueError, match="Received: 1 variables, such as resnet/kernel"):
        originals.keypointnet({"resnet/kernel": np.zeros(3), "global_step": np.int64(1)})
