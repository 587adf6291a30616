"""KeypointNet: 3D keypoints of an object category, learnt from pairs of views."""

import keras
import tensorflow as tf

from tfkeypoints import losses
from tfkeypoints.arguments import check_choice, check_positive, check_positive_integers, check_weights
from tfkeypoints.backbones import copy_of, make_backbone
from tfkeypoints.geometry import camera
from tfkeypoints.layers import KeypointExpectation, SpatialSoftmax
from tfkeypoints.models._inputs import INPUT_RANGES, checked, color, rescale
from tfkeypoints.models.keypointnet.arguments import KeypointNetArguments
from tfkeypoints.models.keypointnet.orientation import OrientationNet, facing_flag, same_facing
from tfkeypoints.models.options import arguments_from, config_of, split_arguments

DEGREES = 57.29577951308232

TERMS = (
    *("reprojection_consistency", "relative_pose", "separation", "volume", "silhouette", "variance", "orientation"),
)
"""The terms of the objective; each has a weight of this name."""


@keras.saving.register_keras_serializable(package="tfkeypoints")
class KeypointNet(keras.Model):
    """Finds the same K points on every object of a category, in 3D, from one image.

    Images go through a backbone to K heatmaps and depth maps, whose expectations are lifted to
    3D points. Two or more views of one object teach it: points must project onto each other, and imply the true
    rotation between the views. Which way the object faces is told by an `OrientationNet`, whose sign is fed in as a
    fourth channel.

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
        ValueError: If an argument is out of range, or the images lack the alpha channel that a weighted silhouette
            term needs.

    Reference: Suwajanakorn et al., Discovery of Latent 3D Keypoints via End-to-end Geometric Reasoning, NeurIPS 2018.
    Note: evaluation has no noise, depth is positive, and the angle's gradient is finite; the original differs. The term
        `volume` and the argument `focal` are ours.

    Example:
        >>> model = KeypointNet(num_keypoints=4, filters=8)
        >>> cameras = dict(intrinsics=tf.eye(3)[None, None], extrinsics=tf.eye(4)[None, None])
        >>> model(dict(image=tf.zeros([1, 1, 16, 16, 4]), **cameras))["uv"].shape
        TensorShape([1, 1, 4, 2])
    """

    def __init__(self, *args, seed=0, **kwargs):
        arguments, kwargs = split_arguments(KeypointNetArguments, args, kwargs)
        super().__init__(**kwargs)
        self.autocast = False
        check_positive_integers(num_keypoints=arguments.num_keypoints)
        check_positive(mean_depth=arguments.mean_depth, focal=1.0 if arguments.focal is None else arguments.focal)
        check_choice(INPUT_RANGES, input_range=arguments.input_range)
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

    def _head(self, name):
        return keras.layers.Conv2D(self.num_keypoints, 3, padding="same", dtype=self.dtype_policy, name=name)

    def build(self, input_shape=None):
        images = (None, None, None, 4 if self.use_orientation else 3)
        if not self.network.built:  # a layer that was given may have been built before
            self.network.build(images)
        for head in (self.logit_head, self.depth_head):
            head.build(self.network.compute_output_shape(images))
        if self.use_orientation:
            self.orientation_net.build()

    def call(self, inputs, training=False):
        inputs = checked(inputs, self.variable_dtype)
        images = color(rescale(inputs["image"]), self.input_range)
        intrinsics, extrinsics = inputs["intrinsics"], inputs["extrinsics"]
        views = tf.shape(images)[:2]
        flat = tf.reshape(images, tf.concat([[-1], tf.shape(images)[2:]], 0))
        flat = tf.ensure_shape(flat, [None, *images.shape[2:]])

        outputs = {}
        if self.use_orientation:
            uv_axis = tf.reshape(self.orientation_net.locate(flat, training=training), tf.concat([views, [2, 2]], 0))
            outputs["orientation"] = uv_axis
            flag = self._fed_flag(uv_axis, intrinsics, extrinsics, training)
            flag = tf.cast(tf.reshape(flag, [-1, 1, 1, 1]), flat.dtype)
            flat = tf.concat([flat, flag * tf.ones_like(flat[..., :1])], -1)

        features = self.network(flat, training=training)
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

    def _usual_depth(self, intrinsics):
        """What each view's depths are offset from; broadcasts to `[B, V, K, 1]`."""
        return self.mean_depth if self.focal is None else self.mean_depth / self.focal * intrinsics[..., 1:2, 1:2]

    def _fed_flag(self, uv_axis, intrinsics, extrinsics, training):
        """The facing that the network is told: in training the true one with probability `orientation_truth`."""
        predicted = facing_flag(uv_axis, self.input_range)
        if not training:
            return predicted
        truth = facing_flag(camera.facing(intrinsics, extrinsics), self.input_range)
        chance = keras.random.uniform(tf.shape(predicted), seed=self.seed_generator)
        return tf.where(chance < self.orientation_truth, truth, predicted)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
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

    def loss_terms(self, x, outputs, training):
        """The terms of the objective that have a weight: name to `[B]`."""
        cameras = x["intrinsics"], x["extrinsics"]
        points = outputs["points_camera"]
        noise = self.pose_noise * keras.random.normal(tf.shape(points), seed=self.seed_generator) if training else 0.0
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

    def _of_each_view(self, loss, points, *arguments):
        """The mean over views of a loss of the points of one."""
        values = loss(tf.reshape(points, [-1, self.num_keypoints, 3]), *arguments)
        return tf.reduce_mean(tf.reshape(values, tf.shape(points)[:2]), 1)

    def _mask(self, images):
        if images.shape[-1] != 4:
            raise ValueError(
                "The silhouette term needs images with an alpha channel, C = 4; give them one, or build the model with "
                f"silhouette=0. Received: image.shape={tuple(images.shape)}"
            )
        alpha = rescale(images)[..., 3:]
        flat = tf.reshape(alpha, tf.concat([[-1], tf.shape(alpha)[2:]], 0))
        pooled = tf.nn.avg_pool2d(flat, self.first_stride, self.first_stride, "SAME")[..., 0]
        return tf.reshape(pooled, tf.concat([tf.shape(alpha)[:2], tf.shape(pooled)[1:]], 0))

    def get_config(self):
        return {**super().get_config(), **config_of(self.arguments), "seed": self.seed}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**arguments_from(config))
