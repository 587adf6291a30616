"""Backbones, from images to features, by name; and the blocks and decoders that networks are made of."""

from collections.abc import Callable, Sequence

import keras

from tfkeypoints.arguments import check_choice
from tfkeypoints.backbones import dilated, hourglass, slim_hourglass, strided
from tfkeypoints.backbones.convolution_block import ConvolutionBlock
from tfkeypoints.backbones.dilated import DilatedNetwork
from tfkeypoints.backbones.headed import HeadedBackbone
from tfkeypoints.backbones.hourglass import HourglassNetwork
from tfkeypoints.backbones.merging_convolution import MergingConvolution
from tfkeypoints.backbones.slim_hourglass import SlimHourglassNetwork
from tfkeypoints.backbones.strided import StridedDecoder, StridedEncoder
from tfkeypoints.backbones.upsampling_convolution import UpsamplingConvolution

__all__ = [
    "BACKBONES",
    "ConvolutionBlock",
    "DilatedNetwork",
    "HeadedBackbone",
    "HourglassNetwork",
    "MergingConvolution",
    "SlimHourglassNetwork",
    "StridedDecoder",
    "StridedEncoder",
    "UpsamplingConvolution",
    "copy_of",
    "make_backbone",
    "make_encoder",
]

BACKBONES: dict[str, Callable[..., keras.layers.Layer]] = {
    "dilated": dilated.make,
    "hourglass": hourglass.make,
    "slim_hourglass": slim_hourglass.make,
    "strided": strided.make,
}
"""Name to a function of `filters`, `stride`, `dilations` and `dtype` that makes a layer from images `[N, H, W, C]` to
features `[N, H / stride, W / stride, F]`."""


def make_backbone(
    backbone: str | keras.layers.Layer,
    filters: int,
    stride: int,
    dilations: Sequence[int],
    dtype: str | keras.DTypePolicy | None = None,
) -> keras.layers.Layer:
    """Makes a backbone by its name; a layer is taken as it is.

    Args:
        backbone: A name in `BACKBONES`, or a layer from images `[N, H, W, C]` to features.
        filters: Channels of its finest level.
        stride: What the resolution is divided by.
        dilations: Of its layers, where it has any.
        dtype: Policy of types.

    Raises:
        ValueError: If there is no such backbone, or it has no such stride.

    Example:
        >>> make_backbone("hourglass", filters=8, stride=2, dilations=()).compute_output_shape((1, 16, 32, 3))
        (1, 8, 16, 8)
    """
    if isinstance(backbone, keras.layers.Layer):
        return backbone
    check_choice(BACKBONES, backbone=backbone)
    return BACKBONES[backbone](filters=filters, stride=stride, dilations=dilations, dtype=dtype)


def make_encoder(
    backbone: str | keras.layers.Layer,
    channels: int,
    filters: int,
    stride: int,
    dilations: Sequence[int],
    dtype: str | keras.DTypePolicy | None = None,
) -> keras.layers.Layer:
    """Makes a backbone with a 1×1 convolution to so many channels on top; of a layer it takes a copy.

    Args and Raises: see `make_backbone`.
    """
    if backbone == "strided":  # has a head of its own
        return strided.make(filters, stride, dilations, dtype, channels)
    return HeadedBackbone(make_backbone(copy_of(backbone), filters, stride, dilations, dtype), channels, dtype=dtype)


def copy_of(backbone: str | keras.layers.Layer) -> str | keras.layers.Layer:
    """A layer like this one, with weights of its own; a name stays."""
    return backbone if isinstance(backbone, str) else type(backbone).from_config(backbone.get_config())
