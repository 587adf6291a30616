import keras
import numpy as np
import pytest

from tfkeypoints.networks import HourglassEncoder


@pytest.mark.parametrize("levels", [1, 2])
def test_the_maps_have_the_resolution_of_the_level_and_the_channels_asked_for(levels):
    encoder = HourglassEncoder(7, filters=4, levels=levels)
    size = (2, 16 // 2**levels, 24 // 2**levels, 7)
    assert encoder(np.zeros((2, 16, 24, 3), "float32")).shape == size
    assert encoder.compute_output_shape((None, 16, 24, 3)) == (None, *size[1:])


def test_every_cell_sees_the_whole_image():
    encoder = HourglassEncoder(2, filters=4)
    image = np.zeros((1, 64, 64, 1), "float32")
    dark = encoder(image).numpy()
    image[0, 2, 2] = 100
    changed = np.abs(encoder(image).numpy() - dark).max((0, 3))
    assert (changed > 1e-9).all()


def test_no_pixel_is_left_out():
    encoder = HourglassEncoder(2, filters=4, levels=2)
    one_bright_pixel_each = 100 * np.eye(256, dtype="float32").reshape(256, 16, 16, 1)
    dark = encoder(np.zeros((1, 16, 16, 1), "float32")).numpy()
    assert np.abs(encoder(one_bright_pixel_each).numpy() - dark).max((1, 2, 3)).min() > 1e-9


def test_file_round_trip(tmp_path, rng):
    images = keras.Input([8, 16, 3])
    model = keras.Model(images, HourglassEncoder(5, filters=4, levels=2)(images))
    model.save(tmp_path / "model.keras")
    batch = rng.normal(size=(2, 8, 16, 3)).astype("float32")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(batch, verbose=0), model.predict(batch, verbose=0))
