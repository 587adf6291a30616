import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.rounding import NETWORK
from tests.serving.examples import encode, make_encoded, make_inputs
from tfkeypoints.serving import signatures


@pytest.fixture(scope="module")
def loaded(exported):
    return tf.saved_model.load(str(exported / "1")).signatures


def call(function, inputs):
    return {k: v.numpy() for k, v in function(**{k: tf.constant(v) for k, v in inputs.items()}).items()}


def test_encoded_images_of_the_models_size_give_the_numbers_of_the_model(loaded, keypointnet):
    inputs = make_inputs(2, 3)
    expected = keypointnet(inputs)
    for name, value in call(loaded["detect_encoded"], make_encoded(inputs)).items():
        np.testing.assert_allclose(value, expected[name], **NETWORK)


def test_a_jpeg_answers_as_its_decoded_pixels_do(loaded, keypointnet):
    inputs = make_inputs(1, 1)
    jpeg = encode(inputs["image"][0, 0, ..., :3], "JPEG")
    opaque = np.full((16, 24, 1), 255, np.uint8)
    inputs["image"][0, 0] = np.concatenate([tf.io.decode_jpeg(jpeg).numpy(), opaque], -1)
    cameras = {name: inputs[name] for name in ("intrinsics", "extrinsics")}
    answer = call(loaded["detect_encoded"], {"image_bytes": np.array([[jpeg]], object), **cameras})
    np.testing.assert_allclose(answer["uv"], keypointnet(inputs)["uv"], **NETWORK)


def test_uv_of_a_padded_image_are_those_of_the_image_that_was_sent(loaded, keypointnet):
    # A 32 × 32 image becomes 16 × 16 in the middle of 16 × 24: its u = ±1 lie at ±2/3 of the padded one.
    inputs = make_inputs(1, 1)
    pixels = np.kron(inputs["image"][0, 0, :, 4:20], np.ones((2, 2, 1), np.uint8))
    padded = np.zeros_like(inputs["image"])
    padded[0, 0, :, 4:20] = signatures.fit(tf.constant(pixels), 16, 16, 4)[0]
    expected = keypointnet({**inputs, "image": padded})
    square = {**inputs, "intrinsics": np.diag([30, 30, 1]).astype(np.float32)[None, None]}
    del square["image"]
    answer = call(loaded["detect_encoded"], {"image_bytes": np.array([[encode(pixels)]], object), **square})
    np.testing.assert_allclose(answer["uv"], expected["uv"] * [1.5, 1.0], **NETWORK)
    np.testing.assert_allclose(answer["points_camera"], expected["points_camera"], **NETWORK)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P"])
def test_every_kind_of_png_is_decoded_as_pillow_does(mode, rng):
    image = Image.fromarray(rng.integers(0, 256, (5, 7, 4), np.uint8)).convert(mode)
    file = io.BytesIO()
    image.save(file, "PNG")
    np.testing.assert_array_equal(signatures.decode(tf.constant(file.getvalue())), np.asarray(image.convert("RGBA")))


def test_an_image_of_the_right_size_keeps_its_pixels(rng):
    image = rng.integers(0, 256, (9, 13, 4), np.uint8)
    image[..., 3] = np.maximum(image[..., 3], 1)
    pixels, box = signatures.fit(tf.constant(image), 9, 13, 4)
    np.testing.assert_array_equal(pixels, image)
    np.testing.assert_array_equal(box, [-1, -1, 1, 1])


def test_three_channels_are_laid_over_black():
    image = np.full((4, 4, 4), 200, np.uint8)
    image[..., 3] = 51  # a fifth
    np.testing.assert_array_equal(signatures.fit(tf.constant(image), 4, 4, 3)[0], np.full((4, 4, 3), 40))


def test_scaling_down_averages_and_transparent_pixels_do_not_darken(rng):
    image = np.zeros((8, 8, 4), np.uint8)
    image[:, ::2] = [200, 100, 50, 255]
    pixels = signatures.fit(tf.constant(image), 4, 4, 4)[0].numpy()
    np.testing.assert_allclose(pixels[1:-1, 1:-1, :3], np.broadcast_to([200, 100, 50], (2, 2, 3)), atol=1)
    assert np.all((pixels[..., 3] > 60) & (pixels[..., 3] < 190))


def test_padding_is_told_by_the_box():
    pixels, box = signatures.fit(tf.fill([10, 30, 4], tf.constant(255, tf.uint8)), 16, 24, 4)
    assert pixels[4:12, :, 3].numpy().min() == 255 and pixels.numpy().sum() == 8 * 24 * 4 * 255
    np.testing.assert_allclose(box, [-1, -2, 1, 2])


def wrong(**changes):
    return {**make_inputs(2, 2), **changes}


def changed(name, index, value):
    inputs = make_inputs(2, 2)
    inputs[name][index] = value
    return inputs


REFUSED = {
    "other image size": (wrong(image=np.zeros((2, 2, 8, 24, 4), np.uint8)), "`image` must have the shape"),
    "three channels": (wrong(image=np.zeros((2, 2, 16, 24, 3), np.uint8)), r"\[batch, views, 16, 24, 4\]"),
    "no batch axis": (wrong(image=np.zeros((2, 16, 24, 4), np.uint8)), "`image` must have the shape"),
    "one number": (wrong(image=np.uint8(3)), "`image` must have the shape"),
    "nothing": (wrong(image=np.zeros((0, 2, 16, 24, 4), np.uint8)), "`image` must not be empty"),
    "views differ": (wrong(intrinsics=make_inputs(2, 3)["intrinsics"]), "must have the batch and views of `image`"),
    "4 × 4 intrinsics": (wrong(intrinsics=make_inputs(2, 2)["extrinsics"]), "`intrinsics` must have the shape"),
    "NaN": (changed("extrinsics", (1, 0, 0, 3), np.nan), "`extrinsics` must be finite"),
    "infinity": (changed("intrinsics", (0, 1, 0, 2), np.inf), "`intrinsics` must be finite"),
    "no focal length": (changed("intrinsics", (0, 1, 0, 0), 0), "fu, fv > 0"),
    "pixels of OpenGL": (changed("intrinsics", (0, 1, 2, 2), -1), "`intrinsics` must be"),
    "scaled": (changed("extrinsics", (0, 0, 1, 1), 1.1), "`extrinsics` must be rigid"),
    "mirrored": (changed("extrinsics", (0, 0, 1, 1), -1), "`extrinsics` must be rigid"),
    "transposed": (changed("extrinsics", (0, 0, 3, 0), 1), "`extrinsics` must be rigid"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_with_a_sentence(loaded, case):
    inputs, sentence = REFUSED[case]
    with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
        call(loaded["detect"], inputs)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (2, 2, 9), (2, 2, 3, 3, 1)])
def test_an_input_of_any_other_rank_is_refused_for_its_shape_every_time(loaded, shape):
    inputs = wrong(intrinsics=np.ones(shape, np.float32))
    for _ in range(10):
        with pytest.raises(tf.errors.InvalidArgumentError, match="`intrinsics` must have the shape"):
            call(loaded["detect"], inputs)


@pytest.mark.parametrize("spoil", [lambda png: png[: len(png) // 2], lambda png: b"", lambda png: b"no image"])
def test_files_that_are_no_images_are_refused(loaded, spoil):
    inputs = make_encoded(make_inputs(1, 1))
    inputs["image_bytes"][0, 0] = spoil(inputs["image_bytes"][0, 0])
    with pytest.raises(tf.errors.InvalidArgumentError):
        call(loaded["detect_encoded"], inputs)
