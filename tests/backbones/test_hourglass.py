import keras
import numpy as np
import pytest

from tfkeypoints.backbones import HourglassNetwork, SlimHourglassNetwork

NETWORKS = pytest.mark.parametrize("network_class", [HourglassNetwork, SlimHourglassNetwork])


@NETWORKS
def test_the_answer_has_the_resolution_of_the_first_level_also_where_halves_are_odd(network_class):
    network = network_class(filters=4, first_stride=2, levels=3)
    assert network(np.zeros((2, 20, 28, 3), "float32")).shape == (2, 10, 14, 4)
    assert network.compute_output_shape((None, 20, 28, 3)) == (None, 10, 14, 4)
    assert network_class(filters=4, first_stride=1)(np.zeros((1, 9, 7, 3), "float32")).shape == (1, 9, 7, 4)


@NETWORKS
def test_every_cell_sees_far_beyond_what_the_fine_layers_see(network_class):
    network = network_class(filters=2, first_stride=1, levels=3)
    image = np.zeros((1, 32, 32, 1), "float32")
    dark = network(image).numpy()
    image[0, 16, 16] = 1
    reached = np.argwhere(abs(network(image).numpy() - dark).max((0, 3)) > 1e-6)
    assert np.ptp(reached, axis=0).min() >= 20


@NETWORKS
def test_fine_detail_passes_through_the_skips(network_class):
    network = network_class(filters=4, first_stride=1, levels=2)
    checks = np.indices((8, 8)).sum(0)[None, ..., None] % 2
    features = network(checks.astype("float32")).numpy()[0]
    assert np.abs(features[3, 3] - features[3, 4]).max() > 1e-3


@NETWORKS
def test_file_round_trip(network_class, tmp_path, rng):
    images = keras.Input([8, 8, 3])
    model = keras.Model(images, network_class(filters=4, levels=2)(images))
    model.save(tmp_path / "model.keras")
    batch = rng.normal(size=(2, 8, 8, 3)).astype("float32")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(batch, verbose=0), model.predict(batch, verbose=0))


def test_the_slim_one_lets_what_is_told_at_its_coarsest_level_reach_every_cell(rng):
    network = SlimHourglassNetwork(filters=4, first_stride=2, levels=3)
    images = rng.normal(size=(2, 16, 24, 3)).astype("float32")
    answer = network(images).numpy()
    coarsest, skips = network.encode(images)
    assert coarsest.shape == (2, 2, 3, network.coarsest_channels)
    assert [skip.shape for skip in skips] == [(2, 8, 12, 4), (2, 4, 6, 8)]
    np.testing.assert_array_equal(network.decode(coarsest, skips), answer)
    changed = np.abs(network.decode(coarsest + rng.normal(size=16), skips) - answer).max(-1)
    assert changed.min() > 1e-6


@NETWORKS
@pytest.mark.parametrize("arguments", [{"filters": 0}, {"levels": 0}, {"first_stride": 1.5}])
def test_impossible_sizes_are_refused(network_class, arguments):
    with pytest.raises(ValueError, match="Received"):
        network_class(**arguments)
