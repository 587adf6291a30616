"""Further objects made of those that are there, for training: mirrored and recolored. Runs in a tf.data pipeline."""

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from tfkeypoints.geometry._tensors import TensorLike

MIRROR_EXTRINSICS = np.outer([-1, 1, 1, 1], [1, -1, 1, 1]).astype(np.float32)
MIRROR_INTRINSICS = np.array([[1, -1, -1], [1, 1, 1], [1, 1, 1]], np.float32)

MIRROR_POINTS = np.array([1, -1, 1], np.float32)

GAIN = 0.4
"""Each color channel is multiplied by a factor within 1 ± GAIN."""


def vary(
    example: Mapping[str, TensorLike], seed: TensorLike, landmark_order: Sequence[int] | None = None
) -> dict[str, tf.Tensor]:
    """Shows another object: the same one mirrored by a chance of one half, and in other colors.

    Args:
        example: Dict with `image` `[V, H, W, C]`, uint8 or float in [0, 1], C = 3 or 4, `intrinsics` `[V, 3, 3]` and
            `extrinsics` `[V, 4, 4]`.
        seed: Integers `[2]`; the same seed varies alike.
        landmark_order: See `mirror`.

    Returns:
        A dict like `example`.

    Example:
        >>> example = dict(image=tf.zeros([2, 8, 8, 4], tf.uint8), intrinsics=tf.eye(3, batch_shape=[2]),
        ...                extrinsics=tf.eye(4, batch_shape=[2]))
        >>> vary(example, seed=[0, 1])["image"].shape
        TensorShape([2, 8, 8, 4])
    """
    seeds = tf.random.split(seed, 2)
    heads = tf.random.stateless_uniform([], seeds[0]) < 0.5
    example = tf.cond(heads, lambda: mirror(example, landmark_order), lambda: dict(example))
    return {**example, "image": recolor(example["image"], seeds[1])}


def mirror(example: Mapping[str, TensorLike], landmark_order: Sequence[int] | None = None) -> dict[str, tf.Tensor]:
    """Mirrors an object at its plane y = 0, left against right, with all that the cameras see of it.

    Images are flipped, and the cameras are those that see the mirrored object so:
    E' = diag(-1, 1, 1, 1) E diag(1, -1, 1, 1), which is rigid again; skew and horizontal principal point change sign.
    A mirrored object has its front and top where it had them.

    Args:
        example: See `vary`; where it has `landmarks` `[L, 3]`, they are mirrored too.
        landmark_order: Order of the landmarks afterwards, `[L]`: what was on the left is on the right then.

    Returns:
        A dict like `example`.
    """
    landmarks = {}
    if "landmarks" in example:
        mirrored = tf.multiply(MIRROR_POINTS, example["landmarks"])
        landmarks["landmarks"] = mirrored if landmark_order is None else tf.gather(mirrored, landmark_order)
    return {
        **example,
        **landmarks,
        "image": tf.reverse(example["image"], [2]),
        "intrinsics": tf.multiply(MIRROR_INTRINSICS, example["intrinsics"]),
        "extrinsics": tf.multiply(MIRROR_EXTRINSICS, example["extrinsics"]),
    }


def recolor(images: TensorLike, seed: TensorLike) -> tf.Tensor:
    """Puts the color channels in another order and makes each brighter or darker, alike in all views.

    Args:
        images: `[V, H, W, C]`, uint8 or float in [0, 1]; a fourth channel, alpha, stays.
        seed: Integers `[2]`.

    Returns:
        `[V, H, W, C]` of the same dtype.
    """
    images = tf.convert_to_tensor(images)
    order_seed, gain_seed = tf.unstack(tf.random.split(seed, 2))
    order = tf.random.experimental.stateless_shuffle(tf.range(3), order_seed)
    gain = tf.random.stateless_uniform([3], gain_seed, 1 - GAIN, 1 + GAIN)
    colors = gain * tf.cast(tf.gather(images[..., :3], order, axis=-1), tf.float32)
    whole = images.dtype.is_integer
    colors = tf.clip_by_value(colors + 0.5 * whole, 0, 255 if whole else 1)
    return tf.concat([tf.cast(colors, images.dtype), images[..., 3:]], -1)
