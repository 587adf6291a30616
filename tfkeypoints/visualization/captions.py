"""Words beside pictures."""

import functools
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

INK = (70, 70, 76)
PAPER = (255, 255, 255)
FONT_SIZE = 13


def caption(text: str, width: int, height: int = 20, centred: bool = False) -> np.ndarray:
    """Writes one line of dark text on a white strip; what is longer than the strip is cut off.

    Returns:
        uint8 RGB `[height, width, 3]`.
    """
    strip = Image.new("RGB", (width, height), PAPER)
    place, anchor = ((width / 2, height / 2), "mm") if centred else ((2, height / 2), "lm")
    ImageDraw.Draw(strip).text(place, text, INK, _font(), anchor)
    return np.array(strip)


def names_of_cameras(names: Sequence[str] | None, count: int) -> list[str]:
    """Returns `names` if there are `count` of them, "camera 0" and so on if they are None.

    Raises:
        ValueError: If there are more or fewer.
    """
    names = [f"camera {number}" for number in range(count)] if names is None else list(names)
    if len(names) != count:
        raise ValueError(f"`camera_names` must hold {count} strings. Received: camera_names={names}")
    return names


@functools.cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(size=FONT_SIZE)
