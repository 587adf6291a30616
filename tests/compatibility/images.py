"""Images as they are kept here, and as they are given to `tfkeypoints predict`."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

EVERY = 8
"""Of outputs that are images, one pixel in so many is kept along each axis."""


def thinned(value: np.ndarray) -> np.ndarray:
    """Every eighth pixel of images `[B, V, H, W, C]`; other arrays as they are."""
    return value[:, :, ::EVERY, ::EVERY] if value.ndim == 5 else value


def write_photos(folder: Path, inputs: dict[str, np.ndarray]) -> list[str]:
    """Writes the first view of each example, and returns what `predict` is to be told: the folder."""
    folder.mkdir(parents=True)
    for number, views in enumerate(inputs["image"]):
        Image.fromarray(views[0]).save(folder / f"{number}.png")
    return [str(folder)]


def write_recording(folder: Path, inputs: dict[str, np.ndarray]) -> list[str]:
    """Writes all examples as frames of cameras that stand still, and returns what `predict` is to be told."""
    height, width = inputs["image"].shape[2:4]
    cameras = {}
    for view in range(inputs["image"].shape[1]):
        name = f"camera_{view}"
        (folder / name).mkdir(parents=True)
        for frame, image in enumerate(inputs["image"][:, view]):
            Image.fromarray(image).save(folder / name / f"{frame}.png")
        (fx, _, cx), (_, fy, cy) = (inputs["intrinsics"][0, view, :2] * [[width / 2], [height / 2]]).tolist()
        pixels = {"fx": fx, "fy": fy, "cx": cx + (width - 1) / 2, "cy": cy + (height - 1) / 2}
        extrinsics = inputs["extrinsics"][0, view].tolist()
        cameras[name] = {**pixels, "width": width, "height": height, "extrinsics": extrinsics}
    file = folder.with_suffix(".json")
    file.write_text(json.dumps(cameras))
    return [str(folder), "--cameras", str(file)]
