"""A dilated convolution that makes no copies of the image."""

import functools
from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfkeypoints")
class DilatedConvolution(keras.layers.Conv2D):
    """Convolves with 3 × 3 taps that lie `dilation` cells apart.

    y(p) = Σ_t w(t) x(p + dilation t),   t ∈ {-1, 0, 1}²,   x = 0 outside of the image

    Weights and answer are those of `Conv2D(filters, 3, padding="same", dilation_rate=dilation)`. That one rearranges
    the image into many small ones, and keeps them beside it for the gradient. This one doesn't, which takes a fifth
    less time and half of the memory, where TensorFlow has the gradients of a dilated convolution: on GPUs, and on CPUs
    whose kernels come from oneDNN.

    Args:
        filters: Channels of the answer.
        dilation: Cells from tap to tap.

    Call arguments:
        inputs: `[N, H, W, C]` float.

    Returns:
        `[N, H, W, filters]`.

    Example:
        >>> DilatedConvolution(3, dilation=2)(keras.ops.ones([1, 4, 6, 8])).shape
        TensorShape([1, 4, 6, 3])
    """

    def __init__(self, filters: int, dilation: int, **kwargs: Any) -> None:
        super().__init__(filters, 3, padding="same", dilation_rate=dilation, **kwargs)
        self.dilation = dilation

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        if not has_dilated_gradients(inputs.dtype):
            return super().call(inputs)
        answer = tf.nn.conv2d(inputs, tf.convert_to_tensor(self.kernel), 1, "SAME", dilations=self.dilation)
        return answer + self.bias if self.use_bias else answer

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "dilation": self.dilation}
        return {
            name: value for name, value in config.items() if name not in ("kernel_size", "padding", "dilation_rate")
        }


@functools.cache
def has_dilated_gradients(dtype: str | tf.DType) -> bool:
    """Whether TensorFlow has the gradients of dilated convolutions of this type on this machine, found by trying."""
    with tf.init_scope():
        image, kernel = tf.ones([1, 4, 4, 1], dtype), tf.ones([3, 3, 1, 1], dtype)
        common = {"out_backprop": image, "strides": [1] * 4, "padding": "SAME", "dilations": [1, 2, 2, 1]}
        try:
            tf.raw_ops.Conv2DBackpropInput(input_sizes=image.shape, filter=kernel, **common)
            tf.raw_ops.Conv2DBackpropFilter(input=image, filter_sizes=kernel.shape, **common)
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
            return False
    return True
