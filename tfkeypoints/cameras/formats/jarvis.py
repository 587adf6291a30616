"""JARVIS' folder with a YAML file for each camera: OpenCV's FileStorage with transposed matrices.

Points are rows: `pixel · depth = ([X 1] [R; T]) K`, so that both K and R are stored transposed; T is OpenCV's. The
centre of the first pixel is (0, 0), and the world's unit is the file's (millimetres, where JARVIS itself calibrated).

Reference: JARVIS-HybridNet, `jarvis/utils/reprojection.py`.
Note: JARVIS computes with the first two coefficients and leaves the others 0; here all are used.
"""

from typing import Any

import numpy as np

from tfkeypoints.cameras import values
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats import _filestorage as storage
from tfkeypoints.cameras.source import Source

NAME = "JARVIS"
KEYS = ("intrinsicMatrix", "distortionCoefficients", "R", "T")
SIZE = ("image_width", "image_height")


def recognises(source: Source) -> bool:
    """Whether the source is such a file, or a folder with such files."""
    if source.is_folder:
        return any(storage.kind(each) == "jarvis" for each in _candidates(source))
    return storage.kind(source) == "jarvis"


def read(source: Source) -> list[Camera]:
    """Reads a camera, or the cameras of a folder; each is named after its file.

    Raises:
        ValueError: If a file is no such file, or a camera is incomplete or wrong.
    """
    if source.is_folder:
        return [camera for each in _candidates(source) for camera in read(each)]
    if storage.kind(source) != "jarvis":
        raise ValueError(f"{source} should be a camera of JARVIS, as other files beside it. Received: {source.seen()}")
    content = values.keys(f"{source}", storage.read_storage(source), KEYS, SIZE)
    name = source.path.stem
    where = f"{source}, camera `{name}`"
    matrix, lens, rotation, shift = KEYS
    sized = any(key in content for key in SIZE)  # JARVIS itself writes none
    return [
        Camera(
            name=name,
            size=values.size(where, ", ".join(SIZE), [content.get(key) for key in SIZE]) if sized else None,
            matrix=values.pixel_matrix(where, f"{matrix}ᵀ", _transposed(where, matrix, content[matrix])),
            lens=values.lens(where, lens, storage.vector(where, lens, content[lens])),
            extrinsics=values.joined(
                values.rotation(where, f"{rotation}ᵀ", _transposed(where, rotation, content[rotation])),
                values.array(where, shift, storage.vector(where, shift, content[shift]), (3,)),
            ),
        )
    ]


def _candidates(folder: Source) -> list[Source]:
    return [source for source in folder.files if source.path.suffix.lower() in (".yaml", ".yml")]


def _transposed(where: str, key: str, node: Any) -> np.ndarray:
    return np.transpose(values.array(where, key, storage.matrix(where, key, node), (3, 3)))
