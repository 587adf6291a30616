import csv

import numpy as np
import pytest
from PIL import Image

from tests.data.recordings.films import film
from tfkeypoints.data.recordings.video import open_video
from tfkeypoints.inference import images


def test_a_wide_image_is_padded_above_and_below():
    image = Image.new("RGB", (200, 100), (255, 0, 0))
    pixels, box = images.fit_image(image, 64, 64, 4)
    assert pixels.shape == (64, 64, 4)
    assert (pixels[16:48] == [255, 0, 0, 255]).all()
    assert not pixels[:16].any()
    assert not pixels[48:].any()
    np.testing.assert_allclose(box, [-1, -2, 1, 2])


def test_a_tall_image_into_a_wide_model_is_padded_at_the_sides():
    pixels, box = images.fit_image(Image.new("RGB", (30, 60)), 20, 40, 4)
    assert pixels.shape == (20, 40, 4)
    assert (pixels[:, 15:25, 3] == 255).all()
    assert not pixels[:, :15, 3].any()
    np.testing.assert_allclose(box, [-4, -1, 4, 1])


def test_a_point_of_the_padded_image_is_found_again_in_the_original():
    image = np.zeros((90, 150, 3), np.uint8)
    image[20:24, 100:104] = 255
    pixels, box = images.fit_image(Image.fromarray(image), 64, 64, 3)
    row, column = (np.average(index, weights=pixels[..., 0]) for index in np.indices((64, 64)))
    uv_padded = (2 * np.array([column, row]) + 1) / 64 - 1
    uv = box[:2] + (uv_padded + 1) / 2 * (box[2:] - box[:2])
    np.testing.assert_allclose((uv + 1) / 2 * [150, 90] - 0.5, [101.5, 21.5], atol=0.3)


def test_transparent_colors_do_not_bleed_into_the_object():
    image = np.zeros((64, 64, 4), np.uint8)
    image[:, :31] = [200, 100, 50, 255]
    image[:, 31:] = [0, 255, 0, 0]
    pixels, _ = images.fit_image(Image.fromarray(image), 16, 16, 4)
    seen = pixels[pixels[..., 3] > 30]
    assert np.abs(seen[:, :3].astype(int) - [200, 100, 50]).max() <= 4


def test_an_image_that_fits_keeps_every_value(rng):
    image = rng.integers(256, size=(12, 10, 4), dtype=np.uint8)
    pixels, box = images.fit_image(Image.fromarray(image), 12, 10, 4)
    np.testing.assert_array_equal(pixels, image)
    np.testing.assert_array_equal(box, [-1, -1, 1, 1])


def test_three_channels_lie_on_black():
    image = Image.new("RGBA", (8, 8), (200, 100, 50, 128))
    pixels, _ = images.fit_image(image, 8, 8, 3)
    np.testing.assert_allclose(pixels[4, 4], np.array([200, 100, 50]) * 128 / 255, atol=1)


class _Fixed:
    """Answers with one keypoint at a fixed place of the model's image, and remembers what it was given."""

    def __call__(self, inputs, training):
        import tensorflow as tf

        self.inputs = inputs
        k = {"uv": [[0.5, 0.25]], "depth": [[30.0]], "points_camera": [[1.0, 2.0, 30.0]], "std": [[0.1]]}
        return {name: tf.constant(value)[None, None] for name, value in k.items()} | {"confidence": tf.ones([1, 1, 1])}


def test_detections_are_told_in_the_coordinates_of_the_image():
    model = _Fixed()
    found = images.detect(model, Image.new("RGB", (400, 200)), (64, 64, 4), np.eye(3))
    np.testing.assert_allclose(found.uv, [[0.5, 0.5]])
    np.testing.assert_allclose(found.pixels, [[1.5 * 200 - 0.5, 1.5 * 100 - 0.5]])
    np.testing.assert_allclose(found.std, [0.1 * 200])
    np.testing.assert_allclose(model.inputs["intrinsics"][0, 0], np.eye(3))


def test_the_camera_follows_the_padding():
    model = _Fixed()
    wide = np.diag([1.0, 2.0, 1.0])  # the ray (0.3, 0.2, 1) falls on u = 0.3, v = 0.4 of the image
    images.detect(model, Image.new("RGB", (400, 200)), (64, 64, 4), np.eye(3), wide)
    seen = np.asarray(model.inputs["intrinsics"][0, 0]) @ [0.3, 0.2, 1.0]
    np.testing.assert_allclose(seen, [0.3, 0.2, 1.0], atol=1e-6)


@pytest.mark.parametrize("focal", [0.0, -1.0, np.nan])
def test_a_camera_that_cannot_be_is_refused(focal):
    with pytest.raises(ValueError, match="`intrinsics` must have positive focal lengths"):
        images.detect(_Fixed(), Image.new("RGB", (40, 20)), (64, 64, 4), np.eye(3), np.diag([1.0, focal, 1.0]))


def test_csv_has_a_row_for_each_file_and_keypoint(tmp_path):
    found = images.Detection(
        uv=np.array([[0.1, 0.2], [0.3, 0.4]]),
        pixels=np.array([[1.0, 2.0], [3.0, 4.0]]),
        depth=np.array([30.0, 31.0]),
        points_camera=np.arange(6.0).reshape(2, 3),
        confidence=np.array([0.5, 0.6]),
        std=np.array([7.0, 8.0]),
    )
    images.write_csv(tmp_path / "k.csv", ["a.png", "b.png"], [found, found])
    with open(tmp_path / "k.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["keypoint"]) for row in rows] == [
        ("a.png", "0"), ("a.png", "1"), ("b.png", "0"), ("b.png", "1")
    ]  # fmt: skip
    second = {name: float(value) for name, value in rows[1].items() if name != "file"}
    assert second == pytest.approx(
        {"keypoint": 1, "u": 0.3, "v": 0.4, "x_pixel": 3, "y_pixel": 4, "depth": 31, "x_camera": 3, "y_camera": 4,
         "z_camera": 5, "confidence": 0.6, "std_pixel": 8}
    )  # fmt: skip
    images.write_npz(tmp_path / "k.npz", ["a.png", "b.png"], [found, found])
    with np.load(tmp_path / "k.npz") as arrays:
        assert arrays["files"].tolist() == ["a.png", "b.png"]
        assert arrays["points_camera"].shape == (2, 2, 3)


def test_opaque_images_come_out_alike_with_and_without_an_alpha_channel(rng):
    image = Image.fromarray(rng.integers(0, 256, (90, 150, 3), np.uint8))
    for channels in (3, 4):
        plain, box = images.fit_image(image, 64, 64, channels)
        alpha, same = images.fit_image(image.convert("RGBA"), 64, 64, channels)
        np.testing.assert_array_equal(plain, alpha)
        np.testing.assert_array_equal(box, same)


@pytest.mark.parametrize("size", [(20, 24), (220, 300)])
def test_frames_of_videos_are_scaled_like_images(tmp_path, size):
    path = film(tmp_path / "film.mkv", [10], codec="ffv1", textured=True, size=(96, 64))
    (frame,) = open_video(path).read([0])
    for channels in (3, 4):
        scaled, box = images.fit_image(frame, *size, channels)
        expected, same = images.fit_image(frame.picture(), *size, channels)
        assert scaled.shape == (*size, channels)
        assert np.abs(scaled.astype(int) - expected).mean() < 3  # averaged by another filter
        np.testing.assert_array_equal(scaled[0], expected[0])  # padding
        np.testing.assert_array_equal(box, same)
