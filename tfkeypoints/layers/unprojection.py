"""From image points with depth to world points."""

import keras
import tensorflow as tf

from tfkeypoints.geometry import camera
from tfkeypoints.geometry._tensors import TensorLike
from tfkeypoints.layers._geometric import GeometricLayer


@keras.saving.register_keras_serializable(package="tfkeypoints")
class PerspectiveUnprojection(GeometricLayer):
    """Lifts image points with their depths into the world: x = Rᵀ (z K⁻¹ (u, v, 1)ᵀ - t).

    Call arguments:
        uv: `[..., K, 2]` float, normalised image coordinates.
        depth: `[..., K, 1]` float, world units.
        intrinsics: `[..., 3, 3]` float.
        extrinsics: `[..., 4, 4]` float, world to camera.

    Returns:
        Points `[..., K, 3]` in the world frame, float32 or better.

    Reference: Suwajanakorn et al. 2018, section 3; Chen et al. 2021, equation 1.
    """

    def call(self, uv: TensorLike, depth: TensorLike, intrinsics: TensorLike, extrinsics: TensorLike) -> tf.Tensor:
        return camera.unproject(*map(self.at_least_float32, (uv, depth, intrinsics, extrinsics)))

    def compute_output_shape(
        self,
        uv_shape: tuple[int | None, ...],
        depth_shape: tuple[int | None, ...],
        intrinsics_shape: tuple[int | None, ...],
        extrinsics_shape: tuple[int | None, ...],
    ) -> tuple[int | None, ...]:
        return (*uv_shape[:-1], 3)
