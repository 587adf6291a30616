"""From heatmaps to image points."""

import keras
import numpy as np
import tensorflow as tf

from tfkeypoints.geometry._tensors import TensorLike
from tfkeypoints.layers._geometric import GeometricLayer


@keras.saving.register_keras_serializable(package="tfkeypoints")
class KeypointExpectation(GeometricLayer):
    """Takes the mean position and depth of each keypoint under its heatmap, and the standard deviation of the heatmap.

    The positions are the second half of what is known as soft-argmax; the first is `SpatialSoftmax`.

    u = Σ u_p H(p),   v = Σ v_p H(p),   d = Σ D(p) H(p),   std² = Σ |p - (u, v)|² H(p)

    Call arguments:
        heatmaps: `[..., H, W, K]` float, summing to 1 over H and W.
        depth_maps: `[..., H, W, K]` float, world units.

    Returns:
        uv `[..., K, 2]`, normalised image coordinates (u right, v down); depth `[..., K, 1]`, world units;
        std `[..., K, 1]`, normalised units. The std of a one-cell heatmap is 0 with gradient 0.

    Reference: Suwajanakorn et al. 2018, equation 5; Chen et al. 2021, section 3.1.
    Note: positions are those of the cells' centres; the Keypoint3D original spans the corners ±1 instead.

    Example:
        >>> uv, depth, std = KeypointExpectation()(tf.fill([2, 2, 1], 0.25), tf.ones([2, 2, 1]))
        >>> uv.numpy().tolist(), float(std[0, 0])
        ([[0.0, 0.0]], 0.7071067690849304)
    """

    def call(self, heatmaps: TensorLike, depth_maps: TensorLike) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        heatmaps, depth_maps = self.at_least_float32(heatmaps), self.at_least_float32(depth_maps)
        depth = tf.reduce_sum(heatmaps * depth_maps, [-3, -2])
        moments = self._moments(heatmaps)
        uv = moments[..., :2]
        variance = moments[..., 2] - tf.reduce_sum(uv**2, -1)
        resolvable = variance > 4 * np.finfo(uv.dtype.as_numpy_dtype).eps
        std = tf.where(resolvable, tf.sqrt(tf.where(resolvable, variance, tf.ones_like(variance))), 0)
        return uv, tf.expand_dims(depth, -1), tf.expand_dims(std, -1)

    @staticmethod
    def _moments(heatmaps: tf.Tensor) -> tf.Tensor:
        """Means of u, v and u² + v² under each heatmap, `[..., K, 3]`, by one product with a constant matrix."""
        shape = tf.shape(heatmaps)
        height, width = tf.cast(shape[-3], heatmaps.dtype), tf.cast(shape[-2], heatmaps.dtype)
        v, u = tf.meshgrid(
            (2 * tf.range(height) + 1) / height - 1, (2 * tf.range(width) + 1) / width - 1, indexing="ij"
        )
        basis = tf.reshape(tf.stack([u, v, u**2 + v**2], -1), [-1, 3])
        flat = tf.reshape(heatmaps, tf.concat([shape[:-3], [shape[-3] * shape[-2], shape[-1]]], 0))
        return tf.einsum("...pk,pm->...km", flat, basis)

    def compute_output_shape(
        self, heatmaps_shape: tuple[int | None, ...], depth_maps_shape: tuple[int | None, ...]
    ) -> tuple[tuple[int | None, ...], tuple[int | None, ...], tuple[int | None, ...]]:
        leading = (*heatmaps_shape[:-3], heatmaps_shape[-1])
        return (*leading, 2), (*leading, 1), (*leading, 1)
