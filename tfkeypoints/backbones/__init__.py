"""Networks between images and features."""

from tfkeypoints.backbones.convolution_block import ConvolutionBlock
from tfkeypoints.backbones.dilated import DilatedNetwork
from tfkeypoints.backbones.hourglass import HourglassNetwork
from tfkeypoints.backbones.strided import StridedDecoder, StridedEncoder
from tfkeypoints.backbones.upsampling_convolution import UpsamplingConvolution

__all__ = [
    "ConvolutionBlock",
    "DilatedNetwork",
    "HourglassNetwork",
    "StridedDecoder",
    "StridedEncoder",
    "UpsamplingConvolution",
]
