"""KeypointNet: 3D keypoints of an object category, learnt from pairs of views."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from tfkeypoints import losses, replicas
from tfkeypoints.arguments import check_choice, check_positive, check_positive_integers, check_weights
from tfkeypoints.backbones import copy_of, make_backbone
from tfkeypoints.geometry import camera
from tfkeypoints.geometry._tensors import TensorLike
from tfkeypoints.layers import KeypointExpectation, SpatialSoftmax
from tfkeypoints.models._inputs import INPUT_RANGES, checked, color, rescale
from tfkeypoints.models.from_preset import FromPreset
from tfkeypoints.models.keypointnet.arguments import KeypointNetArguments
from tfkeypoints.models.keypointnet.orientation import OrientationNet, facing_flag, same_facing
from tfkeypoints.models.options import arguments_from, config_of, split_arguments

FACINGS = ("network", "shared")
DEGREES = 57.29577951308232

TERMS = (
    *("reprojection_consistency", "relative_pose", "separation", "volume", "silhouette", "variance", "orientation"),
)
"""The terms of the objective; each has a weight of this name."""


@keras.saving.register_keras_serializable(package="tfkeypoints")
class KeypointNet(FromPreset, keras.Model):
    """Finds the same K points on every object of a category, in 3D, from one image.

    Images go through a backbone to K heatmaps and depth maps, whose expectations are lifted to
    3D points. Two or more views of one object teach it: points must project onto each other, and imply the true
    rotation between the views. Which way the object faces is told by an `OrientationNet`, whose sign is fed in as a
    fourth channel; or, with `facing="shared"`, by the backbone's coarsest features, to which it is added.

    Args:
        *args, **kwargs: See `KeypointNetArguments`; and `name` and `dtype` as for any Keras model.
        seed: Seed of the noise.

    Call arguments:
        inputs: A dict with `image` `[B, V, H, W, C]` (uint8, or float in [0, 1]; C = 4 carries the mask that the
            silhouette term needs), `intrinsics` `[B, V, 3, 3]` and `extrinsics` `[B, V, 4, 4]`. V = 1 is enough for
            inference. The extrinsics serve to express the points in the world, and in training the true facing.

    Returns:
        A dict with `points_camera` and `points_world` `[B, V, K, 3]`, `uv` `[B, V, K, 2]`, `depth` `[B, V, K, 1]`,
        `std` `[B, V, K, 1]`, `confidence` `[B, V, K]` (the heatmap's mass in its fullest cell), `heatmaps`
        `[B, V, H, W, K]`, and with `use_orientation` `orientation` `[B, V, 2, 2]`.

    Raises:
        ValueError: If an argument is out of range, the backbone cannot share the facing, or the images lack the alpha
            channel that a weighted silhouette term needs.

    Reference: Suwajanakorn et al., Discovery of Latent 3D Keypoints via End-to-end Geometric Reasoning, NeurIPS 2018.
    Note: evaluation has no noise, depth is positive, and the angle's gradient is finite; the original differs. The term
        `volume`, the shared facing and the argument `focal` are ours.

    Example:
        >>> model = KeypointNet(num_keypoints=4, filters=8)
        >>> cameras = dict(intrinsics=tf.eye(3)[None, None], extrinsics=tf.eye(4)[None, None])
        >>> model(dict(image=tf.zeros([1, 1, 16, 16, 4]), **cameras))["uv"].shape
        TensorShape([1, 1, 4, 2])
    """

    method = "keypointnet"

    def __init__(self, *args: Any, seed: int = 0, **kwargs: Any) -> None:
        arguments, kwargs = split_arguments(KeypointNetArguments, args, kwargs)
        super().__init__(**kwargs)
        self.autocast = False
        check_positive_integers(num_keypoints=arguments.num_keypoints)
        check_positive(mean_depth=arguments.mean_depth, focal=1.0 if arguments.focal is None else arguments.focal)
        check_choice(INPUT_RANGES, input_range=arguments.input_range)
        check_choice(FACINGS, facing=arguments.facing)
        check_positive_integers(head_size=arguments.head_size)
        self.arguments = arguments
        for name, value in vars(arguments).items():
            setattr(self, name, value)
        self.seed = seed
        self.loss_weights = {name: getattr(arguments, name) for name in TERMS}
        if not self.use_orientation:
            self.loss_weights["orientation"] = 0.0
        check_weights(**self.loss_weights)
        self.network = make_backbone(self.backbone, self.filters, self.first_stride, self.dilations, self.dtype_policy)
        self.logit_head = self._head("logit_head")
        self.depth_head = self._head("depth_head")
        self.softmax = SpatialSoftmax()
        self.expectation = KeypointExpectation()
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        self.trackers = {name: keras.metrics.Mean(name) for name, weight in self.loss_weights.items() if weight}
        self.trackers["angular_error"] = keras.metrics.Mean("angular_error")
        if self.use_orientation:
            if self.facing == "shared":
                self._share_facing()
            else:
                self.orientation_net = OrientationNet(
                    max(self.filters // 2, 1),
                    self.dilations,
                    self.first_stride,
                    copy_of(self.backbone),
                    self.input_range,
                    dtype=self.dtype_policy,
                    name="orientation_net",
                )
            self.trackers["orientation_accuracy"] = keras.metrics.Mean("orientation_accuracy")
            self.orientation_truth = self.add_weight(
                shape=(), initializer="ones", trainable=False, autocast=False, name="orientation_truth"
            )

    def _head(self, name: str) -> keras.layers.Layer:
        return keras.layers.Conv2D(
            self.num_keypoints, self.head_size, padding="same", dtype=self.dtype_policy, name=name
        )

    def _share_facing(self) -> None:
        if not hasattr(self.network, "encode"):
            raise ValueError(
                "`facing` can be 'shared' with the backbone 'slim_hourglass', or a layer with `encode`, `decode` and "
                f"`coarsest_channels`. Received: facing={self.facing!r}, backbone={self.backbone!r}"
            )
        self.facing_head = keras.layers.Dense(4, dtype="float32", name="facing_head")
        self.told_facing = keras.layers.Dense(
            self.network.coarsest_channels, use_bias=False, dtype="float32", name="told_facing"
        )

    def build(self, input_shape: Mapping[str, tuple[int | None, ...]] | None = None) -> None:
        images = (None, None, None, 4 if self.use_orientation and self.facing == "network" else 3)
        if not self.network.built:  # a layer that was given may have been built before
            self.network.build(images)
        for head in (self.logit_head, self.depth_head):
            head.build(self.network.compute_output_shape(images))
        if not self.use_orientation:
            return
        if self.facing == "network":
            self.orientation_net.build()
        else:
            self.facing_head.build((None, self.network.coarsest_channels))
            self.told_facing.build((None, 1))

    def call(self, inputs: dict[str, TensorLike], training: bool | None = False) -> dict[str, tf.Tensor]:
        inputs = checked(inputs, self.variable_dtype)
        images = color(rescale(inputs["image"]), self.input_range)
        intrinsics, extrinsics = inputs["intrinsics"], inputs["extrinsics"]
        views = tf.shape(images)[:2]
        flat = tf.reshape(images, tf.concat([[-1], tf.shape(images)[2:]], 0))
        flat = tf.ensure_shape(flat, [None, *images.shape[2:]])

        features, outputs = self._features(flat, intrinsics, extrinsics, training)
        heatmaps = self.softmax(self.logit_head(features))
        uv, depth_offset, std = self.expectation(heatmaps, self.depth_head(features))
        uv, depth, std, heatmaps = (
            tf.reshape(each, tf.concat([views, tf.shape(each)[1:]], 0)) for each in (uv, depth_offset, std, heatmaps)
        )
        depth += self._usual_depth(intrinsics)
        points_camera = camera.unproject_camera(uv, depth, intrinsics)
        return {
            **outputs,
            "uv": uv,
            "depth": depth,
            "std": std,
            "confidence": tf.reduce_max(heatmaps, [2, 3]),
            "heatmaps": heatmaps,
            "points_camera": points_camera,
            "points_world": camera.to_world(points_camera, extrinsics),
        }

    def _features(
        self, images: tf.Tensor, intrinsics: tf.Tensor, extrinsics: tf.Tensor, training: bool | None
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """The features of images `[B V, H, W, 3]`, and the outputs that come with them."""
        if not self.use_orientation:
            return self.network(images, training=training), {}
        shared = self.facing == "shared"
        if shared:
            coarsest, skips = self.network.encode(images, training=training)
            uv_axis = self.facing_head(tf.reduce_mean(coarsest, [1, 2]))
        else:
            uv_axis = self.orientation_net.locate(images, training=training)
        uv_axis = tf.reshape(uv_axis, tf.concat([tf.shape(extrinsics)[:2], [2, 2]], 0))
        flag = tf.reshape(self._fed_flag(uv_axis, intrinsics, extrinsics, training), [-1, 1, 1, 1])
        if shared:
            told = coarsest + tf.cast(self.told_facing(flag), coarsest.dtype)
            features = self.network.decode(told, skips, training=training)
        else:
            channel = tf.cast(flag, images.dtype) * tf.ones_like(images[..., :1])
            features = self.network(tf.concat([images, channel], -1), training=training)
        return features, {"orientation": uv_axis}

    def _usual_depth(self, intrinsics: tf.Tensor) -> float | tf.Tensor:
        """What each view's depths are offset from; broadcasts to `[B, V, K, 1]`."""
        return self.mean_depth if self.focal is None else self.mean_depth * (intrinsics[..., 1:2, 1:2] / self.focal)

    def _fed_flag(
        self, uv_axis: tf.Tensor, intrinsics: tf.Tensor, extrinsics: tf.Tensor, training: bool | None
    ) -> tf.Tensor:
        """The facing that the network is told: in training the true one with probability `orientation_truth`."""
        predicted = facing_flag(uv_axis, self.input_range)
        if not training:
            return predicted
        truth = facing_flag(camera.facing(intrinsics, extrinsics), self.input_range)
        chance = replicas.draw(keras.random.uniform, tf.shape(predicted), self.seed_generator)
        return tf.where(chance < self.orientation_truth, truth, predicted)

    def compute_loss(
        self,
        x: Mapping[str, tf.Tensor],
        y: object = None,
        y_pred: Any = None,
        sample_weight: object = None,
        training: bool = True,
    ) -> tf.Tensor:
        terms = self.loss_terms(x, y_pred, training)
        for name, term in terms.items():
            self.trackers[name].update_state(term)
        self.trackers["angular_error"].update_state(
            DEGREES * losses.relative_pose(y_pred["points_camera"], x["extrinsics"])
        )
        if self.use_orientation:
            truth = camera.facing(x["intrinsics"], x["extrinsics"])
            self.trackers["orientation_accuracy"].update_state(same_facing(y_pred["orientation"], truth))
        total = sum(self.loss_weights[name] * tf.reduce_mean(term) for name, term in terms.items())
        return total / tf.distribute.get_strategy().num_replicas_in_sync

    def loss_terms(
        self, x: Mapping[str, tf.Tensor], outputs: Mapping[str, tf.Tensor], training: bool
    ) -> dict[str, tf.Tensor]:
        """The terms of the objective that have a weight: name to `[B]`."""
        cameras = x["intrinsics"], x["extrinsics"]
        points = outputs["points_camera"]
        noise = 0.0
        if training:
            noise = self.pose_noise * replicas.draw(keras.random.normal, tf.shape(points), self.seed_generator)
        terms = {
            "reprojection_consistency": lambda: losses.reprojection_consistency(
                outputs["uv"], outputs["depth"], *cameras
            ),
            "relative_pose": lambda: losses.relative_pose(points + noise, x["extrinsics"]),
            "separation": lambda: self._of_each_view(losses.separation_hinge, points, self.separation_delta),
            "volume": lambda: self._of_each_view(losses.volume, points),
            "silhouette": lambda: losses.silhouette(outputs["heatmaps"], self._mask(x["image"])),
            "variance": lambda: losses.variance(outputs["std"]),
            "orientation": lambda: losses.orientation(outputs["orientation"], *cameras),
        }
        return {name: term() for name, term in terms.items() if self.loss_weights[name]}

    def _of_each_view(self, loss: Callable[..., tf.Tensor], points: tf.Tensor, *arguments: Any) -> tf.Tensor:
        """The mean over views of a loss of the points of one."""
        values = loss(tf.reshape(points, [-1, self.num_keypoints, 3]), *arguments)
        return tf.reduce_mean(tf.reshape(values, tf.shape(points)[:2]), 1)

    def _mask(self, images: tf.Tensor) -> tf.Tensor:
        if images.shape[-1] != 4:
            raise ValueError(
                "The silhouette term needs images with an alpha channel, C = 4; give them one, or build the model with "
                f"silhouette=0. Received: image.shape={tuple(images.shape)}"
            )
        alpha = rescale(images)[..., 3:]
        flat = tf.reshape(alpha, tf.concat([[-1], tf.shape(alpha)[2:]], 0))
        pooled = tf.nn.avg_pool2d(flat, self.first_stride, self.first_stride, "SAME")[..., 0]
        return tf.reshape(pooled, tf.concat([tf.shape(alpha)[:2], tf.shape(pooled)[1:]], 0))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **config_of(self.arguments), "seed": self.seed}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "KeypointNet":
        return cls(**arguments_from(config))
