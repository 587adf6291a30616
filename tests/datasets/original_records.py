"""Folders in the form of the authors' KeypointNet data, drawn from a scene of three points that is known exactly."""

import numpy as np
import tensorflow as tf

from tests import reference

POINTS = np.array([[0.9, 0.1, -0.3], [-0.5, 0.7, 0.4], [0.2, -0.8, 0.6]])
"""World points that are drawn in red, green and blue."""


def projection(focal=22.9, centre=(0.0, 0.0)):
    """OpenGL's perspective projection for column vectors; `centre` shifts what lies on the axis, in its coordinates."""
    near, far = 1.0, 100.0
    depth = [-(far + near) / (far - near), -2 * far * near / (far - near)]
    return np.array(
        [[focal, 0, -centre[0], 0], [0, focal, -centre[1], 0], [0, 0, *depth], [0, 0, -1, 0]]
    )  # the image's right and top are +1


def model_view(rng):
    """World to OpenGL's eye, which looks along -z from 30 units away."""
    matrix = np.eye(4)
    matrix[:3, :3] = reference.random_rotation(rng)
    matrix[:3, 3] = [*rng.uniform(-0.2, 0.2, 2), -30]
    return matrix


def draw(matrix, size):
    """An RGBA image `[size, size, 4]`: each point as a Gaussian of 1.2 pixels in its own channel.

    Args:
        matrix: World to OpenGL's clip space.
        size: Pixels; the centre of the first lies half a pixel from the left and from the top.
    """
    clip = np.concatenate([POINTS, np.ones((3, 1))], -1) @ matrix.T
    ndc = clip[:, :2] / clip[:, 3:]
    columns, rows = (ndc[:, 0] + 1) / 2 * size - 0.5, (1 - ndc[:, 1]) / 2 * size - 0.5
    cells = np.arange(size)
    across = np.exp(-((cells[:, None] - columns) ** 2) / (2 * 1.2**2))
    down = np.exp(-((cells[:, None] - rows) ** 2) / (2 * 1.2**2))
    color = down[:, None] * across[None]
    return np.round(255 * np.concatenate([color, color.max(-1, keepdims=True)], -1)).astype(np.uint8)


def pair(rng, clip, size, **changes):
    """A record: two views of the scene as PNG, and the matrices of the cameras, row by row."""
    features = {}
    for view in range(2):
        matrix = model_view(rng)
        features |= {f"mv{view}": matrix, f"mvi{view}": np.linalg.inv(matrix), f"img{view}": draw(clip @ matrix, size)}
    features |= changes
    encoded = {name: _feature(name, value) for name, value in features.items() if value is not None}
    return tf.train.Example(features=tf.train.Features(feature=encoded)).SerializeToString()


def _feature(name, value):
    if name.startswith("img"):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[tf.io.encode_png(value).numpy()]))
    return tf.train.Feature(float_list=tf.train.FloatList(value=value.reshape(-1)))


def write_folder(folder, files=5, pairs=2, size=48, clip=None):
    """Writes `0000.tfrecord`, …, and `projection.txt`."""
    rng, clip = np.random.default_rng(0), projection() if clip is None else clip
    folder.mkdir(exist_ok=True)
    np.savetxt(folder / "projection.txt", clip, fmt="%.6f")
    for number in range(files):
        write_records(folder / f"{number:04d}.tfrecord", [pair(rng, clip, size) for _ in range(pairs)])
    return folder


def write_records(path, records):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)
