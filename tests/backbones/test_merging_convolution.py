import keras
import numpy as np
import pytest
import tensorflow as tf

from tfkeypoints.backbones import ConvolutionBlock, MergingConvolution


def generic():
    """The same from Keras' own layers."""
    coarse, fine = keras.Input([3, 5, 4]), keras.Input([6, 10, 2])
    joined = keras.layers.Concatenate()([keras.layers.UpSampling2D(2)(coarse), fine])
    return keras.Model([coarse, fine], keras.layers.Conv2D(3, 3, padding="same")(joined))


@pytest.mark.parametrize("size", [(6, 10), (5, 10), (6, 9)])
def test_it_convolves_the_repeated_cells_beside_the_fine_image(size, rng):
    layer = MergingConvolution(3, dtype="float64")
    coarse, fine = rng.normal(size=(2, 3, 5, 4)), rng.normal(size=(2, *size, 2))
    answer = layer((coarse, fine))
    layer.bias.assign(rng.normal(size=3))
    repeated = coarse.repeat(2, 1).repeat(2, 2)[:, : size[0], : size[1]]
    padded = np.pad(np.concatenate([repeated, fine], -1), [(0, 0), (1, 1), (1, 1), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    expected = np.einsum("nhwcij,ijcf->nhwf", windows, layer.kernel.numpy()) + layer.bias.numpy()
    np.testing.assert_allclose(layer((coarse, fine)), expected, atol=1e-12)
    assert layer.compute_output_shape([coarse.shape, fine.shape]) == answer.shape == expected.shape


def test_sizes_that_are_not_known_beforehand_give_the_same(rng):
    layer = MergingConvolution(3)
    pair = [rng.normal(size=size).astype("float32") for size in ((2, 3, 5, 4), (2, 6, 10, 2))]
    layer.build([each.shape for each in pair])
    unknown = tf.function(layer, input_signature=[[tf.TensorSpec([None, None, None, c]) for c in (4, 2)]])
    np.testing.assert_allclose(unknown(pair), layer(pair), atol=1e-5)  # 54 summands of about 1: 54 * 2^-24 * 1


def test_its_kernel_learns_as_that_of_the_generic_layers_does(rng):
    pair = [rng.normal(size=size).astype("float32") for size in ((2, 3, 5, 4), (2, 6, 10, 2))]
    wanted = rng.normal(size=(2, 6, 10, 3)).astype("float32")
    plain, inputs = generic(), [keras.Input(each.shape[1:]) for each in pair]
    ours = keras.Model(inputs, MergingConvolution(3)(inputs))
    ours.set_weights(plain.get_weights())
    for model in (ours, plain):
        model.compile("sgd", "mse")
        model.train_on_batch(pair, wanted)
    for weights, expected in zip(ours.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(weights, expected, atol=1e-6)  # 360 summands, times a rate of 0.01: 1e-7


def test_file_round_trip_of_a_block_that_merges(tmp_path, rng):
    inputs = [keras.Input([3, 5, 4]), keras.Input([6, 10, 2])]
    model = keras.Model(inputs, ConvolutionBlock(5, merging=True)(inputs))
    model.save(tmp_path / "model.keras")
    pair = [rng.normal(size=size).astype("float32") for size in ((2, 3, 5, 4), (2, 6, 10, 2))]
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(pair, verbose=0), model.predict(pair, verbose=0))


def test_merging_with_upsampling_is_refused():
    with pytest.raises(ValueError, match=r"`merging` exclude .* upsampling=True, merging=True"):
        ConvolutionBlock(4, upsampling=True, merging=True)
