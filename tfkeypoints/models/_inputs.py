"""What every model does to its images first."""

import keras
import tensorflow as tf

from tfkeypoints.geometry._tensors import TensorLike

INPUT_RANGES = ("symmetric", "unit")
"""What `color` makes of colors: [-1, 1] around mid-grey, or [0, 1] on black."""


def rescale(images: TensorLike) -> tf.Tensor:
    """Makes images float in [0, 1]: integers are divided by 255, floats are taken as they are."""
    images = tf.convert_to_tensor(images)
    if images.dtype.is_integer:
        return tf.cast(images, keras.backend.floatx()) / 255
    return images


def color(images: tf.Tensor, input_range: str = "symmetric") -> tf.Tensor:
    """The color channels `[..., 3]` of RGB or RGBA images in [0, 1], as networks see them.

    Args:
        images: `[..., C]`, C = 3 or 4.
        input_range: "symmetric" gives [-1, 1], and 0, mid-grey, by the share that is transparent: against it dark
            objects stand out as well as bright ones. "unit" gives [0, 1] as it is, and 0, black, where alpha is 0;
            other alphas change nothing.
    """
    if images.shape[-1] not in (3, 4):
        raise ValueError(f"`image` must have 3 channels, or 4 with alpha. Received: image.shape={tuple(images.shape)}")
    if input_range == "unit":
        return images[..., :3] * tf.cast(images[..., 3:] > 0, images.dtype) if images.shape[-1] == 4 else images
    centred = 2 * images[..., :3] - 1
    return centred * images[..., 3:] if images.shape[-1] == 4 else centred


def checked(inputs: dict, dtype: str) -> dict:
    """Images and cameras as tensors, floats of them in float64 if that is `dtype`, otherwise in float32.

    Keras would cast them, cameras too, to the half precision in which a mixed policy computes.

    Raises:
        ValueError: Unless image `[B, V, H, W, C]`, intrinsics and extrinsics are there and agree in V.
    """
    expected = {"image": 5, "intrinsics": 4, "extrinsics": 4}
    if not isinstance(inputs, dict) or not set(expected) <= set(inputs):
        received = sorted(inputs) if isinstance(inputs, dict) else type(inputs).__name__
        raise ValueError(f"The model is called with a dict of {', '.join(expected)}. Received: {received}")
    shapes = {name: tuple(inputs[name].shape) for name in expected}
    for name, rank in expected.items():
        if len(shapes[name]) != rank:
            raise ValueError(
                f"`{name}` must have {rank} axes, [batch, view, ...]. Received: {name}.shape={shapes[name]}"
            )
    counts = {shape[1] for shape in shapes.values()} - {None}
    if len(counts) > 1:
        raise ValueError(f"`image`, `intrinsics` and `extrinsics` must have equally many views. Received: {shapes}")

    floating = tf.float64 if dtype == "float64" else tf.float32
    tensors = {name: tf.convert_to_tensor(inputs[name]) for name in expected}
    return {name: tf.cast(each, floating) if each.dtype.is_floating else each for name, each in tensors.items()}
