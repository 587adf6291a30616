import keras
import numpy as np

from tfkeypoints.backbones import StridedDecoder, StridedEncoder


def test_each_level_halves_the_resolution_and_the_decoder_doubles_it_again():
    encoder, decoder = StridedEncoder(7, filters=4, levels=3), StridedDecoder(3, filters=4, levels=3)
    maps = encoder(np.zeros((2, 16, 24, 3), "float32"))
    assert maps.shape == (2, 2, 3, 7)
    assert decoder(maps).shape == (2, 16, 24, 3)
    assert encoder.compute_output_shape((None, 16, 24, 3)) == (None, 2, 3, 7)
    assert decoder.compute_output_shape((None, 2, 3, 7)) == (None, 16, 24, 3)


def test_a_cell_looks_at_the_pixels_around_its_centre():
    encoder = StridedEncoder(2, filters=4, levels=2, dilations=())
    image = np.zeros((1, 32, 32, 1), "float32")
    dark = encoder(image).numpy()
    reached = []
    for column in range(32):
        image[:] = 0
        image[0, 16, column] = 1
        if np.abs(encoder(image).numpy() - dark)[0, :, 4].max() > 1e-6:
            reached.append(column)
    # Two 3×3 layers of stride 2 see 7 pixels; the cell's own four pixels, 16 to 19, lie among them.
    assert reached == list(range(16, 23))


def test_file_round_trip(tmp_path, rng):
    images = keras.Input([8, 16, 3])
    maps = StridedEncoder(5, filters=4, levels=2, dilations=(1, 3))(images)
    model = keras.Model(images, StridedDecoder(3, filters=4, levels=2)(maps))
    model.save(tmp_path / "model.keras")
    batch = rng.normal(size=(2, 8, 16, 3)).astype("float32")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(batch, verbose=0), model.predict(batch, verbose=0))
