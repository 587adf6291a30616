"""The dilated network of KeypointNet: image to features of the same resolution, with a wide field of view."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras

from tfkeypoints.backbones.convolution_block import ConvolutionBlock

if TYPE_CHECKING:
    import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfkeypoints")
class DilatedNetwork(keras.layers.Layer):
    """A stack of dilated 3×3 convolutions, each followed by batch normalisation and a leaky ReLU (slope 0.1).

    Args:
        filters: Channels of every layer.
        dilations: Dilation of every layer, in order.
        first_stride: Stride of the first layer; 2 halves the resolution of everything that follows.

    Call arguments:
        images: `[N, H, W, C]` float.

    Returns:
        Features `[N, H / first_stride, W / first_stride, filters]`.

    Raises:
        ValueError: If `filters`, `first_stride` or a dilation is not a positive integer, or the first layer is both
            strided and dilated.

    Reference: Suwajanakorn et al. 2018, section 5.
    """

    def __init__(
        self,
        filters: int = 64,
        dilations: Sequence[int] = (1, 1, 2, 4, 8, 16, 1, 2, 4, 8, 16, 1),
        first_stride: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        for name, values in (("filters", [filters]), ("first_stride", [first_stride]), ("dilations", dilations)):
            if any(int(value) != value or value < 1 for value in values):
                raise ValueError(f"`{name}` must hold positive integers only. Received: {name}={values}")
        if first_stride > 1 and dilations[0] > 1:
            raise ValueError(
                f"The first layer can't be both strided and dilated. Received: first_stride={first_stride}, "
                f"dilations={tuple(dilations)}"
            )
        self.filters = filters
        self.dilations = tuple(dilations)
        self.first_stride = first_stride
        self.blocks = [
            ConvolutionBlock(filters, first_stride if index == 0 else 1, dilation, dtype=self.dtype_policy)
            for index, dilation in enumerate(self.dilations)
        ]

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        for block in self.blocks:
            block.build(input_shape)
            input_shape = block.compute_output_shape(input_shape)

    def call(self, images: "tf.Tensor", training: bool | None = False) -> "tf.Tensor":
        for block in self.blocks:
            images = block(images, training=training)
        return images

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*self.blocks[0].compute_output_shape(input_shape)[:-1], self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "dilations": self.dilations,
            "first_stride": self.first_stride,
        }


def make(
    filters: int, stride: int, dilations: Sequence[int], dtype: str | keras.DTypePolicy | None = None
) -> DilatedNetwork:
    """A `DilatedNetwork` as a backbone."""
    return DilatedNetwork(filters, dilations, stride, dtype=dtype)
