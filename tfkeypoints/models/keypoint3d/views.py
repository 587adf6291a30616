"""How one network, or one a camera, sees `[B, V, H, W, C]`: the three ways of encoding views."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import tensorflow as tf

if TYPE_CHECKING:
    import keras


VIEW_ENCODINGS = ("separate", "stacked", "shared")


def number_of_networks(view_encoding: str, num_views: int) -> int:
    """One a camera for "separate", otherwise one."""
    return num_views if view_encoding == "separate" else 1


def channels_of_network(view_encoding: str, num_views: int, channels: int) -> int:
    """Channels that a network must return, so that each view has `channels`."""
    return channels * (num_views if view_encoding == "stacked" else 1)


def across_views(
    view_encoding: str, networks: "Sequence[keras.layers.Layer]", maps: tf.Tensor, training: bool | None
) -> tf.Tensor:
    """Applies networks to all views: `[B, V, H, W, C]` to `[B, V, h, w, channels]`.

    "separate": `networks[n]` sees view n. "stacked": `networks[0]` sees the channels of all views at once and answers
    for all. "shared": `networks[0]` sees each view by itself; V is free.
    """
    if view_encoding == "separate":
        views = tf.unstack(maps, len(networks), axis=1)
        return tf.stack([net(view, training=training) for net, view in zip(networks, views, strict=True)], 1)
    if view_encoding == "shared":
        shape = tf.shape(maps)
        flat = tf.ensure_shape(tf.reshape(maps, tf.concat([[-1], shape[2:]], 0)), [None, *maps.shape[2:]])
        answer = networks[0](flat, training=training)
        answer_shape = tf.concat([shape[:2], tf.shape(answer)[1:]], 0)
        return tf.ensure_shape(tf.reshape(answer, answer_shape), [None, maps.shape[1], *answer.shape[1:]])
    num_views, height, width, channels = maps.shape[1:]
    together = tf.reshape(tf.transpose(maps, [0, 2, 3, 1, 4]), [-1, height, width, num_views * channels])
    answer = networks[0](together, training=training)
    height, width = answer.shape[1:3]
    return tf.transpose(
        tf.reshape(answer, [-1, height, width, num_views, answer.shape[-1] // num_views]), [0, 3, 1, 2, 4]
    )
