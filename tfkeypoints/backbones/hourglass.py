"""An hourglass: image to features of the same resolution, with most of its weights at coarse ones."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras

from tfkeypoints.arguments import check_positive_integers
from tfkeypoints.backbones.convolution_block import ConvolutionBlock

if TYPE_CHECKING:
    import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfkeypoints")
class HourglassNetwork(keras.layers.Layer):
    """Goes down `levels` resolutions, doubling the channels at each, and up again, with a skip connection at each.

    It costs about a quarter more than a `DilatedNetwork` of ten layers with as many filters, and has 29 times its
    weights.

    Args:
        filters: Channels of the finest level and of the answer.
        first_stride: Stride of the first layer; 2 halves the resolution of the answer.
        levels: Number of resolutions.

    Call arguments:
        images: `[N, H, W, C]` float.

    Returns:
        Features `[N, H / first_stride, W / first_stride, filters]`.

    Raises:
        ValueError: If an argument is not a positive integer.

    Reference: Newell, Yang, Deng, Stacked Hourglass Networks for Human Pose Estimation, ECCV 2016.
    Note: one hourglass, whose skips are concatenated and whose blocks are batch renormalised; the reference stacks
        several, adds the skips, and is batch normalised.
    """

    def __init__(self, filters: int = 16, first_stride: int = 2, levels: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_positive_integers(filters=filters, first_stride=first_stride, levels=levels)
        self.filters = filters
        self.first_stride = first_stride
        self.levels = levels

        def block(level: int, strides: int = 1, **options: Any) -> ConvolutionBlock:
            return ConvolutionBlock(filters * 2**level, strides, renormalised=True, dtype=self.dtype_policy, **options)

        strides = [first_stride, *[2] * (levels - 1)]
        self.downsampling = [block(level, stride) for level, stride in enumerate(strides)]
        self.refining = [block(level) for level in range(levels)]
        self.bottom = block(levels - 1)
        self.upsampling = [block(level) for level in range(levels - 1)]
        self.merges = [block(level, merging=True) for level in range(levels - 1)]

    # Keras stores weights by the names of attributes, in their order: under these, as in files of version 0.1.
    ascents = property(lambda self: self.upsampling)
    descents = property(lambda self: self.downsampling)
    looks = property(lambda self: self.refining)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        for down, refine in zip(self.downsampling, self.refining, strict=True):
            down.build(input_shape)
            input_shape = (*input_shape[:-1], down.filters)
            refine.build(input_shape)
        self.bottom.build(input_shape)
        for up, merge in zip(self.upsampling, self.merges, strict=True):
            up.build((*input_shape[:-1], 2 * up.filters))
            merge.build((*input_shape[:-1], 2 * merge.filters))

    def call(self, images: "tf.Tensor", training: bool | None = False) -> "tf.Tensor":
        features, skips = images, []
        for down, refine in zip(self.downsampling, self.refining, strict=True):
            features = refine(down(features, training=training), training=training)
            skips.append(features)
        features = self.bottom(features, training=training)
        for up, merge, skip in zip(self.upsampling[::-1], self.merges[::-1], skips[-2::-1], strict=True):
            features = merge((up(features, training=training), skip), training=training)
        return features

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*self.downsampling[0].compute_output_shape(input_shape)[:-1], self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "first_stride": self.first_stride,
            "levels": self.levels,
        }


def make(
    filters: int, stride: int, dilations: Sequence[int], dtype: str | keras.DTypePolicy | None = None
) -> HourglassNetwork:
    """A `HourglassNetwork` as a backbone; it has no dilations."""
    return HourglassNetwork(filters, stride, dtype=dtype)
