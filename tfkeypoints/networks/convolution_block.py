"""The unit that all networks are made of."""

import keras

from tfkeypoints.networks.batch_norm_leaky_relu import BatchNormLeakyReLU


@keras.saving.register_keras_serializable(package="tfkeypoints")
class ConvolutionBlock(keras.layers.Layer):
    """A 3×3 convolution without bias, batch normalisation and a leaky ReLU (slope 0.1).

    Args:
        filters: Channels of the output.
        strides: Of the convolution.
        dilation: Of the convolution.

    Call arguments:
        features: `[N, H, W, C]` float.

    Returns:
        `[N, H / strides, W / strides, filters]`.

    Example:
        >>> ConvolutionBlock(8, strides=2)(keras.ops.ones([1, 16, 12, 3])).shape
        TensorShape([1, 8, 6, 8])
    """

    def __init__(self, filters, strides=1, dilation=1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.strides = strides
        self.dilation = dilation
        self.convolution = keras.layers.Conv2D(
            filters,
            3,
            strides=strides,
            dilation_rate=dilation,
            padding="same",
            use_bias=False,
            dtype=self.dtype_policy,
        )
        self.activation = BatchNormLeakyReLU(negative_slope=0.1, momentum=0.95, dtype=self.dtype_policy)

    def build(self, input_shape):
        self.convolution.build(input_shape)
        self.activation.build(self.compute_output_shape(input_shape))

    def call(self, features, training=False):
        return self.activation(self.convolution(features), training=training)

    def compute_output_shape(self, input_shape):
        return self.convolution.compute_output_shape(input_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "strides": self.strides,
            "dilation": self.dilation,
        }
