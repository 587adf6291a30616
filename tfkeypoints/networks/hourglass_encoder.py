"""An encoder that sees the whole image."""

import keras

from tfkeypoints.networks.convolution_block import ConvolutionBlock
from tfkeypoints.networks.hourglass import HourglassNetwork


@keras.saving.register_keras_serializable(package="tfkeypoints")
class HourglassEncoder(keras.layers.Layer):
    """Halves the resolution `levels` times, goes through an hourglass, and answers with maps.

    A `StridedEncoder` knows what lies around a cell; this one knows the whole image, and so which of several alike
    parts it sees, and how far away.

    Args:
        channels: Channels of the answer.
        filters: Channels of the hourglass' finest level.
        levels: How often the resolution is halved before.

    Call arguments:
        images: `[N, H, W, C]` float; H and W should be multiples of 2^levels.

    Returns:
        `[N, H / 2^levels, W / 2^levels, channels]`.

    Reference: Newell, Yang, Deng, Stacked Hourglass Networks for Human Pose Estimation, ECCV 2016.
    """

    def __init__(self, channels, filters=16, levels=1, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        self.filters = filters
        self.levels = levels
        self.blocks = [ConvolutionBlock(filters, strides=2, dtype=self.dtype_policy) for _ in range(levels - 1)]
        self.blocks.append(HourglassNetwork(filters, first_stride=2, dtype=self.dtype_policy))
        self.head = keras.layers.Conv2D(channels, 1, dtype=self.dtype_policy, name="head")

    def build(self, input_shape):
        for layer in (*self.blocks, self.head):
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)

    def call(self, images, training=False):
        for block in self.blocks:
            images = block(images, training=training)
        return self.head(images)

    def compute_output_shape(self, input_shape):
        for block in self.blocks:
            input_shape = block.compute_output_shape(input_shape)
        return (*input_shape[:-1], self.channels)

    def get_config(self):
        return {**super().get_config(), "channels": self.channels, "filters": self.filters, "levels": self.levels}
