"""The multi-view example, which everything in this library passes around, and its check. NumPy only."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tfkeypoints.geometry.checks import check_extrinsics, check_intrinsics

CAMERA_KEYS = ("image", "intrinsics", "extrinsics")


def check_example(example: Mapping[str, Any]) -> None:
    """Checks that a dict is a multi-view example.

    | key | dtype, shape | meaning |
    | --- | --- | --- |
    | `image` | uint8 `[V, H, W, C]` | V views; C is 3, or 4 with an alpha mask (0 = background) |
    | `intrinsics` | float32 `[V, 3, 3]` | camera to normalised image coordinates, which span [-1, 1] |
    | `extrinsics` | float32 `[V, 4, 4]` | world to camera, rigid |
    | `landmarks` | float32 `[L, 3]` | optional: true world points, for evaluation |
    | `instance` | string | optional: which object or episode |
    | `frame` | int32 | optional: which moment of the episode, from 0 |

    Images may also be float32 in [0, 1].

    Args:
        example: Dict of NumPy arrays (or what `numpy.asarray` accepts), unbatched.

    Raises:
        ValueError: If it is not one. The message names the key and what was received.

    Example:
        >>> check_example(next(iter(load("rendered_objects/chairs_64").as_numpy_iterator())))
    """
    missing = [key for key in CAMERA_KEYS if key not in example]
    if missing:
        raise ValueError(
            f"An example needs the keys {list(CAMERA_KEYS)}. Received: {sorted(example)}; missing: {missing}"
        )
    image, intrinsics, extrinsics = (np.asarray(example[key]) for key in CAMERA_KEYS)
    _check_image(image)
    views = len(image)
    _check_array("intrinsics", intrinsics, (views, 3, 3), "V must be that of `image`")
    _check_array("extrinsics", extrinsics, (views, 4, 4), "V must be that of `image`")
    check_intrinsics(intrinsics)
    check_extrinsics(extrinsics)
    if "landmarks" in example:
        landmarks = np.asarray(example["landmarks"])
        _check_array("landmarks", landmarks, (len(landmarks) if landmarks.ndim else 0, 3), "world points are rows")
    if "instance" in example and np.asarray(example["instance"]).shape != ():
        raise ValueError(f"`instance` must be one string. Received: instance={example['instance']!r}")


def _check_image(image: np.ndarray) -> None:
    if image.dtype not in (np.uint8, np.float32):
        raise ValueError(f"`image` must be uint8, or float32 in [0, 1]. Received: image of dtype {image.dtype}")
    if image.ndim != 4 or image.shape[-1] not in (3, 4) or 0 in image.shape:
        raise ValueError(f"`image` must be [V, H, W, C] with C 3 or 4. Received: image of shape {image.shape}")
    if image.dtype == np.float32:
        finite = np.isfinite(image)
        if not finite.all():
            raise ValueError(f"`image` must be finite. Received: {np.sum(~finite)} values that are NaN or infinite")
        if image.min() < 0 or image.max() > 1:
            raise ValueError(
                f"`image` of floats must lie in [0, 1]. Received: values from {image.min():g} to {image.max():g}"
            )
    if image.shape[-1] == 4:
        empty = np.flatnonzero(~image[..., 3].any(axis=(1, 2)))
        if len(empty):
            raise ValueError(
                "`image` must show the object in each view: alpha (channel 3) above 0 somewhere. "
                f"Received: alpha 0 everywhere in view {empty[0]}"
            )


def _check_array(key: str, array: np.ndarray, shape: tuple[int, ...], reason: str) -> None:
    if array.dtype != np.float32:
        raise ValueError(f"`{key}` must be float32. Received: {key} of dtype {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"`{key}` must have shape {shape}: {reason}. Received: {key} of shape {array.shape}")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"`{key}` must be finite. Received: {array[where]} at {list(where)}")
