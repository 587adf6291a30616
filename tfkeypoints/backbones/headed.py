"""Any backbone with a 1×1 convolution on top."""

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfkeypoints")
class HeadedBackbone(keras.layers.Layer):
    """Turns the features of a backbone into maps.

    Args:
        backbone: A layer from images `[N, H, W, C]` to features `[N, h, w, F]`.
        channels: Channels of the maps.

    Call arguments:
        images: `[N, H, W, C]` float.

    Returns:
        Maps `[N, h, w, channels]`.
    """

    def __init__(self, backbone: keras.layers.Layer, channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.backbone = backbone
        self.channels = channels
        self.head = keras.layers.Conv2D(channels, 1, dtype=self.dtype_policy, name="head")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if not self.backbone.built:
            self.backbone.build(input_shape)
        self.head.build(self.backbone.compute_output_shape(input_shape))

    def call(self, images: "tf.Tensor", training: bool | None = False) -> "tf.Tensor":
        return self.head(self.backbone(images, training=training))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return self.head.compute_output_shape(self.backbone.compute_output_shape(input_shape))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "backbone": keras.saving.serialize_keras_object(self.backbone),
            "channels": self.channels,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "HeadedBackbone":
        return cls(**{**config, "backbone": keras.saving.deserialize_keras_object(config["backbone"])})
