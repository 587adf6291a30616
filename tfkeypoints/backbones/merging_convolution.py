"""A convolution of a coarse image, enlarged, beside a fine one, that makes neither the enlarged nor the joint image."""

from typing import Any, TypeAlias

import keras
import tensorflow as tf

from tfkeypoints.backbones.upsampling_convolution import convolve_doubled

ImageShape: TypeAlias = tuple[int | None, int | None, int | None, int]
"""`[N, H, W, C]`."""


@keras.saving.register_keras_serializable(package="tfkeypoints")
class MergingConvolution(keras.layers.Conv2D):
    """Doubles the resolution of one image by repeating cells, puts another's channels behind, and convolves.

    y = conv(repeat(coarse), W[:, :, :C]) + conv(fine, W[:, :, C:]),   C the channels of the coarse image

    Weights and answer are those of `UpSampling2D(2)`, `Concatenate()` and `Conv2D(filters, 3, padding="same")`, with a
    quarter less to multiply.

    Args:
        filters: Channels of the answer.

    Call arguments:
        images: A pair, coarse `[N, ⌈H / 2⌉, ⌈W / 2⌉, C]` and fine `[N, H, W, D]` float. Where H or W is odd, what the
            fine image does not have is cut off.

    Returns:
        `[N, H, W, filters]`.

    Example:
        >>> MergingConvolution(3)((keras.ops.ones([1, 4, 6, 8]), keras.ops.ones([1, 8, 12, 2]))).shape
        TensorShape([1, 8, 12, 3])
    """

    def __init__(self, filters: int, **kwargs: Any) -> None:
        super().__init__(filters, 3, padding="same", **kwargs)
        self.input_spec = None  # that of one image

    def build(self, input_shape: ImageShape | tuple[ImageShape, ImageShape]) -> None:
        super().build(joint(input_shape))
        self.input_spec = None

    def call(self, images: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        coarse, fine = images
        kernel = keras.ops.convert_to_tensor(self.kernel)
        if are_doubled(coarse, fine):
            channels = coarse.shape[-1]
            answer = convolve_doubled(coarse, kernel[:, :, :channels])
            answer += keras.ops.conv(fine, kernel[:, :, channels:], padding="same")
        else:
            answer = keras.ops.conv(tf.concat([doubled(coarse, fine), fine], -1), kernel, padding="same")
        return answer + self.bias if self.use_bias else answer

    def compute_output_shape(self, input_shape: ImageShape | tuple[ImageShape, ImageShape]) -> ImageShape:
        return super().compute_output_shape(joint(input_shape))

    def get_config(self) -> dict[str, Any]:
        return {name: value for name, value in super().get_config().items() if name not in ("kernel_size", "padding")}


def joint(
    shapes: ImageShape | tuple[ImageShape, ImageShape],
) -> ImageShape:
    """The shape of the joint image, from those of the pair or from itself."""
    if len(shapes) != 2:
        return shapes
    coarse, fine = shapes
    return (*fine[:-1], coarse[-1] + fine[-1])


def are_doubled(coarse: tf.Tensor, fine: tf.Tensor) -> bool:
    """Whether it is known that the fine image has exactly twice the cells of the coarse one, along both axes."""
    return None not in fine.shape[1:3] and list(fine.shape[1:3]) == [2 * size for size in coarse.shape[1:3]]


def doubled(coarse: tf.Tensor, fine: tf.Tensor) -> tf.Tensor:
    """Repeats every cell twice along both axes, and cuts off what the fine image does not have."""
    repeated = tf.repeat(tf.repeat(coarse, 2, axis=1), 2, axis=2)
    shape = tf.shape(fine)
    return repeated[:, : shape[1], : shape[2]]
