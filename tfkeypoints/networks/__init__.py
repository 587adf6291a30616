"""Networks between images and features."""

from tfkeypoints.networks.convolution_block import ConvolutionBlock
from tfkeypoints.networks.dilated import DilatedNetwork
from tfkeypoints.networks.hourglass import HourglassNetwork
from tfkeypoints.networks.strided import StridedDecoder, StridedEncoder
from tfkeypoints.networks.upsampling_convolution import UpsamplingConvolution

__all__ = [
    "ConvolutionBlock",
    "DilatedNetwork",
    "HourglassNetwork",
    "StridedDecoder",
    "StridedEncoder",
    "UpsamplingConvolution",
]
