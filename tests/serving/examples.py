"""Inputs of the tiny model that the tests of serving share."""

import io

import numpy as np
from PIL import Image

HEIGHT, WIDTH, CHANNELS, KEYPOINTS = 16, 24, 4, 3


def make_inputs(batch, views, seed=1):
    return {
        "image": np.random.default_rng(seed).integers(0, 256, (batch, views, HEIGHT, WIDTH, CHANNELS), dtype=np.uint8),
        "intrinsics": np.tile(np.diag([20, 30, 1]).astype(np.float32), (batch, views, 1, 1)),
        "extrinsics": np.tile(np.eye(4, dtype=np.float32), (batch, views, 1, 1)),
    }


def make_observations(batch, seed=1):
    """What a policy sees: two frames of two cameras, and proprioception."""
    inputs = make_inputs(2 * batch, 2, seed)
    inputs["image"] = inputs["image"][..., :3]
    frames = {name: value.reshape(batch, 2, *value.shape[1:]) for name, value in inputs.items()}
    return {**frames, "proprioception": np.random.default_rng(seed).normal(size=(batch, 2, 3)).astype(np.float32)}


def encode(pixels, form="PNG", **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, **options)
    return file.getvalue()


def make_encoded(inputs):
    """The same inputs with PNG for pixels."""
    images = inputs["image"]
    encoded = np.array([encode(image) for image in images.reshape(-1, *images.shape[2:])], object)
    cameras = {name: inputs[name] for name in ("intrinsics", "extrinsics")}
    return {"image_bytes": encoded.reshape(images.shape[:2]), **cameras}
