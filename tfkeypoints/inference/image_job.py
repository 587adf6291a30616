"""Predicting images one by one, as a task that any process can do a part of. Imports TensorFlow when it is done."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfkeypoints.inference.image_finder import ImageFinder


@dataclasses.dataclass(frozen=True)
class ImageJob:
    """What a process must know to find the keypoints of images, each by itself; it can be pickled.

    Attributes:
        run: The run's folder.
        paths: N images.
        overlays: Where the images go with their keypoints drawn into them, N files.
        fov: The camera's vertical field of view in degrees, or
        intrinsics: its fx fy cx cy in pixels; without both, images are taken to be seen as the training images were.
        bits: How many of the 16 bits of grey images are used.
    """

    run: Path
    paths: tuple[Path, ...]
    overlays: tuple[Path, ...]
    fov: float | None
    intrinsics: tuple[float, float, float, float] | None
    bits: int

    seekable = True

    def open(self) -> "ImageFinder":
        """Loads the model: returns an `ImageFinder`."""
        from tfkeypoints.inference.image_finder import ImageFinder

        return ImageFinder(self)
