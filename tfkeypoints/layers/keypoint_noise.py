"""Uncertainty made felt: noise on image points, as wide as their heatmaps."""

from typing import Any

import keras
import tensorflow as tf

from tfkeypoints import replicas
from tfkeypoints.geometry._tensors import TensorLike
from tfkeypoints.layers._geometric import GeometricLayer


@keras.saving.register_keras_serializable(package="tfkeypoints")
class KeypointNoise(GeometricLayer):
    """Moves each image point at random within its heatmap's std, in training only.

    uv' = uv + std · clip(noise · ε, -1, 1),   ε ~ N(0, I)

    Points cannot encode the image in their exact places then, and those that must be exact learn narrow heatmaps. The
    gradient flows through uv and std.

    Args:
        noise: Standard deviation of the noise as a fraction of the std, ≥ 0.
        seed: Seed of the noise.

    Call arguments:
        uv: `[..., K, 2]` float, normalised image coordinates.
        std: `[..., K, 1]` float, normalised units, from `KeypointExpectation`.
        training: Whether to add the noise.

    Returns:
        uv `[..., K, 2]`, float32 or better; unchanged outside training.

    Raises:
        ValueError: If `noise` is negative.

    Reference: Chen et al. 2021, section 3.

    Example:
        >>> KeypointNoise(seed=0)(tf.zeros([1, 4, 2]), tf.zeros([1, 4, 1]), training=True).shape
        TensorShape([1, 4, 2])
    """

    def __init__(self, noise: float = 0.05, seed: int | None = None, **kwargs: Any) -> None:
        if not noise >= 0:
            raise ValueError(f"`noise` must not be negative. Received: noise={noise}")
        super().__init__(**kwargs)
        self.noise = noise
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, uv: TensorLike, std: TensorLike, training: bool | None = False) -> tf.Tensor:
        uv = self.at_least_float32(uv)
        if not training:
            return uv
        normal = replicas.draw(keras.random.normal, tf.shape(uv), self.seed_generator, dtype=uv.dtype.name)
        return uv + self.at_least_float32(std) * tf.clip_by_value(self.noise * normal, -1, 1)

    def compute_output_shape(
        self, uv_shape: tuple[int | None, ...], std_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return uv_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "noise": self.noise, "seed": self.seed}
