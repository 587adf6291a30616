"""The networks of Keypoint3D: from images down to maps, and from maps up to images."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras

from tfkeypoints.backbones.convolution_block import ConvolutionBlock
from tfkeypoints.backbones.upsampling_convolution import UpsamplingConvolution

if TYPE_CHECKING:
    import tensorflow as tf


class _BlocksAndHead(keras.layers.Layer):
    """`self.blocks` one after another, then `self.head` if there is one: what encoder and decoder have in common."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        for layer in self._layers_in_order():
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)

    def call(self, inputs: "tf.Tensor", training: bool | None = False) -> "tf.Tensor":
        for block in self.blocks:
            inputs = block(inputs, training=training)
        return inputs if self.head is None else self.head(inputs)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        for layer in self._layers_in_order():
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def _layers_in_order(self) -> Sequence[keras.layers.Layer]:
        return self.blocks if self.head is None else [*self.blocks, self.head]


@keras.saving.register_keras_serializable(package="tfkeypoints")
class StridedEncoder(_BlocksAndHead):
    """Halves the resolution `levels` times, looks around with dilated layers, and returns maps or features.

    Args:
        channels: Channels of the maps; None: the features as they are, of the last level.
        filters: Channels of the first level; each level doubles them.
        levels: How often the resolution is halved.
        dilations: Dilation of each layer at the lowest resolution.

    Call arguments:
        inputs: `[N, H, W, C]` float: images; H and W should be multiples of 2^levels.

    Returns:
        `[N, H / 2^levels, W / 2^levels, channels]`, or with as many channels as the last level has.

    Reference: Chen et al. 2021, section 3.1 and appendix.
    """

    def __init__(
        self,
        channels: int | None = None,
        filters: int = 16,
        levels: int = 3,
        dilations: Sequence[int] = (1, 2),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.channels = channels
        self.filters = filters
        self.levels = levels
        self.dilations = tuple(dilations)
        widths = [filters * 2**level for level in range(levels)]
        self.blocks = [ConvolutionBlock(width, strides=2, dtype=self.dtype_policy) for width in widths]
        self.blocks += [ConvolutionBlock(widths[-1], dilation=d, dtype=self.dtype_policy) for d in self.dilations]
        self.head = None
        if channels is not None:
            self.head = keras.layers.Conv2D(channels, 1, dtype=self.dtype_policy, name="head")

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "channels": self.channels,
            "filters": self.filters,
            "levels": self.levels,
            "dilations": self.dilations,
        }


@keras.saving.register_keras_serializable(package="tfkeypoints")
class StridedDecoder(_BlocksAndHead):
    """Doubles the resolution `levels` times, from maps to images.

    Args:
        channels: Channels of the answer.
        filters: Channels of the last level; each level before has twice as many.
        levels: How often the resolution is doubled.

    Call arguments:
        inputs: `[N, H, W, C]` float: maps.

    Returns:
        `[N, H · 2^levels, W · 2^levels, channels]`, unbounded.

    Reference: Chen et al. 2021, section 3.3 and appendix.
    """

    def __init__(self, channels: int, filters: int = 16, levels: int = 3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channels = channels
        self.filters = filters
        self.levels = levels
        self.blocks = [
            ConvolutionBlock(filters * 2**level, upsampling=level < levels - 1, dtype=self.dtype_policy)
            for level in reversed(range(levels))
        ]
        self.head = UpsamplingConvolution(channels, dtype=self.dtype_policy, name="head")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "channels": self.channels, "filters": self.filters, "levels": self.levels}


def make(
    filters: int,
    stride: int,
    dilations: Sequence[int],
    dtype: str | keras.DTypePolicy | None = None,
    channels: int | None = None,
) -> StridedEncoder:
    """A `StridedEncoder` as a backbone.

    Raises:
        ValueError: Unless the stride is 2, 4, 8, …
    """
    levels = int(stride).bit_length() - 1
    if stride < 2 or stride != 2**levels:
        raise ValueError(f"The stride of the backbone 'strided' must be 2, 4, 8, … Received: stride={stride}")
    return StridedEncoder(channels, filters, levels, dilations, dtype=dtype)
