"""The networks of Keypoint3D: from images down to maps, and from maps up to images."""

import keras

from tfkeypoints.networks.convolution_block import ConvolutionBlock
from tfkeypoints.networks.upsampling_convolution import UpsamplingConvolution


@keras.saving.register_keras_serializable(package="tfkeypoints")
class StridedEncoder(keras.layers.Layer):
    """Halves the resolution `levels` times, looks around with dilated layers, and answers with maps.

    Args:
        channels: Channels of the answer.
        filters: Channels of the first level; each level doubles them.
        levels: How often the resolution is halved.
        dilations: Dilation of each layer at the lowest resolution.

    Call arguments:
        images: `[N, H, W, C]` float; H and W should be multiples of 2^levels.

    Returns:
        `[N, H / 2^levels, W / 2^levels, channels]`.

    Reference: Chen et al. 2021, section 3.1 and appendix.
    """

    def __init__(self, channels, filters=16, levels=3, dilations=(1, 2), **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        self.filters = filters
        self.levels = levels
        self.dilations = tuple(dilations)
        widths = [filters * 2**level for level in range(levels)]
        self.blocks = [ConvolutionBlock(width, strides=2, dtype=self.dtype_policy) for width in widths]
        self.blocks += [ConvolutionBlock(widths[-1], dilation=d, dtype=self.dtype_policy) for d in self.dilations]
        self.head = keras.layers.Conv2D(channels, 1, dtype=self.dtype_policy, name="head")

    def build(self, input_shape):
        _build([*self.blocks, self.head], input_shape)

    def call(self, images, training=False):
        for block in self.blocks:
            images = block(images, training=training)
        return self.head(images)

    def compute_output_shape(self, input_shape):
        for block in self.blocks:
            input_shape = block.compute_output_shape(input_shape)
        return (*input_shape[:-1], self.channels)

    def get_config(self):
        return {
            **super().get_config(),
            "channels": self.channels,
            "filters": self.filters,
            "levels": self.levels,
            "dilations": self.dilations,
        }


@keras.saving.register_keras_serializable(package="tfkeypoints")
class StridedDecoder(keras.layers.Layer):
    """Doubles the resolution `levels` times, from maps to images.

    Args:
        channels: Channels of the answer.
        filters: Channels of the last level; each level before has twice as many.
        levels: How often the resolution is doubled.

    Call arguments:
        maps: `[N, H, W, C]` float.

    Returns:
        `[N, H · 2^levels, W · 2^levels, channels]`, unbounded.

    Reference: Chen et al. 2021, section 3.3 and appendix.
    """

    def __init__(self, channels, filters=16, levels=3, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        self.filters = filters
        self.levels = levels
        self.blocks = [
            ConvolutionBlock(filters * 2**level, upsampling=level < levels - 1, dtype=self.dtype_policy)
            for level in reversed(range(levels))
        ]
        self.head = UpsamplingConvolution(channels, dtype=self.dtype_policy, name="head")

    def build(self, input_shape):
        _build([*self.blocks, self.head], input_shape)

    def call(self, maps, training=False):
        for block in self.blocks:
            maps = block(maps, training=training)
        return self.head(maps)

    def compute_output_shape(self, input_shape):
        *batch, height, width, _ = input_shape
        scale = 2**self.levels
        return (*batch, height and height * scale, width and width * scale, self.channels)

    def get_config(self):
        return {**super().get_config(), "channels": self.channels, "filters": self.filters, "levels": self.levels}


def _build(layers, input_shape):
    """Builds layers that follow one another; resolutions do not matter to any of them."""
    for layer in layers:
        layer.build(input_shape)
        input_shape = layer.compute_output_shape(input_shape)
