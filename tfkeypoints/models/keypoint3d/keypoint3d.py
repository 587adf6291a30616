"""Keypoint3D: 3D keypoints of a moving scene, learnt by rebuilding what several calibrated cameras see."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from tfkeypoints import losses
from tfkeypoints.arguments import check_choice, check_positive, check_positive_integers, check_weights
from tfkeypoints.backbones import StridedDecoder, make_encoder
from tfkeypoints.geometry import camera, crop
from tfkeypoints.geometry._tensors import TensorLike
from tfkeypoints.layers import GaussianMaps, KeypointExpectation, KeypointNoise, RayFusion, SpatialSoftmax, ViewFusion
from tfkeypoints.models._inputs import checked, color, rescale
from tfkeypoints.models.from_preset import FromPreset
from tfkeypoints.models.keypoint3d.arguments import Keypoint3DArguments
from tfkeypoints.models.keypoint3d.foreground import foreground, pixel_weights
from tfkeypoints.models.keypoint3d.views import VIEW_ENCODINGS, across_views, channels_of_network, number_of_networks
from tfkeypoints.models.keypoint3d.window import window
from tfkeypoints.models.options import arguments_from, config_of, split_arguments

BACKGROUNDS = ("none", "features", "residual")
FUSIONS = ("attention", "rays", "mean", "none")
LEAST_DEPTH = 0.01
"""Of points that views agree on, as a share of the mean depth."""
TERMS = ("reconstruction", "multiview_consistency", "separation", "silhouette", "coverage", "variance")
"""The terms of the objective; each has a weight of this name."""

MASKED = ("silhouette", "coverage")
"""Terms that ask where the images differ from the background."""


@keras.saving.register_keras_serializable(package="tfkeypoints")
class Keypoint3D(FromPreset, keras.Model):
    """Sees a scene through V cameras and puts K keypoints into it, in world coordinates.

    An encoder turns each view into K heatmaps and depth maps, whose expectations are lifted to 3D points and fused over
    the views. The fused points are projected into every camera and drawn as Gaussians, from which a decoder must
    rebuild the images: so the points go where they explain most of what changes.

    Args:
        num_keypoints, view_encoding, **kwargs: See `Keypoint3DArguments`; also `name` and `dtype`, as for any model.
        num_views: Cameras, V. With `view_encoding="shared"` other numbers can be given at any time, with a `background`
            to `detect` alone.
        image_size: (height, width) that the networks see. Larger images are cropped: at random in training, otherwise
            in the middle.
        seed: Seed of crops and noise.

    Call arguments:
        inputs: A dict with `image` `[B, V, H, W, C]` (uint8, or float in [0, 1]), `intrinsics` `[B, V, 3, 3]` and
            `extrinsics` `[B, V, 4, 4]`; optional `background`, like `image`: what each of them shows of the scene at
            rest, in place of what `set_background` told.

    Returns:
        A dict with `keypoints` `[B, K, 3]`, world; `points_camera` and `points_world` `[B, V, K, 3]`, each view's own;
        `uv` `[B, V, K, 2]`, `depth` and `std` `[B, V, K, 1]`; `confidence` `[B, V, K]` (the heatmap's mass in its
        fullest cell); `attention` `[B, V, K]`, summing to 1 over K; and, of the window that the networks saw,
        `heatmaps` and `gaussian_maps` `[B, V, h, w, K]`, and `reconstruction`, `target` and, if there is one,
        `background` `[B, V, *image_size, 3]` in [0, 1].

    Raises:
        ValueError: If an argument is out of range, or the images do not fit it.

    Reference: Chen, Abbeel, Pathak, Unsupervised Learning of Visual 3D Keypoints for Control, ICML 2021.
    Note: depth is positive, evaluation has no noise, fused points are divided by the sum of attention, and cells have
        their centres where the convolutions see them; the original differs. "residual", `moving_weight`, the terms
        `silhouette` and `variance` (KeypointNet's) and `coverage`, the fusion "rays", `focal`, and the ramp of the
        multi-view weight (`callbacks.MultiviewRamp`) are ours.

    Example:
        >>> model = Keypoint3D(num_keypoints=4, num_views=2, view_encoding="shared", image_size=(32, 32))
        >>> cameras = dict(intrinsics=tf.eye(3, batch_shape=[1, 2]), extrinsics=tf.eye(4, batch_shape=[1, 2]))
        >>> model(dict(image=tf.zeros([1, 2, 32, 32, 3]), **cameras))["keypoints"].shape
        TensorShape([1, 4, 3])
    """

    method = "keypoint3d"

    def __init__(
        self,
        num_keypoints: int = 32,
        num_views: int = 3,
        view_encoding: str = "separate",
        image_size: tuple[int, int] = (128, 128),
        *,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        kwargs = {"num_keypoints": num_keypoints, "view_encoding": view_encoding, **kwargs}
        arguments, kwargs = split_arguments(Keypoint3DArguments, (), kwargs)
        super().__init__(**kwargs)
        self.autocast = False
        self.arguments = arguments
        for name, value in vars(arguments).items():
            setattr(self, name, value)
        self.num_views = num_views
        self.image_size = (image_size[0], image_size[1])
        self.seed = seed
        self.loss_weights = {name: getattr(arguments, name) for name in TERMS}
        self._check_arguments()

        height, width = (size // 2**self.levels for size in self.image_size)
        self.encoders = self._networks(self._encoder, 2 * self.num_keypoints)
        self.decoders = self._networks(self._decoder, 3)
        if self.background == "features":
            self.background_encoders = self._networks(self._encoder, self.filters)
        self.softmax = SpatialSoftmax(self.logit_scale)
        self.expectation = KeypointExpectation()
        self.keypoint_noise = KeypointNoise(self.noise, self.seed)
        self.view_fusion = RayFusion() if self.fusion == "rays" else ViewFusion()
        self.draw = GaussianMaps(height, width, 2 * self.gaussian_width * self.mean_depth / height)
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        self.multiview_ramp = self.add_weight(shape=(), initializer="ones", trainable=False, name="multiview_ramp")
        self.trackers = {name: keras.metrics.Mean(name) for name, weight in self.loss_weights.items() if weight}
        self.trackers["view_disagreement"] = keras.metrics.Mean("view_disagreement")

    def _check_arguments(self) -> None:
        check_choice(VIEW_ENCODINGS, view_encoding=self.view_encoding)
        check_choice(BACKGROUNDS, background=self.background)
        check_choice(FUSIONS, fusion=self.fusion)
        counts = ("num_keypoints", "num_views", "filters", "levels")
        check_positive_integers(**{name: getattr(self, name) for name in counts})
        sizes = ("mean_depth", "world_scale", "gaussian_width", "separation_sharpness")
        check_positive(**{name: getattr(self, name) for name in sizes})
        check_positive(focal=1.0 if self.focal is None else self.focal)
        if any(size % 2**self.levels or size < 1 for size in self.image_size):
            raise ValueError(
                f"`image_size` must be multiples of 2^levels = {2**self.levels}. Received: image_size={self.image_size}"
            )
        check_weights(**self.loss_weights)
        comparing = {"moving_weight": self.moving_weight, **{name: self.loss_weights[name] for name in MASKED}}
        for name, weight in comparing.items():
            if weight and self.background == "none":
                raise ValueError(
                    f"`{name}` compares images with the background, so `background` must not be 'none'. "
                    f"Received: {name}={weight}"
                )

    def _networks(self, make: Callable[[int], keras.layers.Layer], channels: int) -> list[keras.layers.Layer]:
        count = number_of_networks(self.view_encoding, self.num_views)
        return [make(channels_of_network(self.view_encoding, self.num_views, channels)) for _ in range(count)]

    def _encoder(self, channels: int) -> keras.layers.Layer:
        return make_encoder(
            self.backbone, channels, self.filters, 2**self.levels, self.dilations, dtype=self.dtype_policy
        )

    def _decoder(self, channels: int) -> keras.layers.Layer:
        return StridedDecoder(channels, self.filters, self.levels, dtype=self.dtype_policy)

    def build(self, input_shape: Mapping[str, tuple[int | None, ...]] | None = None) -> None:
        if self.background != "none":
            if input_shape is None:
                raise ValueError("A model with a `background` is built by calling it, or with the shapes of its inputs")
            _, views, height, width, _ = input_shape["image"]
            self.background_images = self.add_weight(
                shape=(views, height, width, 3),
                initializer="zeros",
                trainable=False,
                autocast=False,
                name="background_images",
            )
        stacked = self.num_views if self.view_encoding == "stacked" else 1
        maps = self.num_keypoints + (self.filters if self.background == "features" else 0)
        for encoder in [*self.encoders, *getattr(self, "background_encoders", [])]:
            encoder.build((None, *self.image_size, 3 * stacked))
        for decoder in self.decoders:
            decoder.build((None, self.draw.height, self.draw.width, maps * stacked))
        self.built = True

    def set_background(self, images: TensorLike) -> None:
        """Tells what the cameras see of the scene at rest.

        Args:
            images: `[V, H, W, C]`, uint8 or float in [0, 1], of the size of the images that the model is called with.

        Raises:
            ValueError: If the model has no background, was not built, or the shape differs.
        """
        if self.background == "none" or not self.built:
            raise ValueError("`set_background` needs a built model whose `background` is 'features' or 'residual'")
        images = (color(rescale(images)) + 1) / 2
        if tuple(images.shape) != tuple(self.background_images.shape):
            raise ValueError(
                f"`images` must have the shape of the model's, {tuple(self.background_images.shape)}. "
                f"Received: images.shape={tuple(images.shape)}"
            )
        self.background_images.assign(images)

    def call(self, inputs: dict[str, TensorLike], training: bool | None = False) -> dict[str, tf.Tensor]:
        background = None if self.background == "none" else self.background_images
        if background is not None and "background" in inputs:
            background = (color(rescale(inputs["background"])) + 1) / 2
        seen, box = self._window(inputs, training, background)
        outputs = self._detect(seen, training)
        uv, depth = outputs["uv"], outputs["depth"]
        if self.fusion != "none":
            world = tf.expand_dims(outputs["keypoints"], 1)
            uv, depth = camera.project(world, seen["intrinsics"], seen["extrinsics"])
        gaussian_maps = self.draw(uv, depth / self._relative_focal(seen))
        return {
            **outputs,
            "uv": crop.to_whole(outputs["uv"], box),
            "gaussian_maps": gaussian_maps,
            "reconstruction": self._rebuild(gaussian_maps, seen.get("background"), training),
            **{name: seen[name] for name in ("target", "background") if name in seen},
        }

    def detect(self, inputs: dict[str, TensorLike]) -> dict[str, tf.Tensor]:
        """Like a call for inference, without drawing and rebuilding: what a policy or a server needs."""
        seen, box = self._window(inputs, training=False)
        outputs = self._detect(seen, training=False)
        return outputs | {"uv": crop.to_whole(outputs["uv"], box)}

    def _window(
        self, inputs: dict[str, TensorLike], training: bool | None, background: tf.Tensor | None = None
    ) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """What the networks see of the inputs, and the box that it covers of the images: see `window`."""
        inputs = checked(inputs, self.variable_dtype)
        views = inputs["image"].shape[1]
        if views != self.num_views and self.view_encoding != "shared":
            raise ValueError(
                f"`image` must have {self.num_views} views, unless view_encoding='shared'. "
                f"Received: image.shape={tuple(inputs['image'].shape)}"
            )
        if background is not None and views != background.shape[-4]:
            raise ValueError(
                f"`image` must have the {background.shape[-4]} views of the model's background, except for `detect`. "
                f"Received: image.shape={tuple(inputs['image'].shape)}"
            )
        return window(inputs, self.image_size, background, self.seed_generator if training else None)

    def _detect(self, seen: Mapping[str, tf.Tensor], training: bool | None) -> dict[str, tf.Tensor]:
        maps = across_views(self.view_encoding, self.encoders, seen["image"], training)
        logits, raw_depth = tf.split(maps, 2, -1)
        heatmaps = self.softmax(logits)
        depth_maps = self._depth_maps(raw_depth) * self._relative_focal(seen)[..., None]
        uv, depth, std = self.expectation(heatmaps, depth_maps)
        uv = self.keypoint_noise(uv, std, training=training)
        points_camera = camera.unproject_camera(uv, depth, seen["intrinsics"])
        points_world = camera.to_world(points_camera, seen["extrinsics"])
        attention = tf.nn.softmax(tf.cast(tf.reduce_mean(logits, [2, 3]), uv.dtype), -1)
        if self.fusion == "rays":
            keypoints = self.view_fusion(points_world, attention, seen["extrinsics"])
            depth = self._depth_of(keypoints, seen)
            points_camera = camera.unproject_camera(uv, depth, seen["intrinsics"])
            points_world = camera.to_world(points_camera, seen["extrinsics"])
        else:
            weights = attention if self.fusion == "attention" else tf.ones_like(attention)
            keypoints = self.view_fusion(points_world, weights)
        return {
            "keypoints": keypoints,
            "points_camera": points_camera,
            "points_world": points_world,
            "uv": uv,
            "depth": depth,
            "std": std,
            "confidence": tf.reduce_max(heatmaps, [2, 3]),
            "attention": attention,
            "heatmaps": heatmaps,
        }

    def _depth_of(self, keypoints: tf.Tensor, seen: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """The depth `[B, V, K, 1]` at which each view sees the fused points, which may not be behind it."""
        depth = camera.to_camera(tf.expand_dims(keypoints, 1), seen["extrinsics"])[..., 2:]
        return tf.maximum(depth, LEAST_DEPTH * self.mean_depth)

    def _depth_maps(self, raw_depth: tf.Tensor) -> tf.Tensor:
        return 2 * self.mean_depth * tf.sigmoid(self.expectation.at_least_float32(raw_depth))

    def _relative_focal(self, seen: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """Each view's focal length relative to `focal`, `[B, V, 1, 1]`; 1 without one."""
        return tf.ones_like(seen["focal"]) if self.focal is None else seen["focal"] / self.focal

    def _rebuild(self, gaussian_maps: tf.Tensor, background: tf.Tensor | None, training: bool | None) -> tf.Tensor:
        maps = tf.cast(gaussian_maps, self.compute_dtype)
        if self.background == "features" and background is not None:
            features = across_views(self.view_encoding, self.background_encoders, 2 * background - 1, training)
            maps = tf.concat([maps, features], -1)
        images = tf.cast(across_views(self.view_encoding, self.decoders, maps, training), gaussian_maps.dtype)
        return images + (background if self.background == "residual" else 0.5)

    def compute_loss(
        self,
        x: Mapping[str, tf.Tensor],
        y: object = None,
        y_pred: Any = None,
        sample_weight: object = None,
        training: bool = True,
    ) -> tf.Tensor:
        terms = self.loss_terms(y_pred, training)
        for name, term in terms.items():
            self.trackers[name].update_state(term)
        points = y_pred["points_world"]
        apart = tf.norm(points - tf.reduce_mean(points, 1, keepdims=True), axis=-1)
        self.trackers["view_disagreement"].update_state(apart)
        ramp = self.multiview_ramp if training else 1.0
        weights = self.loss_weights | {"multiview_consistency": ramp * self.loss_weights["multiview_consistency"]}
        total = sum(weights[name] * tf.reduce_mean(term) for name, term in terms.items())
        return total / tf.distribute.get_strategy().num_replicas_in_sync

    def loss_terms(self, outputs: Mapping[str, tf.Tensor], training: bool = False) -> dict[str, tf.Tensor]:
        """The terms of the objective that have a weight: name to `[B]`."""
        rebuilt = outputs["target"], outputs["reconstruction"]
        masked = any(self.loss_weights[name] for name in MASKED)
        mask = foreground(outputs, 2**self.levels) if masked else None
        terms = {
            "reconstruction": lambda: losses.reconstruction(
                *rebuilt, pixel_weights(outputs, self.moving_weight, training)
            ),
            "multiview_consistency": lambda: losses.multiview_consistency(outputs["points_world"] / self.world_scale),
            "separation": lambda: losses.separation_inverse(
                outputs["keypoints"] / self.world_scale, self.separation_sharpness
            ),
            "silhouette": lambda: losses.silhouette(outputs["heatmaps"], mask),
            "coverage": lambda: losses.coverage(outputs["heatmaps"], mask),
            "variance": lambda: losses.variance(outputs["std"]),
        }
        return {name: term() for name, term in terms.items() if self.loss_weights[name]}

    def get_config(self) -> dict[str, Any]:
        following = {"num_views": self.num_views, "image_size": self.image_size, "seed": self.seed}
        return {**super().get_config(), **config_of(self.arguments), **following}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "Keypoint3D":
        return cls(**arguments_from(config))
