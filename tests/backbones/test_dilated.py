import keras
import numpy as np
import pytest

from tfkeypoints.backbones import DilatedNetwork


def test_stride_halves_the_resolution_of_a_non_square_image():
    network = DilatedNetwork(filters=3, dilations=(1, 2, 4), first_stride=2)
    assert network(np.zeros((2, 12, 20, 4), "float32")).shape == (2, 6, 10, 3)
    assert network.compute_output_shape((None, 12, 20, 4)) == (None, 6, 10, 3)


def test_field_of_view_is_one_plus_twice_the_sum_of_the_dilations():
    network = DilatedNetwork(filters=2, dilations=(1, 2, 4))
    image = np.zeros((1, 31, 31, 1), "float32")
    dark = network(image).numpy()
    image[0, 15, 15] = 1
    reached = np.argwhere(abs(network(image).numpy() - dark).max((0, 3)) > 1e-6)
    assert reached.min(0).tolist() == [15 - 7, 15 - 7]
    assert reached.max(0).tolist() == [15 + 7, 15 + 7]


def test_file_round_trip(tmp_path, rng):
    images = keras.Input([8, 8, 3])
    model = keras.Model(images, DilatedNetwork(filters=4, dilations=(1, 3), first_stride=2)(images))
    model.save(tmp_path / "model.keras")
    batch = rng.normal(size=(2, 8, 8, 3)).astype("float32")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(batch, verbose=0), model.predict(batch, verbose=0))


@pytest.mark.parametrize(
    "arguments", [{"filters": 0}, {"dilations": (1, 0)}, {"first_stride": 1.5}, {"first_stride": 2, "dilations": (2,)}]
)
def test_impossible_sizes_are_refused(arguments):
    with pytest.raises(ValueError, match="Received"):
        DilatedNetwork(**arguments)
