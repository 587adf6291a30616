"""From logits to heatmaps."""

from typing import Any

import keras
import tensorflow as tf

from tfkeypoints.arguments import check_positive
from tfkeypoints.geometry._tensors import TensorLike
from tfkeypoints.layers._geometric import GeometricLayer


@keras.saving.register_keras_serializable(package="tfkeypoints")
class SpatialSoftmax(GeometricLayer):
    """Turns each keypoint's logits into a distribution over the cells of the image.

    With `KeypointExpectation` behind it, this is what is known as soft-argmax.

    H_k(p) = exp(scale · C_k(p)) / Σ_q exp(scale · C_k(q))

    Args:
        logit_scale: Factor on the logits, > 0, which is one over the softmax' temperature. Keypoint3D uses 5,
            KeypointNet 1.

    Call arguments:
        logits: `[..., H, W, K]` float.

    Returns:
        Heatmaps `[..., H, W, K]`, float32 or better, that sum to 1 over H and W.

    Raises:
        ValueError: If `logit_scale` is not positive.

    Example:
        >>> SpatialSoftmax()(tf.zeros([2, 2, 1]))[0, 0, 0].numpy()
        np.float32(0.25)
    """

    def __init__(self, logit_scale: float = 1.0, **kwargs: Any) -> None:
        check_positive(logit_scale=logit_scale)
        super().__init__(**kwargs)
        self.logit_scale = logit_scale

    def call(self, logits: TensorLike) -> tf.Tensor:
        logits = self.at_least_float32(logits) * self.logit_scale
        shape = tf.shape(logits)
        flat = tf.reshape(logits, tf.concat([shape[:-3], [shape[-3] * shape[-2], shape[-1]]], 0))
        flat -= tf.stop_gradient(tf.reduce_max(flat, -2, keepdims=True))
        weights = tf.exp(flat)
        return tf.reshape(weights / tf.reduce_sum(weights, -2, keepdims=True), shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "logit_scale": self.logit_scale}
