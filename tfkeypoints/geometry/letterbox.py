"""Where an image of any size lies in one of a fixed size: scaled until it just fits, in the middle of padding."""

import tensorflow as tf

from tfkeypoints.geometry import crop


def letterbox(
    height: int | tf.Tensor, width: int | tf.Tensor, target_height: int, target_width: int
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Finds how an image is scaled and padded.

    s = min(target_height / height, target_width / width),   size = max(1, round(s (height, width)))

    Args:
        height, width: Size of the image in pixels, integers, known or not before a graph runs.
        target_height, target_width: Size that it is fitted into.

    Returns:
        size: int32 `[2]`, height and width of the scaled image.
        corner: int32 `[2]`, the row and column of its first pixel in the padded one.
        box: float64 `[4]`, what the padded image covers: u0, v0, u1, v1 in the image's normalised coordinates, which
            reach beyond ±1 where there is padding; for `camera.crop` and `crop.to_whole`.

    Example:
        >>> size, corner, box = letterbox(100, 200, 64, 64)
        >>> size.numpy().tolist(), corner.numpy().tolist(), box.numpy().tolist()
        ([32, 64], [16, 0], [-1.0, -2.0, 1.0, 2.0])
    """
    given = tf.cast(tf.stack([height, width]), tf.float64)  # float32 would round half a pixel up or down by chance
    target = tf.stack([target_height, target_width])
    scale = tf.reduce_min(tf.cast(target, tf.float64) / given)
    size = tf.maximum(1, tf.cast(tf.round(given * scale), tf.int32))
    corner = (target - size) // 2
    scaled_height, scaled_width = tf.unstack(tf.cast(size, tf.float64))
    return size, corner, crop.box_of(-corner, target, scaled_height, scaled_width)
