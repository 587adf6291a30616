"""A convolution of an enlarged image that never makes the enlarged image."""

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    import tensorflow as tf


SPREAD = ((1.0, 0.0, 0.0), (1.0, 1.0, 0.0), (0.0, 1.0, 1.0), (0.0, 0.0, 1.0))
"""Of three taps, along one axis: which ones reach each of the four pixels to which a cell contributes."""


@keras.saving.register_keras_serializable(package="tfkeypoints")
class UpsamplingConvolution(keras.layers.Conv2D):
    """Doubles the resolution by repeating cells and convolves with 3 × 3 taps: both in one transposed convolution.

    y(t) = Σ_d w(d) x(⌊(t + d) / 2⌋),   d ∈ {-1, 0, 1},   along both axes

    Weights and answer are those of `UpSampling2D(2)` and `Conv2D(filters, 3, padding="same")`, in about half of the
    time and without their large image between.

    Args:
        filters: Channels of the answer.

    Call arguments:
        inputs: `[N, H, W, C]` float.

    Returns:
        `[N, 2 H, 2 W, filters]`.

    Example:
        >>> UpsamplingConvolution(3)(keras.ops.ones([1, 4, 6, 8])).shape
        TensorShape([1, 8, 12, 3])
    """

    def __init__(self, filters: int, **kwargs: Any) -> None:
        super().__init__(filters, 3, padding="same", **kwargs)

    def call(self, inputs: "tf.Tensor") -> "tf.Tensor":
        answer = convolve_doubled(inputs, self.kernel)
        return answer + self.bias if self.use_bias else answer

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        batch, height, width, _ = input_shape
        return (batch, height and 2 * height, width and 2 * width, self.filters)

    def get_config(self) -> dict[str, Any]:
        return {name: value for name, value in super().get_config().items() if name not in ("kernel_size", "padding")}


def convolve_doubled(images: "tf.Tensor", kernel: "tf.Tensor") -> "tf.Tensor":
    """Doubles the resolution of `[N, H, W, C]` and convolves with `[3, 3, C, F]`: `[N, 2 H, 2 W, F]`."""
    spread = keras.ops.convert_to_tensor(SPREAD, kernel.dtype)
    flipped = keras.ops.flip(keras.ops.flip(kernel, 0), 1)  # Keras 3.12 flips one axis a call
    transposed = keras.ops.einsum("ad,be,decf->abfc", spread, spread, flipped)
    return keras.ops.conv_transpose(images, transposed, strides=2, padding="same")
