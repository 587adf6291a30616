"""One photo of a capture, and which part of it is the object."""

import dataclasses
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from tfkeypoints.data.recordings.image_sequence import ImageSequence
from tfkeypoints.data.recordings.missing import Missing

LOOK_SIDE = 512
"""Longer side in pixels at which silhouettes are looked at."""
COVERED = 0.25
"""Share of the object in a pixel of the smaller mask from which on the pixel belongs to it."""
SMALLER_PART = 0.05
"""A part of a mask counts if it has this share of its pixels; less is a speck."""
SAME_FORM = 0.02
"""How much the forms of a mask and its photo, width to height, may differ."""


@dataclasses.dataclass(frozen=True)
class Photo:
    """A photo whose camera is known.

    Attributes:
        name: As the camera file names it.
        source: The image.
        mask: File of its mask; None: the image's alpha channel.
    """

    name: str
    source: ImageSequence
    mask: Path | None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are read."""
        return (*self.source.files, *(() if self.mask is None else (self.mask,)))

    def read(self) -> np.ndarray:
        """Reads the photo with the object's share of each pixel as alpha: uint8 `[H, W, 4]`.

        Raises:
            ValueError: If a file can't be read, or there is neither a mask nor an alpha channel.
        """
        (image,) = self.source.read([0])
        if isinstance(image, Missing):
            raise ValueError(image.reason)
        if self.mask is not None:
            return np.dstack([np.asarray(image.convert("RGB")), _mask_at(self.mask, image.size)])
        if image.mode != "RGBA" or image.getextrema()[3][0] == 255:
            raise ValueError(
                f"{self.source.paths[0]} should have transparent pixels about the object, or a mask of the same name "
                "in masks/ beside images/, white where the object is. Received: neither"
            )
        return np.asarray(image)

    def silhouette(self) -> np.ndarray:
        """The object's part of a small image: bool `[h, w]`, without specks.

        Raises:
            ValueError: As `read`.
        """
        alpha = self.read()[..., 3] if self.mask is None else _mask_at(self.mask, self.source.size)
        scale = min(1.0, LOOK_SIDE / max(alpha.shape))
        size = tuple(max(1, round(side * scale)) for side in alpha.shape[::-1])
        small = np.asarray(Image.fromarray(alpha).resize(size, Image.Resampling.BOX)) > 255 * COVERED
        labels, _ = ndimage.label(small, np.ones((3, 3)))
        counts = np.bincount(labels.ravel())[1:]
        return np.isin(labels, 1 + np.flatnonzero(counts >= SMALLER_PART * counts.sum()))


def _mask_at(path: Path, size: tuple[int, int]) -> np.ndarray:
    """The mask file at the photo's width and height: uint8 `[H, W]`, 255 where the object is."""
    mask = _read_mask(path)
    ratio = mask.width * size[1] / (mask.height * size[0])
    if not 1 - SAME_FORM < ratio < 1 + SAME_FORM:
        raise ValueError(
            f"{path} should have the form of its photo, {size[0]} × {size[1]}. Received: {mask.width} × {mask.height}"
        )
    return np.asarray(mask if mask.size == size else mask.resize(size, Image.Resampling.BILINEAR))


def _read_mask(path: Path) -> Image.Image:
    """Reads a mask as grey values from 0 to 255; numbers of objects, and 0 and 1, are 0 and 255."""
    try:
        with Image.open(path) as image:
            numbered = image.mode == "P"
            given = np.asarray(image if numbered or image.mode in ("1", "L") or "I" in image.mode else _grey(image))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} can't be read as a mask ({error})") from error
    if numbered or given.max() <= 1:
        given = 255 * (given > 0)
    elif given.max() > 255:
        given = given * (255 / given.max())
    return Image.fromarray(np.uint8(given))


def _grey(image: Image.Image) -> Image.Image:
    """The brightness of a mask in colors, over black where it is transparent."""
    rgba = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", rgba.size, "black"), rgba).convert("L")
