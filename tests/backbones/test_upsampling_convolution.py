import keras
import numpy as np
import pytest

from tfkeypoints.backbones import ConvolutionBlock, UpsamplingConvolution


def test_it_is_a_convolution_of_the_image_whose_cells_are_repeated(rng):
    layer = UpsamplingConvolution(4, dtype="float64")
    maps = rng.normal(size=(2, 5, 7, 3))
    layer.build(maps.shape)
    layer.bias.assign(rng.normal(size=4))
    padded = np.pad(maps.repeat(2, 1).repeat(2, 2), [(0, 0), (1, 1), (1, 1), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    expected = np.einsum("nhwcij,ijcf->nhwf", windows, layer.kernel.numpy()) + layer.bias.numpy()
    np.testing.assert_allclose(layer(maps), expected, atol=1e-12)
    assert layer.compute_output_shape(maps.shape) == expected.shape


def test_its_kernel_learns_as_that_of_a_convolution_behind_an_upsampling_does(rng):
    images, wanted = rng.normal(size=(2, 4, 6, 3)).astype("float32"), rng.normal(size=(2, 8, 12, 2)).astype("float32")
    ours = keras.Sequential([UpsamplingConvolution(2)])
    plain = keras.Sequential([keras.layers.UpSampling2D(2), keras.layers.Conv2D(2, 3, padding="same")])
    for model in (ours, plain):
        model.compile("sgd", "mse")
        model.build(images.shape)
    plain.set_weights(ours.get_weights())
    for model in (ours, plain):
        model.train_on_batch(images, wanted)
    for weights, expected in zip(ours.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(weights, expected, atol=1e-6)  # 192 summands, times a rate of 0.01: 1e-7


def test_file_round_trip_of_a_block_that_upsamples(tmp_path, rng):
    model = keras.Sequential([keras.Input([4, 6, 3]), ConvolutionBlock(5, upsampling=True), UpsamplingConvolution(2)])
    model.save(tmp_path / "model.keras")
    batch = rng.normal(size=(2, 4, 6, 3)).astype("float32")
    answer = model.predict(batch, verbose=0)
    assert answer.shape == (2, 16, 24, 2)
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(batch, verbose=0), answer)


def test_upsampling_with_strides_is_refused():
    with pytest.raises(ValueError, match=r"`upsampling`.* Received: strides=2, dilation=1"):
        ConvolutionBlock(4, strides=2, upsampling=True)
