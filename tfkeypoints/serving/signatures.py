"""The functions in an exported SavedModel: they check what they are given, decode images, and call the model."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from tfkeypoints.evaluation import without_maps
from tfkeypoints.geometry import camera, crop
from tfkeypoints.geometry.checks import EXACT, RIGID_TOLERANCE
from tfkeypoints.geometry.letterbox import letterbox

ARRAYS = "detect"
"""Signature that takes images as arrays."""
ENCODED = "detect_encoded"
"""Signature that takes images as PNG or JPEG."""
ACT = "act"
"""Signature of a policy."""


@dataclasses.dataclass(frozen=True)
class Signature:
    """A function from a dict of tensors to a dict of tensors.

    Attributes:
        inputs: Name to what is taken. The first axis is the batch, of any size; the second one is that of views where
            it is free too.
        function: The function; it checks nothing.
    """

    inputs: Mapping[str, tf.TensorSpec]
    function: Callable[[Mapping[str, Any]], dict[str, tf.Tensor]]

    def guarded(self, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """The function with a look at what it is given, whose shapes need not be known."""
        return self.function(checked(inputs, self.inputs))


def of_policy(agent: keras.Model, observation: Mapping[str, Mapping[str, Any]]) -> dict[str, Signature]:
    """The signature `act`: observations of a batch of environments to the most probable `action`, and `value`.

    Args:
        agent: `tfkeypoints.control.agent.Agent`, built.
        observation: Name to {"shape": [S, ...], "dtype": ...} of one observation.
    """

    def act(observations: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        answer = agent.act(observations, deterministic=True)
        return {"action": answer["environment_action"], "value": answer["value"]}

    inputs = {name: tf.TensorSpec([None, *entry["shape"]], entry["dtype"]) for name, entry in observation.items()}
    return {ACT: Signature(inputs, act)}


def of_detector(
    detect: Callable[[Mapping[str, Any]], dict[str, tf.Tensor]],
    image_shape: tuple[int, int, int],
    num_views: int | None = None,
) -> dict[str, Signature]:
    """The signatures `detect` and `detect_encoded` of a model that finds keypoints.

    Args:
        detect: From `image`, `intrinsics` and `extrinsics` to the model's outputs; maps among them are left out.
        image_shape: H, W, C.
        num_views: Views that it takes; None: any number.
    """

    def find(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return without_maps(detect(inputs))

    views = [None, num_views]
    cameras = {
        "intrinsics": tf.TensorSpec([*views, 3, 3], tf.float32),
        "extrinsics": tf.TensorSpec([*views, 4, 4], tf.float32),
    }
    arrays = {"image": tf.TensorSpec([*views, *image_shape], tf.uint8), **cameras}
    encoded = {"image_bytes": tf.TensorSpec(views, tf.string), **cameras}
    return {
        ARRAYS: Signature(arrays, find),
        ENCODED: Signature(encoded, lambda inputs: detect_encoded(find, image_shape, inputs)),
    }


def detect_encoded(
    detect: Callable[[Mapping[str, Any]], dict[str, tf.Tensor]],
    image_shape: tuple[int, int, int],
    inputs: Mapping[str, tf.Tensor],
) -> dict[str, tf.Tensor]:
    """Decodes `image_bytes` `[batch, views]`, PNG or JPEG of any size, and calls `detect`.

    Images are scaled into the model's size, and padded with background where their form is another one. Intrinsics are
    those of the images as they are sent, and `uv` and `orientation` are returned in their coordinates; `std` is in
    those of the padded image.
    """
    views = tf.shape(inputs["image_bytes"])
    pixels, box = tf.map_fn(
        lambda encoded: fit(decode(encoded), *image_shape),
        tf.reshape(inputs["image_bytes"], [-1]),
        fn_output_signature=(tf.TensorSpec(image_shape, tf.uint8), tf.TensorSpec([4], tf.float32)),
    )
    image = tf.reshape(pixels, tf.concat([views, image_shape], 0))
    image = tf.ensure_shape(image, [*inputs["image_bytes"].shape, *image_shape])
    box = tf.reshape(box, tf.concat([views, [4]], 0))
    cameras = {"intrinsics": camera.crop(inputs["intrinsics"], box), "extrinsics": inputs["extrinsics"]}
    outputs = detect({"image": image, **cameras})
    return outputs | {name: crop.to_whole(outputs[name], box) for name in ("uv", "orientation") if name in outputs}


def decode(encoded: tf.Tensor) -> tf.Tensor:
    """Decodes a PNG or JPEG to RGBA: a string to uint8 `[h, w, 4]`; without alpha, every pixel is opaque."""
    image = tf.io.decode_image(encoded, expand_animations=False)
    image.set_shape([None, None, None])
    channels = tf.shape(image)[-1]
    color = tf.gather(image, tf.where(channels < 3, [0, 0, 0], [0, 1, 2]), axis=-1)
    last = image[..., -1:]
    alpha = tf.where((channels == 2) | (channels == 4), last, 255 * tf.ones_like(last))
    return tf.concat([color, alpha], -1)


def fit(image: tf.Tensor, height: int, width: int, channels: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Scales an RGBA image until it just fits into `height` × `width`, and pads the rest with background (zeros).

    An image that has the size already keeps its pixels, but for the colors of fully transparent ones.

    Args:
        image: uint8 `[h, w, 4]`.
        height, width: Size of the answer.
        channels: 4, or 3 for RGB over black.

    Returns:
        uint8 `[height, width, channels]`, and the box `[4]` that it covers in the image's normalised coordinates.
    """
    size, corner, box = letterbox(tf.shape(image)[0], tf.shape(image)[1], height, width)
    # Colors are weighted with alpha while they are averaged, or transparent pixels would darken the edges.
    image = tf.cast(image, tf.float32)
    weighted = tf.concat([image[..., :3] * image[..., 3:] / 255, image[..., 3:]], -1)
    scaled = tf.image.resize(weighted, size, antialias=True)
    color, alpha = scaled[..., :3], scaled[..., 3:]
    if channels == 4:
        color = tf.concat([tf.math.divide_no_nan(255 * color, alpha), alpha], -1)
    margins = tf.stack([corner, [height, width] - size - corner], 1)
    pixels = tf.cast(tf.clip_by_value(tf.round(color), 0, 255), tf.uint8)
    padded = tf.ensure_shape(tf.pad(pixels, tf.concat([margins, [[0, 0]]], 0)), [height, width, channels])
    return padded, tf.cast(box, tf.float32)


def checked(inputs: Mapping[str, tf.Tensor], expected: Mapping[str, tf.TensorSpec]) -> dict[str, tf.Tensor]:
    """Refuses inputs that the model could not make sense of, while the graph runs.

    Args:
        inputs: Tensors of unknown shapes.
        expected: What they should be. What is free is free for the first one; the others follow it.

    Returns:
        The inputs with what is known of their shapes.

    Raises:
        tf.errors.InvalidArgumentError: While the graph runs, with a sentence that names the input.
    """
    answer = {name: _fitting(name, inputs[name], spec) for name, spec in expected.items()}
    first, *others = answer
    free = ["batch", "views"] if expected[first].shape[1] is None else ["batch"]
    sizes = tf.shape(answer[first])[: len(free)]
    checks = []
    for name in others:
        same = tf.reduce_all(tf.shape(answer[name])[: len(free)] == sizes)
        sentence = f"`{name}` must have the {' and '.join(free)} of `{first}`"
        checks.append(_check(same, sentence, tf.shape(answer[name])))
    if "intrinsics" in answer:
        checks.append(_check_intrinsics(answer["intrinsics"]))
    if "extrinsics" in answer:
        checks.append(_check_extrinsics(answer["extrinsics"]))
    with tf.control_dependencies(checks):
        return {name: tf.identity(value) for name, value in answer.items()}


def _fitting(name: str, tensor: tf.Tensor, spec: tf.TensorSpec) -> tf.Tensor:
    """The tensor with the shape that it should have, not empty and finite."""
    shape, rank = tf.shape(tensor), len(spec.shape)
    expected = [-1 if size is None else size for size in spec.shape]
    aligned = tf.pad(shape[:rank], [[0, rank - tf.minimum(tf.size(shape), rank)]])
    fits = (tf.size(shape) == rank) & tf.reduce_all((aligned == expected) | (tf.constant(expected) < 0))
    words = ["batch", *("views" if size is None else str(size) for size in spec.shape[1:])]
    checks = [
        _check(fits, f"`{name}` must have the shape [{', '.join(words)}]", shape),
        _check(tf.size(tensor) > 0, f"`{name}` must not be empty", shape),
    ]
    if spec.dtype.is_floating:
        # Flat: the graph's optimizer takes the rank of the reduction from the shape that is still to be checked.
        finite = tf.reduce_all(tf.math.is_finite(tf.reshape(tensor, [-1])))
        checks.append(_check(finite, f"`{name}` must be finite numbers, without NaN and infinity", tensor))
    with tf.control_dependencies(checks):
        return tf.ensure_shape(tf.identity(tensor), spec.shape)


def _check_intrinsics(intrinsics: tf.Tensor) -> tf.Operation:
    focal = tf.linalg.diag_part(intrinsics)[..., :2]
    lower = tf.concat([intrinsics[..., 1, :1], intrinsics[..., 2, :]], -1)
    return _check(
        tf.reduce_all(focal > 0) & tf.reduce_all(tf.abs(lower - [0.0, 0.0, 0.0, 1.0]) <= EXACT),
        "`intrinsics` must be [[fu, s, cu], [0, fv, cv], [0, 0, 1]] with fu, fv > 0, camera to normalised image "
        "coordinates",
        intrinsics,
    )


def _check_extrinsics(extrinsics: tf.Tensor) -> tf.Operation:
    rotation = extrinsics[..., :3, :3]
    skewed = tf.matmul(rotation, rotation, transpose_a=True) - tf.eye(3)
    turn = tf.reduce_sum(tf.linalg.cross(rotation[..., 0, :], rotation[..., 1, :]) * rotation[..., 2, :], -1)
    return _check(
        tf.reduce_all(tf.abs(extrinsics[..., 3, :] - [0.0, 0.0, 0.0, 1.0]) <= EXACT)
        & tf.reduce_all(tf.abs(skewed) <= RIGID_TOLERANCE)
        & tf.reduce_all(turn > 0),
        "`extrinsics` must be rigid, [[R, t], [0, 0, 0, 1]] with a rotation R, world to camera",
        extrinsics,
    )


def _check(condition: tf.Tensor, sentence: str, received: tf.Tensor) -> tf.Operation:
    return tf.debugging.Assert(condition, [f"{sentence}. Received:", received], summarize=32)
