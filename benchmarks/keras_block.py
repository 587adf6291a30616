"""The unit that dilated networks are made of, from Keras' own layers: to compare costs with, not to use."""

import keras

from tfkeypoints.backbones import dilated


class KerasBlock(keras.layers.Layer):
    """What `ConvolutionBlock` computes, from Keras' own layers."""

    def __init__(self, filters, strides=1, dilation=1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.convolution = keras.layers.Conv2D(
            filters, 3, strides=strides, dilation_rate=dilation, padding="same", use_bias=False, dtype=self.dtype_policy
        )
        self.normalization = keras.layers.BatchNormalization(momentum=0.95, dtype=self.dtype_policy)
        self.activation = keras.layers.LeakyReLU(0.1, dtype=self.dtype_policy)

    def build(self, input_shape):
        self.convolution.build(input_shape)
        self.normalization.build(self.compute_output_shape(input_shape))

    def call(self, features, training=False):
        return self.activation(self.normalization(self.convolution(features), training=training))

    def compute_output_shape(self, input_shape):
        return self.convolution.compute_output_shape(input_shape)


def replace_ours():
    """Lets the dilated networks that are made from now on be of Keras' layers."""
    dilated.ConvolutionBlock = KerasBlock
