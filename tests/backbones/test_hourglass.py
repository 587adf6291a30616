import keras
import numpy as np
import pytest

from tfkeypoints.backbones import HourglassNetwork


def test_the_answer_has_the_resolution_of_the_first_level_also_where_halves_are_odd():
    network = HourglassNetwork(filters=4, first_stride=2, levels=3)
    assert network(np.zeros((2, 20, 28, 3), "float32")).shape == (2, 10, 14, 4)
    assert network.compute_output_shape((None, 20, 28, 3)) == (None, 10, 14, 4)
    assert HourglassNetwork(filters=4, first_stride=1)(np.zeros((1, 9, 7, 3), "float32")).shape == (1, 9, 7, 4)


def test_every_cell_sees_far_beyond_what_the_fine_layers_see():
    network = HourglassNetwork(filters=2, first_stride=1, levels=3)
    image = np.zeros((1, 32, 32, 1), "float32")
    dark = network(image).numpy()
    image[0, 16, 16] = 1
    reached = np.argwhere(abs(network(image).numpy() - dark).max((0, 3)) > 1e-6)
    assert np.ptp(reached, axis=0).min() >= 20


def test_fine_detail_passes_through_the_skips():
    network = HourglassNetwork(filters=4, first_stride=1, levels=2)
    checks = np.indices((8, 8)).sum(0)[None, ..., None] % 2
    features = network(checks.astype("float32")).numpy()[0]
    assert np.abs(features[3, 3] - features[3, 4]).max() > 1e-3


def test_file_round_trip(tmp_path, rng):
    images = keras.Input([8, 8, 3])
    model = keras.Model(images, HourglassNetwork(filters=4, levels=2)(images))
    model.save(tmp_path / "model.keras")
    batch = rng.normal(size=(2, 8, 8, 3)).astype("float32")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(batch, verbose=0), model.predict(batch, verbose=0))


@pytest.mark.parametrize("arguments", [{"filters": 0}, {"levels": 0}, {"first_stride": 1.5}])
def test_impossible_sizes_are_refused(arguments):
    with pytest.raises(ValueError, match="Received"):
        HourglassNetwork(**arguments)
