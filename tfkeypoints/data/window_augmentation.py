"""Other windows of the same images, for training: turned, enlarged, shifted, in other light, of fewer cameras."""

import math
from collections.abc import Mapping

import tensorflow as tf

from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.geometry._tensors import TensorLike

PLACES = ("image", "background")
"""Keys whose images are moved, alike."""


def vary_windows(
    example: Mapping[str, TensorLike],
    seed: TensorLike,
    turn_degrees: float = 0.0,
    zoom: float = 0.0,
    shift: float = 0.0,
    light: float = 0.0,
    left_out_views: int = 0,
) -> dict[str, tf.Tensor]:
    """Shows an example through other windows, drawn for each view by itself; the cameras follow exactly.

    A camera with intrinsics K turns by θ about its optical axis, R = R_z(θ), and its window is scaled by s and shifted
    by d about the image of the old window's centre:

    K' = A K,   E' = R E,   A = [s I, d - s c],   c = π(K R K⁻¹ (0, 0, 1)ᵀ)

    so that what was seen at p is seen at A K R K⁻¹ p, where its color comes from. Beyond the old window the outermost
    pixels go on.

    Args:
        example: Dict with `image` `[V, H, W, C]`, `intrinsics` `[V, 3, 3]` and `extrinsics` `[V, 4, 4]`; perhaps
            `background`, like `image`, which is moved and lit alike.
        seed: Integers `[2]`; the same seed varies alike.
        turn_degrees: |θ| at most.
        zoom: |s - 1| at most; 1 / s is as probable as s.
        shift: |d| at most, along each side, as a share of it.
        light: Each color is multiplied by a factor within 1 ± light, the same throughout a view.
        left_out_views: How many of the V views are left out, each as probably as any other.

    Returns:
        A dict like `example`, of V - left_out_views views in the same order.
    """
    if left_out_views:
        example = _without_views(example, seed, left_out_views)
    images = tf.convert_to_tensor(example["image"])
    views, height, width = images.shape[:3]
    seeds = tf.unstack(tf.random.split(seed, 4))
    angle = math.radians(turn_degrees) * tf.random.stateless_uniform([views], seeds[0], -1, 1)
    scale = tf.exp(math.log1p(zoom) * tf.random.stateless_uniform([views], seeds[1], -1, 1))
    moved = 2 * shift * tf.random.stateless_uniform([views, 2], seeds[2], -1, 1)
    gain = 1 + light * tf.random.stateless_uniform([views, 1, 1, 3], seeds[3], -1, 1)

    intrinsics, extrinsics = example["intrinsics"], example["extrinsics"]
    turn = _about_z(angle)
    turned = intrinsics @ turn @ tf.linalg.inv(intrinsics)
    centre = turned[:, :2, 2] / turned[:, 2:, 2]
    window = _window(scale, moved - scale[:, None] * centre)
    flow = window @ turned  # of image coordinates, from the old window to the new one
    grid = tf.constant([[2 / width, 0, 1 / width - 1], [0, 2 / height, 1 / height - 1], [0, 0, 1]], tf.float32)
    sources = tf.linalg.inv(grid) @ tf.linalg.inv(flow) @ grid  # from pixels of the new window to those of the old one
    pixels = tf.reshape(sources / sources[:, 2:, 2:], [views, 9])[:, :8]
    changed = {name: _lit(_resampled(example[name], pixels), gain) for name in PLACES if name in example}
    rotation = tf.concat([turn, tf.zeros([views, 3, 1])], 2)
    rotation = tf.concat([rotation, tf.tile([[[0.0, 0, 0, 1]]], [views, 1, 1])], 1)
    return {**example, **changed, "intrinsics": window @ intrinsics, "extrinsics": rotation @ extrinsics}


def _without_views(example: Mapping[str, TensorLike], seed: TensorLike, count: int) -> dict[str, tf.Tensor]:
    views = example["image"].shape[0]
    order = tf.random.experimental.stateless_shuffle(tf.range(views), seed)
    kept = tf.sort(order[count:])
    return {**example, **{name: tf.gather(example[name], kept) for name in example if name in (*CAMERA_KEYS, *PLACES)}}


def _about_z(angle: tf.Tensor) -> tf.Tensor:
    """Turns about the optical axis: `[V]` to `[V, 3, 3]`."""
    cos, sin, zero, one = tf.cos(angle), tf.sin(angle), tf.zeros_like(angle), tf.ones_like(angle)
    return tf.reshape(tf.stack([cos, -sin, zero, sin, cos, zero, zero, zero, one], -1), [-1, 3, 3])


def _window(scale: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
    """p' = s p + d as matrices `[V, 3, 3]`, of `[V]` and `[V, 2]`."""
    zero, one = tf.zeros_like(scale), tf.ones_like(scale)
    rows = [scale, zero, offset[:, 0], zero, scale, offset[:, 1], zero, zero, one]
    return tf.reshape(tf.stack(rows, -1), [-1, 3, 3])


def _resampled(images: TensorLike, pixels: tf.Tensor) -> tf.Tensor:
    """Images `[V, H, W, C]`, bilinear, whose pixels (x, y) show what was at the places that `pixels` `[V, 8]` say."""
    images = tf.convert_to_tensor(images)
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(images, tf.float32),
        transforms=pixels,
        output_shape=tf.shape(images)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )
    return moved if images.dtype == tf.float32 else tf.cast(tf.round(moved), images.dtype)


def _lit(images: tf.Tensor, gain: tf.Tensor) -> tf.Tensor:
    """Colors times a factor; a fourth channel, alpha, stays."""
    whole = images.dtype.is_integer
    colors = tf.clip_by_value(gain * tf.cast(images[..., :3], tf.float32) + 0.5 * whole, 0, 255 if whole else 1)
    return tf.concat([tf.cast(colors, images.dtype), images[..., 3:]], -1)
