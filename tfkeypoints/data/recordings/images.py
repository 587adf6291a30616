"""Images on disk: which files of a folder are images, how large they are, and what they show in 8 bits a color."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
ORIENTATION = 0x0112
"""EXIF's number for how the camera was held; from 5 on, width and height change places."""
SAMPLES = 16
"""How many images of a sequence are read to find the bits that their grey values use."""
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


def find_images(folder: Path) -> tuple[list[Path], list[Path]]:
    """Lists the images in a folder and the files that are none, such as hidden ones; both sorted by name."""
    files = sorted(path for path in Path(folder).iterdir() if path.is_file())
    images = [path for path in files if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")]
    return images, sorted(set(files) - set(images))


def read_image(path: Path, bits: int = 16, upright: bool = True) -> Image.Image:
    """Reads an image as RGB, or as RGBA if it has an alpha channel.

    Grey values of 16 bits are scaled by their range: 0 … 2^bits - 1 becomes 0 … 255.

    Args:
        path: PNG, JPEG, TIFF or BMP.
        bits: Of the 16 bits of a grey value, those that are used.
        upright: Whether to turn it as its camera was held, which EXIF tells.

    Raises:
        ValueError: If it can't be read, holds several pages or values of more bits; the message names the file.
    """
    try:
        with Image.open(path) as image:
            if image.format == "TIFF" and image.n_frames > 1:
                raise ValueError(f"it holds {image.n_frames} pages; give each image a file of its own")
            grey, color = _is_deep(image), _has_deep_colors(image)
            shown = ImageOps.exif_transpose(image) if upright else image
            if grey:
                return _scaled(np.asarray(shown), bits)
            return _checked(shown) if color else _colored(shown)
    except UNREADABLE as error:
        raise ValueError(f"{path} can't be read as an image ({error})") from error


def image_size(path: Path) -> tuple[tuple[int, int], bool]:
    """Reads width and height, turned as the camera was held, and whether that was by an odd number of quarters.

    Raises:
        ValueError: If it can't be read; the message names the file.
    """
    try:
        with Image.open(path) as image:
            turned = image.getexif().get(ORIENTATION, 1) >= 5
            return (image.size[::-1] if turned else image.size), turned
    except UNREADABLE as error:
        raise ValueError(f"{path} can't be read as an image ({error})") from error


def check_bits(bits: int | None) -> None:
    """Checks how many of 16 bits are said to be used, unless that is to be detected (None)."""
    if bits is not None and not 9 <= bits <= 16:
        raise ValueError(f"`bits` should be from 9 to 16. Received: bits={bits}")


def used_bits(paths: Sequence[Path]) -> int:
    """Tells how many bits the grey values of 16-bit images use: 12, as many cameras write, or 16.

    Of these up to `SAMPLES`, evenly spread, are read. It is 16 where images have 8 bits or can't be read.
    """
    chosen = np.unique(np.linspace(0, len(paths) - 1, SAMPLES).astype(int))
    highest = [_highest(paths[number]) for number in chosen]
    return 12 if 0 < max(highest) < 2**12 else 16


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG")


def _has_deep_colors(image: Image.Image) -> bool:
    """Whether an image has colors of 16 bits, of which Pillow keeps the upper 8."""
    return any(";16" in str(tile[-1]) for tile in image.tile) and not _is_deep(image)


def _highest(path: Path) -> int:
    try:
        with Image.open(path) as image:
            return int(np.asarray(image).max()) if _is_deep(image) else 0
    except UNREADABLE:
        return 0


def _scaled(values: np.ndarray, bits: int) -> Image.Image:
    full = 2**bits - 1
    if values.max() > full:
        raise ValueError(f"its grey values should have {bits} bits, at most {full}. Received: {values.max()}")
    grey = (values.astype(np.uint32) * 255 + full // 2) // full
    return Image.fromarray(grey.astype(np.uint8)).convert("RGB")


def _checked(image: Image.Image) -> Image.Image:
    """As RGB or RGBA, if its colors of 16 bits use more than the lower 12."""
    colored = _colored(image)
    brightest = max(high for _, high in colored.getextrema()[:3])
    if 0 < brightest < 2**4:
        raise ValueError("its colors have 16 bits, of which 12 or less are used; save them with 8 bits")
    return colored


def _colored(image: Image.Image) -> Image.Image:
    if image.mode in ("F", "I"):
        raise ValueError(f"its values should have 8 or 16 bits. Received: Pillow's mode {image.mode}")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")
