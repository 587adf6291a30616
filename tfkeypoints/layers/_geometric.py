"""The base of layers whose numbers are geometry: they compute in float32 or better under any dtype policy."""

from typing import Any

import keras
import tensorflow as tf

from tfkeypoints.geometry._tensors import TensorLike


class GeometricLayer(keras.layers.Layer):
    """A layer without weights that leaves its inputs' precision alone and raises half precision to float32."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)

    @staticmethod
    def at_least_float32(tensor: TensorLike) -> tf.Tensor:
        tensor = tf.convert_to_tensor(tensor)
        return tensor if tensor.dtype.is_floating and tensor.dtype.size >= 4 else tf.cast(tensor, tf.float32)
