"""The part of the images that Keypoint3D's networks see."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import tensorflow as tf

from tfkeypoints.geometry import crop
from tfkeypoints.models._inputs import color, rescale

if TYPE_CHECKING:
    import keras


def window(
    inputs: Mapping[str, tf.Tensor],
    size: tuple[int, int],
    background: tf.Tensor | None,
    seed_generator: "keras.random.SeedGenerator | None",
) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
    """Crops images, cameras and background alike: at random with a seed generator, otherwise in the middle.

    Args:
        inputs: Dict of `image` `[B, V, H, W, C]`, `intrinsics` and `extrinsics`.
        size: (height, width) of the window in pixels.
        background: `[V, H, W, 3]` or `[B, V, H, W, 3]` in [0, 1], or None.
        seed_generator: `keras.random.SeedGenerator`, or None.

    Returns:
        A dict of `image` `[B, V, *size, 3]` in [-1, 1], `intrinsics`, `extrinsics`, `focal` `[B, V, 1, 1]` (vertical,
        of the whole image), `target` (the same image in [0, 1]) and, if there is one, `background`; and the box
        `[..., 4]` that the window covers of the whole image.
    """
    images = rescale(inputs["image"])
    height, width = images.shape[2:4]
    whole = (height, width) == tuple(size)
    if seed_generator is None or whole:
        corner = tf.constant(crop.centre_corner(height, width, size))
    else:
        corner = crop.random_corners(tf.shape(images), size, seed_generator)
    seen = {"image": images, "intrinsics": inputs["intrinsics"], "extrinsics": inputs["extrinsics"]}
    if background is not None:
        seen["background"] = tf.broadcast_to(background, tf.shape(images[..., :3]))
    if not whole:
        if background is not None:
            seen["background"] = crop.crop_images(seen["background"], corner, size)
        seen = crop.crop(seen, corner, size)
    seen["focal"] = inputs["intrinsics"][..., 1:2, 1:2]
    seen["image"] = color(seen["image"])
    seen["target"] = (seen["image"] + 1) / 2
    return seen, crop.box_of(corner, size, height, width)
