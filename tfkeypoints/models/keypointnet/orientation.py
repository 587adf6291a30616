"""The network that tells which way an object faces in the image."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from tfkeypoints import losses
from tfkeypoints.arguments import check_choice
from tfkeypoints.backbones import make_backbone
from tfkeypoints.geometry import camera
from tfkeypoints.geometry._tensors import TensorLike
from tfkeypoints.layers import KeypointExpectation, SpatialSoftmax
from tfkeypoints.models._inputs import INPUT_RANGES, checked, color, rescale
from tfkeypoints.models.options import arguments_from, config_of_backbone


@keras.saving.register_keras_serializable(package="tfkeypoints")
class OrientationNet(keras.Model):
    """Predicts where the points (1, 0, 0) and (-1, 0, 0) of the object's frame project.

    Whether the first lies to the right of the second says if the object faces right, which breaks the symmetry that
    makes left and right legs look alike. It is part of `KeypointNet`, and can be trained alone with `fit`.

    Args:
        filters, dilations, first_stride, backbone, input_range: See `KeypointNetArguments`.

    Call arguments:
        inputs: A dict with `image` `[B, V, H, W, C]`, `intrinsics` `[B, V, 3, 3]` and `extrinsics` `[B, V, 4, 4]`; the
            answer depends on the image alone.

    Returns:
        A dict with `orientation` `[B, V, 2, 2]`: uv of the +x and of the -x point.

    Reference: Suwajanakorn et al. 2018, section 4.2.
    """

    def __init__(
        self,
        filters: int = 32,
        dilations: Sequence[int] = (1, 1, 2, 4, 8, 16, 1, 2, 4, 8, 16, 1),
        first_stride: int = 1,
        backbone: str | keras.layers.Layer = "dilated",
        input_range: str = "symmetric",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice(INPUT_RANGES, input_range=input_range)
        self.autocast = False
        self.filters = filters
        self.dilations = tuple(dilations)
        self.first_stride = first_stride
        self.backbone = backbone
        self.input_range = input_range
        self.network = make_backbone(backbone, filters, first_stride, self.dilations, self.dtype_policy)
        self.head = keras.layers.Conv2D(2, 3, padding="same", dtype=self.dtype_policy, name="head")
        self.softmax = SpatialSoftmax()
        self.expectation = KeypointExpectation()
        self.accuracy = keras.metrics.Mean("orientation_accuracy")

    def build(self, input_shape: Mapping[str, tuple[int | None, ...]] | None = None) -> None:
        if not self.network.built:
            self.network.build((None, None, None, 3))
        self.head.build(self.network.compute_output_shape((None, None, None, 3)))

    def call(self, inputs: dict[str, TensorLike], training: bool | None = False) -> dict[str, tf.Tensor]:
        images = color(rescale(checked(inputs, self.variable_dtype)["image"]), self.input_range)
        flat = tf.reshape(images, tf.concat([[-1], tf.shape(images)[2:]], 0))
        uv_axis = self.locate(tf.ensure_shape(flat, [None, *images.shape[2:]]), training)
        return {"orientation": tf.reshape(uv_axis, tf.concat([tf.shape(images)[:2], [2, 2]], 0))}

    def locate(self, images: tf.Tensor, training: bool | None = False) -> tf.Tensor:
        """Finds both points in color images `[N, H, W, 3]`: uv `[N, 2, 2]`."""
        heatmaps = self.softmax(self.head(self.network(images, training=training)))
        uv_axis, _, _ = self.expectation(heatmaps, tf.zeros_like(heatmaps))
        return uv_axis

    def compute_loss(
        self,
        x: Mapping[str, tf.Tensor],
        y: object = None,
        y_pred: Any = None,
        sample_weight: object = None,
        training: bool = True,
    ) -> tf.Tensor:
        uv_axis = y_pred["orientation"]
        self.accuracy.update_state(same_facing(uv_axis, camera.facing(x["intrinsics"], x["extrinsics"])))
        loss = tf.reduce_mean(losses.orientation(uv_axis, x["intrinsics"], x["extrinsics"]))
        return loss / tf.distribute.get_strategy().num_replicas_in_sync

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "dilations": self.dilations,
            "first_stride": self.first_stride,
            "backbone": config_of_backbone(self.backbone),
            "input_range": self.input_range,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "OrientationNet":
        return cls(**arguments_from(config))


def facing_sign(uv_axis: tf.Tensor) -> tf.Tensor:
    """+1 where the object faces right in the image, -1 where it faces left: `[..., 2, 2]` to `[...]`."""
    return tf.where(uv_axis[..., 0, 0] >= uv_axis[..., 1, 0], 1.0, -1.0)


def facing_flag(uv_axis: tf.Tensor, input_range: str) -> tf.Tensor:
    """What a network is told of the facing: the sign, or in the input range "unit" 1 for right and 0 otherwise.

    Where both points lie in one column, the sign is +1, and the flag in [0, 1] 0, as the original's.
    """
    if input_range == "unit":
        return tf.cast(uv_axis[..., 0, 0] > uv_axis[..., 1, 0], tf.float32)
    return facing_sign(uv_axis)


def same_facing(uv_axis: tf.Tensor, truth: tf.Tensor) -> tf.Tensor:
    """1 where prediction and truth face the same way, 0 elsewhere: `[..., 2, 2]` to float32 `[...]`."""
    return tf.cast(facing_sign(uv_axis) == facing_sign(truth), tf.float32)
