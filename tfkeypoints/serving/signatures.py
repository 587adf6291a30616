"""The functions in an exported SavedModel: they check what they are given, decode images, and call the model."""

from collections.abc import Callable, Mapping

import keras
import tensorflow as tf

from tfkeypoints.data import augment
from tfkeypoints.evaluation import MAPS
from tfkeypoints.geometry import camera

ARRAYS = "detect"
"""Signature that takes images as arrays."""
ENCODED = "detect_encoded"
"""Signature that takes images as PNG or JPEG."""
RIGID_TOLERANCE = 1e-3
"""How far Rᵀ R may be from the identity."""

INPUTS = {
    ARRAYS: {"image": tf.uint8, "intrinsics": tf.float32, "extrinsics": tf.float32},
    ENCODED: {"image_bytes": tf.string, "intrinsics": tf.float32, "extrinsics": tf.float32},
}
"""Inputs of each signature and their types."""


def input_signature(name: str) -> dict[str, tf.TensorSpec]:
    """The inputs of a signature with no shapes, so that a wrong one is refused by our sentence, on every server."""
    return {key: tf.TensorSpec(None, dtype, name=key) for key, dtype in INPUTS[name].items()}


def free_views(model: keras.Model) -> bool:
    """Whether the model takes any number of views."""
    return getattr(model, "view_encoding", "shared") == "shared"


def input_shapes(name: str, model: keras.Model, image_shape: tuple[int, int, int]) -> dict[str, list[int]]:
    """Shapes of a signature's inputs, with -1 for what is free."""
    views = [-1, -1 if free_views(model) else model.num_views]
    shapes = {"image": [*views, *image_shape], "image_bytes": views}
    shapes |= {"intrinsics": [*views, 3, 3], "extrinsics": [*views, 4, 4]}
    return {key: shapes[key] for key in INPUTS[name]}


def detect(model: keras.Model, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Calls the model for inference and leaves out the maps."""
    outputs = model.detect(inputs) if hasattr(model, "detect") else model(inputs, training=False)
    return {name: value for name, value in outputs.items() if name not in MAPS}


def detect_function(model: keras.Model, image_shape: tuple[int, int, int]) -> Callable[[dict], dict]:
    """Makes the signature `detect`: `image` uint8 `[batch, views, H, W, C]`, `intrinsics`, `extrinsics`."""

    def function(inputs):
        inputs = checked(inputs, input_shapes(ARRAYS, model, image_shape))
        return detect(model, inputs)

    return function


def detect_encoded_function(model: keras.Model, image_shape: tuple[int, int, int]) -> Callable[[dict], dict]:
    """Makes the signature `detect_encoded`: `image_bytes` string `[batch, views]`, PNG or JPEG of any size.

    Images are scaled into the model's size, and padded with background where their form is another one. Intrinsics are
    those of the images as they are sent, and `uv` and `orientation` answer in their coordinates; `spread` is in those
    of the padded image.
    """

    def function(inputs):
        inputs = checked(inputs, input_shapes(ENCODED, model, image_shape))
        views = tf.shape(inputs["image_bytes"])
        pixels, box = tf.map_fn(
            lambda encoded: fit(decode(encoded), *image_shape),
            tf.reshape(inputs["image_bytes"], [-1]),
            fn_output_signature=(tf.TensorSpec(image_shape, tf.uint8), tf.TensorSpec([4], tf.float32)),
        )
        image = tf.reshape(pixels, tf.concat([views, image_shape], 0))
        image = tf.ensure_shape(image, [*inputs["image_bytes"].shape, *image_shape])
        box = tf.reshape(box, tf.concat([views, [4]], 0))
        outputs = detect(
            model,
            {
                "image": image,
                "intrinsics": camera.crop(inputs["intrinsics"], box),
                "extrinsics": inputs["extrinsics"],
            },
        )
        return outputs | {
            name: augment.to_whole(outputs[name], box) for name in ("uv", "orientation") if name in outputs
        }

    return function


def decode(encoded):
    """Decodes a PNG or JPEG to RGBA: a string to uint8 `[h, w, 4]`; without alpha, every pixel is opaque."""
    image = tf.io.decode_image(encoded, expand_animations=False)
    image.set_shape([None, None, None])
    channels = tf.shape(image)[-1]
    colour = tf.gather(image, tf.where(channels < 3, [0, 0, 0], [0, 1, 2]), axis=-1)
    last = image[..., -1:]
    alpha = tf.where((channels == 2) | (channels == 4), last, 255 * tf.ones_like(last))
    return tf.concat([colour, alpha], -1)


def fit(image, height, width, channels):
    """Scales an RGBA image until it just fits into `height` × `width`, and pads the rest with background (zeros).

    An image that has the size already keeps its pixels, but for the colours of fully transparent ones.

    Args:
        image: uint8 `[h, w, 4]`.
        height, width: Size of the answer.
        channels: 4, or 3 for RGB over black.

    Returns:
        uint8 `[height, width, channels]`, and the box `[4]` that it covers in the image's normalised coordinates.
    """
    target = tf.constant([height, width])
    given = tf.cast(tf.shape(image)[:2], tf.float32)
    scale = tf.reduce_min(tf.cast(target, tf.float32) / given)
    size = tf.maximum(1, tf.cast(tf.round(given * scale), tf.int32))
    # Colours are weighted with alpha while they are averaged, or transparent pixels would darken the edges.
    image = tf.cast(image, tf.float32)
    weighted = tf.concat([image[..., :3] * image[..., 3:] / 255, image[..., 3:]], -1)
    scaled = tf.image.resize(weighted, size, antialias=True)
    colour, alpha = scaled[..., :3], scaled[..., 3:]
    if channels == 4:
        colour = tf.concat([tf.math.divide_no_nan(255 * colour, alpha), alpha], -1)
    before = (target - size) // 2
    margins = tf.stack([before, target - size - before], 1)
    pixels = tf.cast(tf.clip_by_value(tf.round(colour), 0, 255), tf.uint8)
    padded = tf.ensure_shape(tf.pad(pixels, tf.concat([margins, [[0, 0]]], 0)), [height, width, channels])
    edges = tf.cast(tf.concat([-before[::-1], (target - before)[::-1]], 0), tf.float32)
    return padded, 2 * edges / tf.cast(tf.tile(size[::-1], [2]), tf.float32) - 1


def checked(inputs: Mapping[str, tf.Tensor], shapes: Mapping[str, list[int]]) -> dict[str, tf.Tensor]:
    """Refuses inputs that the model could not make sense of, while the graph runs.

    Args:
        inputs: Images, `intrinsics` and `extrinsics`, of unknown shapes.
        shapes: What the shapes should be, with -1 for what is free; the first entry's batch and views count for all.

    Returns:
        The inputs with what is known of their shapes.

    Raises:
        tf.errors.InvalidArgumentError: While the graph runs, with a sentence that names the input.
    """
    first, *others = shapes
    answer = {first: _with_shape(first, inputs[first], shapes[first])}
    views = tf.shape(answer[first])[:2]
    with tf.control_dependencies(
        [_check(tf.reduce_all(views > 0), f"`{first}` must hold at least one batch entry and view", views)]
    ):
        for name in others:
            given = _with_shape(name, inputs[name], shapes[name])
            same = tf.reduce_all(tf.shape(given)[:2] == views)
            finite = tf.reduce_all(tf.math.is_finite(given))
            with tf.control_dependencies(
                [
                    _check(same, f"`{name}` must have the batch and views of `{first}`", tf.shape(given)),
                    _check(finite, f"`{name}` must be finite numbers, without NaN and infinity", given),
                ]
            ):
                answer[name] = tf.identity(given)
        intrinsics, extrinsics = answer["intrinsics"], answer["extrinsics"]
        focal = tf.linalg.diag_part(intrinsics)[..., :2]
        lower = tf.concat([intrinsics[..., 1, :1], intrinsics[..., 2, :]], -1)
        rotation = extrinsics[..., :3, :3]
        skewed = tf.matmul(rotation, rotation, transpose_a=True) - tf.eye(3)
        turn = tf.reduce_sum(tf.linalg.cross(rotation[..., 0, :], rotation[..., 1, :]) * rotation[..., 2, :], -1)
        with tf.control_dependencies(
            [
                _check(
                    tf.reduce_all(focal > 0) & tf.reduce_all(tf.abs(lower - [0.0, 0.0, 0.0, 1.0]) < 1e-6),
                    "`intrinsics` must be [[fu, s, cu], [0, fv, cv], [0, 0, 1]] with fu, fv > 0, camera to normalised "
                    "image coordinates",
                    intrinsics,
                ),
                _check(
                    tf.reduce_all(tf.abs(extrinsics[..., 3, :] - [0.0, 0.0, 0.0, 1.0]) < 1e-6)
                    & tf.reduce_all(tf.abs(skewed) < RIGID_TOLERANCE)
                    & tf.reduce_all(turn > 0),
                    "`extrinsics` must be rigid, [[R, t], [0, 0, 0, 1]] with a rotation R, world to camera",
                    extrinsics,
                ),
            ]
        ):
            return {name: tf.identity(value) for name, value in answer.items()}


def _with_shape(name, tensor, expected):
    shape = tf.shape(tensor)
    rank = len(expected)
    aligned = tf.pad(shape[:rank], [[0, rank - tf.minimum(tf.size(shape), rank)]])
    fits = (tf.size(shape) == rank) & tf.reduce_all((aligned == expected) | tf.constant([e < 0 for e in expected]))
    words = ["batch", "views", *map(str, expected[2:])]
    if expected[1] >= 0:
        words[1] = str(expected[1])
    with tf.control_dependencies([_check(fits, f"`{name}` must have the shape [{', '.join(words)}]", shape)]):
        return tf.ensure_shape(tf.identity(tensor), [None if each < 0 else each for each in expected])


def _check(condition, sentence, received):
    return tf.debugging.Assert(condition, [f"{sentence}. Received:", received], summarize=32)
