"""The unit that all networks are made of."""

from typing import TYPE_CHECKING, Any

import keras

from tfkeypoints.backbones.batch_norm_leaky_relu import BatchNormLeakyReLU
from tfkeypoints.backbones.batch_renorm_leaky_relu import BatchRenormLeakyReLU
from tfkeypoints.backbones.dilated_convolution import DilatedConvolution
from tfkeypoints.backbones.merging_convolution import MergingConvolution
from tfkeypoints.backbones.precision import check_convolutions
from tfkeypoints.backbones.upsampling_convolution import UpsamplingConvolution

if TYPE_CHECKING:
    import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfkeypoints")
class ConvolutionBlock(keras.layers.Layer):
    """A 3×3 convolution without bias, batch normalisation and a leaky ReLU (slope 0.1).

    Args:
        filters: Channels of the output.
        strides: Of the convolution.
        dilation: Of the convolution.
        upsampling: Whether the resolution is doubled first, by repeating cells.
        merging: Whether it takes a coarse image, whose resolution is doubled first, and a fine one to put beside it.
        renormalised: Whether training normalises by the moving statistics, see `BatchRenormLeakyReLU`.

    Call arguments:
        features: `[N, H, W, C]` float; with `merging` a pair, see `MergingConvolution`.

    Returns:
        `[N, H / strides, W / strides, filters]`, or `[N, 2 H, 2 W, filters]` with `upsampling` or `merging`.

    Raises:
        ValueError: If two of strides, dilation, `upsampling` and `merging` are asked for, or if TensorFlow cannot
            convolve in the layer's type on this machine.

    Example:
        >>> ConvolutionBlock(8, strides=2)(keras.ops.ones([1, 16, 12, 3])).shape
        TensorShape([1, 8, 6, 8])
    """

    def __init__(
        self,
        filters: int,
        strides: int = 1,
        dilation: int = 1,
        upsampling: bool = False,
        merging: bool = False,
        renormalised: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if (upsampling or merging) and (strides, dilation, upsampling and merging) != (1, 1, False):
            raise ValueError(
                "`upsampling` and `merging` exclude each other, strides and dilation. "
                f"Received: strides={strides}, dilation={dilation}, upsampling={upsampling}, merging={merging}"
            )
        self.filters = filters
        self.strides = strides
        self.dilation = dilation
        self.upsampling = upsampling
        self.merging = merging
        self.renormalised = renormalised
        common = {"use_bias": False, "dtype": self.dtype_policy}
        if upsampling:
            self.convolution = UpsamplingConvolution(filters, **common)
        elif merging:
            self.convolution = MergingConvolution(filters, **common)
        elif dilation > 1:
            self.convolution = DilatedConvolution(filters, dilation, strides=strides, **common)
        else:
            self.convolution = keras.layers.Conv2D(filters, 3, strides=strides, padding="same", **common)
        if renormalised:
            self.activation = BatchRenormLeakyReLU(negative_slope=0.1, dtype=self.dtype_policy)
        else:
            self.activation = BatchNormLeakyReLU(negative_slope=0.1, momentum=0.95, dtype=self.dtype_policy)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.convolution.build(input_shape)
        self.activation.build(self.compute_output_shape(input_shape))

    def call(self, features: "tf.Tensor", training: bool | None = False) -> "tf.Tensor":
        check_convolutions(self.dtype_policy)
        return self.activation(self.convolution(features), training=training)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return self.convolution.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "strides": self.strides,
            "dilation": self.dilation,
            "upsampling": self.upsampling,
            "merging": self.merging,
            "renormalised": self.renormalised,
        }
