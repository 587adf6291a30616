"""What a policy makes of its observations: the true state, pixels, or keypoints.

Each has the same three parts. `perceive` runs once an observation, while acting, and what it returns is kept in the
rollout; calling the layer with that, while acting and while learning, gives the features; `update_statistics` takes a
rollout into account. Observations are dicts of `[B, S, ...]`: the last S frames of B environments, oldest first.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from tfkeypoints.control.normalizers import RunningNormalizer
from tfkeypoints.geometry import crop

if TYPE_CHECKING:
    from tfkeypoints.models.keypoint3d.keypoint3d import Keypoint3D


class Features(keras.layers.Layer):
    """Base of all features: a vector that is normalised by running statistics.

    Class attribute:
        keys: What is needed of an observation.
    """

    keys: tuple[str, ...] = ()

    def __init__(self, epsilon: float = 1e-8, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.normalizer = RunningNormalizer(epsilon)

    def build(self, input_shape: Mapping[str, tuple[int | None, ...]]) -> None:
        self.normalizer.build(input_shape["vector"])

    def update_statistics(self, perceived: Mapping[str, tf.Tensor]) -> None:
        """Takes a rollout's `perceived`, `[T, N, ...]`, into account."""
        vectors = perceived["vector"]
        self.normalizer.update(tf.reshape(vectors, [-1, vectors.shape[-1]]))

    def call(self, perceived: Mapping[str, tf.Tensor], training: bool | None = False) -> tf.Tensor:
        return self.normalizer(perceived["vector"])

    def compute_output_shape(self, input_shape: Mapping[str, tuple[int | None, ...]]) -> tuple[int | None, ...]:
        return input_shape["vector"]


@keras.saving.register_keras_serializable(package="tfkeypoints")
class StateFeatures(Features):
    """The true state of the environment, which no camera could give: the upper bound."""

    keys = ("state",)

    def perceive(self, observations: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Keeps the states of all frames, `[B, S D]`."""
        return {"vector": _joined(observations["state"])}


@keras.saving.register_keras_serializable(package="tfkeypoints")
class PixelFeatures(Features):
    """A convolutional network over the images of all cameras, and proprioception.

    Args:
        crop_size: Side of the window that the network sees: drawn by chance in training (the same for all frames of a
            camera), otherwise the middle. None: the whole image.
        size: Number of features made of the images.
        seed: Seed of the crops.

    Reference: Mnih et al., Human-level control through deep reinforcement learning, 2015 (the network); Laskin et al.,
        Reinforcement Learning with Augmented Data, 2020 (random crops).
    """

    keys = ("image", "proprioception")

    def __init__(self, crop_size: int | None = None, size: int = 256, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.crop_size = crop_size
        self.size = size
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        options = {"activation": "relu", "kernel_initializer": keras.initializers.Orthogonal(np.sqrt(2))}
        self.network = [
            keras.layers.Conv2D(32, 8, 4, **options),
            keras.layers.Conv2D(64, 4, 2, **options),
            keras.layers.Conv2D(64, 3, 1, **options),
            keras.layers.Flatten(),
            keras.layers.Dense(size, **options),
        ]

    def build(self, input_shape: Mapping[str, tuple[Any, ...]]) -> None:
        super().build(input_shape)
        _, frames, views, height, width, channels = input_shape["image"]
        if self.crop_size:
            height = width = self.crop_size
        shape = (None, height, width, frames * views * channels)
        for layer in self.network:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)

    def perceive(self, observations: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Keeps images and proprioception as they are."""
        return {"image": observations["image"], "vector": _joined(observations["proprioception"])}

    def call(self, perceived: Mapping[str, tf.Tensor], training: bool | None = False) -> tf.Tensor:
        images = self._window(perceived["image"], training)
        _, frames, views, height, width, channels = images.shape
        stacked = tf.transpose(images, [0, 3, 4, 1, 2, 5])
        values = tf.reshape(stacked, [-1, height, width, frames * views * channels])
        values = tf.cast(values, self.compute_dtype) / 255
        for layer in self.network:
            values = layer(values)
        return tf.concat([values, super().call(perceived)], -1)

    def compute_output_shape(self, input_shape: Mapping[str, tuple[Any, ...]]) -> tuple[int | None, ...]:
        return (input_shape["vector"][0], self.size + input_shape["vector"][-1])

    def _window(self, images: tf.Tensor, training: bool | None) -> tf.Tensor:
        if not self.crop_size:
            return images
        _, frames, views, height, width, channels = images.shape
        size = (self.crop_size, self.crop_size)
        corners = tf.constant(crop.centre_corner(height, width, size))
        if training:
            shape = tf.stack([tf.shape(images)[0], views, height, width])
            corners = tf.repeat(crop.random_corners(shape, size, self.seed_generator)[:, None], frames, 1)
            corners = tf.reshape(corners, [-1, views, 2])
        flat = tf.reshape(images, [-1, views, height, width, channels])
        return tf.reshape(crop.crop_images(flat, corners, size), [-1, frames, views, *size, channels])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "crop_size": self.crop_size, "size": self.size, "seed": self.seed}


@keras.saving.register_keras_serializable(package="tfkeypoints")
class KeypointFeatures(Features):
    """Keypoints in the world and the attention that they are paid, and proprioception.

    Args:
        detector: `Keypoint3D`, built.
        joint: Whether the policy's objective teaches the detector too. If not, keypoints are found once, while acting,
            and learning never looks at an image again.

    Reference: Chen, Abbeel, Pathak, Unsupervised Learning of Visual 3D Keypoints for Control, ICML 2021.
    Note: attention is averaged over the cameras; vectors are normalised by running statistics instead of known bounds
        of the workspace; the policy sees keypoints without noise.
    """

    keys = ("image", "intrinsics", "extrinsics", "proprioception")
    still = 0.02  # spread, in units of the detector's `world_scale`, below which a keypoint's wobble is not magnified

    def __init__(self, detector: "Keypoint3D", joint: bool = False, **kwargs: Any) -> None:
        super().__init__(epsilon=self.still**2, **kwargs)
        self.detector = detector
        self.joint = joint

    def perceive(self, observations: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Finds the keypoints. For joint learning, what they were found in is kept too."""
        vector = tf.stop_gradient(self._vector(observations))
        return {**observations, "vector": vector} if self.joint else {"vector": vector}

    def call(self, perceived: Mapping[str, tf.Tensor], training: bool | None = False) -> tf.Tensor:
        vector = self._vector(perceived) if self.joint and training else perceived["vector"]
        return self.normalizer(vector)

    def views(self, observations: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """What the detector takes: frames are examples of their own, `[B S, V, ...]`."""
        return {
            name: tf.reshape(observations[name], tf.concat([[-1], tf.shape(observations[name])[2:]], 0))
            for name in ("image", "intrinsics", "extrinsics")
        }

    def _vector(self, observations: Mapping[str, tf.Tensor]) -> tf.Tensor:
        found = self.detector.detect(self.views(observations))
        attention = tf.reduce_mean(found["attention"], 1)
        points = tf.concat([found["keypoints"] / self.detector.world_scale, attention[..., None]], -1)
        frames = observations["image"].shape[1]
        points = tf.reshape(points, [-1, frames * self.detector.num_keypoints * 4])
        return tf.concat([points, _joined(observations["proprioception"])], -1)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "detector": keras.saving.serialize_keras_object(self.detector),
            "joint": self.joint,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "KeypointFeatures":
        return cls(**config | {"detector": keras.saving.deserialize_keras_object(config["detector"])})


def _joined(vectors: tf.Tensor) -> tf.Tensor:
    """Joins the frames' vectors: `[B, S, D]` to `[B, S D]`, float."""
    return tf.cast(tf.reshape(vectors, [-1, vectors.shape[1] * vectors.shape[2]]), tf.float32)
