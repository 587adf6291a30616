"""From world points to image points."""

import keras
import tensorflow as tf

from tfkeypoints.geometry import camera
from tfkeypoints.geometry._tensors import TensorLike
from tfkeypoints.layers._geometric import GeometricLayer


@keras.saving.register_keras_serializable(package="tfkeypoints")
class PerspectiveProjection(GeometricLayer):
    """Projects world points into the image: p = R x + t, (u, v, 1)ᵀ ∝ K p.

    Call arguments:
        points_world: `[..., K, 3]` float, world units.
        intrinsics: `[..., 3, 3]` float.
        extrinsics: `[..., 4, 4]` float, world to camera.

    Returns:
        uv `[..., K, 2]`, normalised image coordinates, and depth `[..., K, 1]`, world units; float32 or better.
    """

    def call(
        self, points_world: TensorLike, intrinsics: TensorLike, extrinsics: TensorLike
    ) -> tuple[tf.Tensor, tf.Tensor]:
        return camera.project(*map(self.at_least_float32, (points_world, intrinsics, extrinsics)))

    def compute_output_shape(
        self,
        points_world_shape: tuple[int | None, ...],
        intrinsics_shape: tuple[int | None, ...],
        extrinsics_shape: tuple[int | None, ...],
    ) -> tuple[tuple[int | None, ...], tuple[int | None, ...]]:
        return (*points_world_shape[:-1], 2), (*points_world_shape[:-1], 1)
