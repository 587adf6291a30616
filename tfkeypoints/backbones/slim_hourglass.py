"""An hourglass of half the cost, in two parts: between them it can be told something about the whole image."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras

from tfkeypoints.arguments import check_positive_integers
from tfkeypoints.backbones.convolution_block import ConvolutionBlock
from tfkeypoints.backbones.merging_convolution import doubled

if TYPE_CHECKING:
    import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfkeypoints")
class SlimHourglassNetwork(keras.layers.Layer):
    """Goes down `levels` resolutions, doubling the channels at each, and up again, adding what it saw on the way down.

    It multiplies 0.63 times as often as a `HourglassNetwork`: skips are added, and the finest one is not refined.

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
    Note: one hourglass, whose blocks are batch renormalised; the reference stacks several, which are batch normalised.

    Example:
        >>> SlimHourglassNetwork(filters=8)(keras.ops.zeros([1, 32, 48, 3])).shape
        TensorShape([1, 16, 24, 8])
    """

    def __init__(self, filters: int = 16, first_stride: int = 2, levels: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_positive_integers(filters=filters, first_stride=first_stride, levels=levels)
        self.filters = filters
        self.first_stride = first_stride
        self.levels = levels

        def block(level: int, strides: int = 1) -> ConvolutionBlock:
            return ConvolutionBlock(filters * 2**level, strides, renormalised=True, dtype=self.dtype_policy)

        strides = [first_stride, *[2] * (levels - 1)]
        self.downsampling = [block(level, stride) for level, stride in enumerate(strides)]
        self.refining = [block(level) for level in range(1, levels)]
        self.bottom = block(levels - 1)
        self.upsampling = [block(level) for level in range(levels - 1)]
        self.merges = [block(level) for level in range(levels - 1)]

    @property
    def coarsest_channels(self) -> int:
        """Channels of the coarsest level."""
        return self.filters * 2 ** (self.levels - 1)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        for level, down in enumerate(self.downsampling):
            down.build(input_shape)
            input_shape = (*input_shape[:-1], down.filters)
            if level:
                self.refining[level - 1].build(input_shape)
        self.bottom.build((*input_shape[:-1], self.coarsest_channels))
        for up, merge in zip(self.upsampling, self.merges, strict=True):
            up.build((*input_shape[:-1], 2 * up.filters))
            merge.build((*input_shape[:-1], merge.filters))

    def call(self, images: "tf.Tensor", training: bool | None = False) -> "tf.Tensor":
        return self.decode(*self.encode(images, training), training)

    def encode(self, images: "tf.Tensor", training: bool | None = False) -> "tuple[tf.Tensor, list[tf.Tensor]]":
        """The way down: the features of the coarsest level, and those of all others, finest first, for the way up."""
        features = [self.downsampling[0](images, training=training)]
        for down, refine in zip(self.downsampling[1:], self.refining, strict=True):
            features.append(refine(down(features[-1], training=training), training=training))
        return self.bottom(features[-1], training=training), features[:-1]

    def decode(self, coarsest: "tf.Tensor", skips: "Sequence[tf.Tensor]", training: bool | None = False) -> "tf.Tensor":
        """The way up, from what `encode` answers; to the first of it something may have been added."""
        features = coarsest
        for up, merge, skip in zip(self.upsampling[::-1], self.merges[::-1], skips[::-1], strict=True):
            finer = doubled(up(features, training=training), skip)
            features = merge(finer + skip, training=training)
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
) -> SlimHourglassNetwork:
    """A `SlimHourglassNetwork` as a backbone; it has no dilations."""
    return SlimHourglassNetwork(filters, stride, dtype=dtype)
