"""From image points to images of them."""

from typing import Any

import keras
import tensorflow as tf

from tfkeypoints.arguments import check_positive
from tfkeypoints.geometry._tensors import TensorLike
from tfkeypoints.layers._geometric import GeometricLayer

MAX_DEVIATION = 100
"""Standard deviation, in normalised units, of a point at the camera and behind it: its map is flat."""


@keras.saving.register_keras_serializable(package="tfkeypoints")
class GaussianMaps(GeometricLayer):
    """Draws each keypoint as a Gaussian that shrinks with its depth.

    G_k(p) = exp(-|p - uv_k|² / (2 s_k²)) = exp(-(p_u - u_k)² / (2 s_k²)) · exp(-(p_v - v_k)² / (2 s_k²)),
    s_k = scale / depth_k

    Args:
        height, width: Size of the maps in cells.
        scale: Standard deviation of a point at depth 1, in normalised units (the image spans 2), > 0.

    Call arguments:
        uv: `[..., K, 2]` float, normalised image coordinates; may lie outside the image.
        depth: `[..., K, 1]` float, world units; depths below `scale` / `MAX_DEVIATION` count as if they were that.

    Returns:
        Maps `[..., height, width, K]` with peak 1, float32 or better, sampled at the cells' centres.

    Raises:
        ValueError: If an argument is not positive.

    Reference: Chen et al. 2021, section 3.
    Note: the original samples the map on a grid whose outer cells lie at ±1.

    Example:
        >>> GaussianMaps(3, 3, scale=0.1)(tf.zeros([1, 2]), tf.ones([1, 1]))[1, :, 0].numpy().round(3).tolist()
        [0.0, 1.0, 0.0]
    """

    def __init__(self, height: int, width: int, scale: float, **kwargs: Any) -> None:
        check_positive(height=height, width=width, scale=scale)
        super().__init__(**kwargs)
        self.height = height
        self.width = width
        self.scale = scale

    def call(self, uv: TensorLike, depth: TensorLike) -> tf.Tensor:
        uv, depth = self.at_least_float32(uv), self.at_least_float32(depth)
        precision = tf.maximum(depth[..., 0] / self.scale, 1 / MAX_DEVIATION)
        columns = self._profile(uv[..., 0], precision, self.width)
        rows = self._profile(uv[..., 1], precision, self.height)
        return tf.expand_dims(rows, -2) * tf.expand_dims(columns, -3)

    @staticmethod
    def _profile(mean: tf.Tensor, precision: tf.Tensor, size: int) -> tf.Tensor:
        """Gaussians along one axis of the image, `[..., K]` to `[..., size, K]`."""
        centres = tf.expand_dims((2 * tf.range(size, dtype=mean.dtype) + 1) / size - 1, -1)
        deviation = (centres - tf.expand_dims(mean, -2)) * tf.expand_dims(precision, -2)
        return tf.exp(-(deviation**2) / 2)

    def compute_output_shape(
        self, uv_shape: tuple[int | None, ...], depth_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return (*uv_shape[:-2], self.height, self.width, uv_shape[-2])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "height": self.height, "width": self.width, "scale": self.scale}
