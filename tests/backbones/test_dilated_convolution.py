import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.rounding import NETWORK
from tfkeypoints.backbones import dilated_convolution
from tfkeypoints.backbones.convolution_block import ConvolutionBlock
from tfkeypoints.backbones.dilated_convolution import DilatedConvolution


@pytest.fixture(params=["as it is", "without gradients of dilations"])
def _machine(request, monkeypatch):
    if request.param != "as it is":
        monkeypatch.setattr(dilated_convolution, "has_dilated_gradients", lambda dtype: False)


@pytest.mark.usefixtures("_machine")
@pytest.mark.parametrize("dilation", [2, 3])
def test_its_taps_lie_so_many_cells_apart(rng, dilation):
    layer = DilatedConvolution(4, dilation)
    maps = rng.normal(size=(2, 7, 10, 3)).astype("float32")
    layer.build(maps.shape)
    layer.bias.assign(rng.normal(size=4))
    padded = np.pad(maps, [(0, 0), (dilation, dilation), (dilation, dilation), (0, 0)])
    taps = [[padded[:, i * dilation :, j * dilation :][:, :7, :10] for j in range(3)] for i in range(3)]
    expected = np.einsum("ijnhwc,ijcf->nhwf", taps, layer.kernel.numpy()) + layer.bias.numpy()
    np.testing.assert_allclose(layer(maps), expected, **NETWORK)
    assert layer.compute_output_shape(maps.shape) == expected.shape


@pytest.mark.usefixtures("_machine")
def test_its_gradients_agree_with_differences(rng):
    layer = DilatedConvolution(2, 2, use_bias=False)
    images, probe = rng.normal(size=(2, 5, 6, 3)).astype("float32"), rng.normal(size=(2, 5, 6, 2)).astype("float32")
    layer.build(images.shape)
    kernel = layer.kernel.numpy()
    with tf.GradientTape() as tape:
        inputs = tf.constant(images)
        tape.watch(inputs)
        loss = tf.reduce_sum(layer(inputs) * probe)
    to_images, to_kernel = tape.gradient(loss, [inputs, layer.kernel.value])
    along_images, along_kernel = rng.normal(size=images.shape), rng.normal(size=kernel.shape)
    base = np.sum(layer(images) * probe)
    difference = np.sum(layer((images + along_images).astype("float32")) * probe) - base  # exact: it is linear
    np.testing.assert_allclose(np.sum(to_images * along_images), difference, rtol=1e-3, atol=1e-3)
    layer.kernel.assign(kernel + along_kernel)
    difference = np.sum(layer(images) * probe) - base
    np.testing.assert_allclose(np.sum(to_kernel * along_kernel), difference, rtol=1e-3, atol=1e-3)


def test_it_takes_the_place_of_keras_own_in_a_file(rng, tmp_path):
    plain = keras.Sequential([keras.Input([6, 9, 3]), keras.layers.Conv2D(4, 3, padding="same", dilation_rate=2)])
    ours = keras.Sequential([keras.Input([6, 9, 3]), DilatedConvolution(4, 2)])
    ours.set_weights(plain.get_weights())
    images = rng.normal(size=(2, 6, 9, 3)).astype("float32")
    ours.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].get_config() == ours.layers[-1].get_config()
    np.testing.assert_allclose(loaded(images), plain(images), **NETWORK)


def test_strides_beside_dilation_are_refused():
    with pytest.raises(ValueError, match="strides"):
        ConvolutionBlock(4, strides=2, dilation=2)
