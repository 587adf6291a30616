"""Crops of batches of multi-view examples, whose cameras follow. For use inside models: everything runs in a graph."""

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from tfkeypoints import replicas
from tfkeypoints.geometry import camera
from tfkeypoints.geometry._tensors import TensorLike


def crop(inputs: Mapping[str, TensorLike], corner: TensorLike, size: tuple[int, int]) -> dict[str, tf.Tensor]:
    """Cuts a window out of every image and moves the cameras with it; nothing is resampled.

    Args:
        inputs: Dict with `image` `[B, V, H, W, C]` of any dtype and `intrinsics` `[B, V, 3, 3]`; other keys pass
            through. B and V may be dynamic.
        corner: Integers `[B, V, 2]`, or what broadcasts to it (`[2]`: one window for all): top row and left column.
        size: (height, width) of the window in pixels.

    Returns:
        A dict like `inputs`, with images `[B, V, height, width, C]` and the intrinsics of the window.

    Raises:
        ValueError: If the window is known not to fit into the images.

    Example:
        >>> inputs = dict(image=tf.zeros([8, 3, 128, 128, 3], tf.uint8), intrinsics=tf.eye(3, batch_shape=[8, 3]))
        >>> crop(inputs, centre_corner(128, 128, (108, 108)), (108, 108))["image"].shape
        TensorShape([8, 3, 108, 108, 3])
    """
    images = crop_images(inputs["image"], corner, size)
    shape = tf.shape(inputs["image"])
    corner = tf.broadcast_to(tf.cast(corner, tf.int32), tf.concat([shape[:2], [2]], 0))
    box = box_of(corner, size, shape[2], shape[3])
    return {**inputs, "image": images, "intrinsics": camera.crop(inputs["intrinsics"], box)}


def crop_images(images: tf.Tensor, corner: TensorLike, size: tuple[int, int]) -> tf.Tensor:
    """Cuts a window out of every image, without any camera: `[B, V, H, W, C]` to `[B, V, height, width, C]`.

    Args and Raises: see `crop`.
    """
    height, width = size
    corner = tf.cast(corner, tf.int32)
    _check_fits(images.shape[2:4], corner, size)
    corner = tf.broadcast_to(corner, tf.concat([tf.shape(images)[:2], [2]], 0))
    rows = corner[..., :1] + tf.range(height)
    columns = corner[..., 1:] + tf.range(width)
    return tf.gather(tf.gather(images, rows, axis=2, batch_dims=2), columns, axis=3, batch_dims=2)


def random_corners(
    image_shape: TensorLike, size: tuple[int, int], seed_generator: keras.random.SeedGenerator
) -> tf.Tensor:
    """Draws where to crop, anew for every view of every example.

    Args:
        image_shape: Shape `[B, V, H, W, ...]` of the images, static or `tf.shape`.
        size: (height, width) of the window in pixels.
        seed_generator: `keras.random.SeedGenerator`.

    Returns:
        int32 `[B, V, 2]`: top row and left column, uniform over all windows that fit.
    """
    choices = tf.cast(tf.convert_to_tensor(image_shape)[2:4] - size + 1, tf.float32)
    shape = tf.concat([image_shape[:2], [2]], 0)
    return tf.cast(replicas.draw(keras.random.uniform, shape, seed_generator, dtype="float32") * choices, tf.int32)


def centre_corner(height: int, width: int, size: tuple[int, int]) -> tuple[int, int]:
    """The corner (top row, left column) of the central window of (height, width) `size`."""
    return (height - size[0]) // 2, (width - size[1]) // 2


def box_of(corner: TensorLike, size: TensorLike, height: int | tf.Tensor, width: int | tf.Tensor) -> tf.Tensor:
    """The window in normalised coordinates of the whole image, as `geometry.camera.crop` takes it.

    Args:
        corner: Integers `[..., 2]`: top row and left column.
        size: (height, width) of the window in pixels.
        height, width: Size of the whole image in pixels.

    Returns:
        `[..., 4]`: u0, v0, u1, v1, in the dtype of `height` and `width`, float32 if they are integers.

    Example:
        >>> box_of([16, 0], (32, 32), 64, 64).numpy().tolist()
        [-1.0, -0.5, 0.0, 0.5]
    """
    whole = tf.stack([width, height])
    whole = whole if whole.dtype.is_floating else tf.cast(whole, tf.float32)
    low = tf.cast(tf.reverse(corner, [-1]), whole.dtype)
    high = low + tf.cast(size[::-1], whole.dtype)
    return 2 * tf.concat([low / whole, high / whole], -1) - 1


def to_whole(uv: TensorLike, box: TensorLike) -> tf.Tensor:
    """Moves image points from a crop's coordinates to those of the whole image.

    u = u0 + (u' + 1) (u1 - u0) / 2   (v likewise)

    Args:
        uv: `[..., K, 2]` float, normalised coordinates of the crop.
        box: `[..., 4]`, the crop: u0, v0, u1, v1.

    Returns:
        `[..., K, 2]`, normalised coordinates of the whole image.
    """
    low, high = (tf.expand_dims(each, -2) for each in (box[..., :2], box[..., 2:]))
    return low + (uv + 1) * (high - low) / 2


def _check_fits(image_size: Sequence[int | None], corner: tf.Tensor, size: tuple[int, int]) -> None:
    known = tf.get_static_value(corner)
    corners = [[0, 0]] if known is None else known.reshape(-1, 2).tolist()
    for axis, name in enumerate(("height", "width")):
        whole, window = image_size[axis], size[axis]
        if whole is not None and not all(0 <= start[axis] <= whole - window for start in corners):
            raise ValueError(
                f"`size` must fit into images of {name} {whole} from `corner` on. Received: size={tuple(size)}, "
                f"corner={corners[:4]}"
            )
