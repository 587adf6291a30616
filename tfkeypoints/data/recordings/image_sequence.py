"""The images of one camera."""

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from tfkeypoints.data.recordings import images
from tfkeypoints.data.recordings.missing import Missing
from tfkeypoints.data.recordings.names import Names, order


@dataclasses.dataclass(frozen=True)
class ImageSequence:
    """Images of one camera in the order of their names.

    Attributes:
        paths: T files.
        keys: What their names are paired by, as in `Names`.
        stamps: `[T]` seconds, if the names are times; else None.
        size: Width and height of the first image that can be read.
        bits: Of 16-bit grey values, those that are used.
        turns: Whether the first image asks, by its EXIF orientation, for an odd number of quarter turns.
        upright: Whether images are turned as their EXIF orientation asks.
    """

    paths: tuple[Path, ...]
    keys: tuple[tuple[int | str, ...], ...]
    stamps: np.ndarray | None
    size: tuple[int, int]
    bits: int
    turns: bool = False
    upright: bool = True

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are read."""
        return self.paths

    @property
    def title(self) -> str:
        """What users know them by: their folder."""
        return f"{self.paths[0].parent.name}/"

    def label(self, number: int) -> int | str:
        """What users know an image by: the number that alone varies in the names, or the name."""
        key = self.keys[number]
        return key[0] if len(key) == 1 and isinstance(key[0], int) else self.paths[number].stem

    def as_stored(self) -> "ImageSequence":
        """The same, with its images in the form in which the files store them."""
        return dataclasses.replace(self, size=self.size[::-1] if self.turns else self.size, turns=False, upright=False)

    def read(self, wanted: Iterable[int]) -> Iterator[Image.Image | Missing]:
        """Reads the images of these numbers."""
        for number in wanted:
            path = self.paths[number]
            try:
                image = images.read_image(path, self.bits, self.upright)
            except ValueError as error:
                yield Missing(str(error))
                continue
            if image.size == self.size:
                yield image
            else:
                sizes = f"{image.width} × {image.height}, and {self.paths[0].name} {self.size[0]} × {self.size[1]}"
                yield Missing(f"{path} has another size than the images before it: {sizes}")


def image_sequence(paths: list[Path], names: Names, bits: int | None) -> ImageSequence:
    """Puts images into the order of their keys.

    Args:
        paths: Images of one camera.
        names: What their names say.
        bits: Of 16-bit grey values, those that are used; None detects it.

    Raises:
        ValueError: If two images have one key, or none can be read.
    """
    ranking = sorted(range(len(paths)), key=lambda number: order(names.keys[number]))
    times = names.times
    if times is not None:
        ranking.sort(key=times.__getitem__)
    ordered = tuple(paths[number] for number in ranking)
    keys = tuple(names.keys[number] for number in ranking)
    seen: dict[tuple[int | str, ...], Path] = {}
    for path, key in zip(ordered, keys, strict=True):
        if key in seen:
            raise ValueError(f"Images of one camera should have different names. Received: {seen[key]} and {path.name}")
        seen[key] = path
    bits = images.used_bits(ordered) if bits is None else bits
    stamps = times[ranking] if times is not None and names.only_times else None
    size, turns = _size(ordered)
    return ImageSequence(ordered, keys, stamps, size, bits, turns)


def _size(paths: tuple[Path, ...]) -> tuple[tuple[int, int], bool]:
    problems = []
    for path in paths:
        try:
            return images.image_size(path)
        except ValueError as error:
            problems.append(error)
    raise problems[0]
