"""One frame of a video, as it was stored until its picture is asked for."""

import dataclasses

import numpy as np
from PIL import Image

AREA, BICUBIC, FULL_CHROMA, ACCURATE = 0x20, 0x4, 0x2000, 0x40000
"""Flags of FFmpeg's swscale. Without the last two it halves the colors' width and rounds down, by 1 of 255."""


@dataclasses.dataclass(frozen=True)
class VideoFrame:
    """A decoded frame; its picture is upright, whichever way the file stores it.

    Attributes:
        stored: PyAV's frame.
        turns: Quarter turns counterclockwise that make it upright.
    """

    stored: object
    turns: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the upright picture."""
        return turned((self.stored.width, self.stored.height), self.turns)

    @property
    def width(self) -> int:
        return self.size[0]

    @property
    def height(self) -> int:
        return self.size[1]

    def picture(self) -> Image.Image:
        """Converts the whole frame to RGB."""
        return self._converted(self.size, BICUBIC)

    def reduced(self, size: tuple[int, int]) -> Image.Image:
        """Averages the frame into a smaller RGB picture of this width and height, at a fraction of `picture`'s cost."""
        return self._converted(size, AREA)

    def _converted(self, size: tuple[int, int], filter_flag: int) -> Image.Image:
        width, height = turned(size, self.turns)
        flags = filter_flag | FULL_CHROMA | ACCURATE
        pixels = self.stored.reformat(width, height, "rgb24", interpolation=flags).to_ndarray()
        return Image.fromarray(np.ascontiguousarray(np.rot90(pixels, self.turns)))


def turned(size: tuple[int, int], turns: int) -> tuple[int, int]:
    """Width and height after some quarter turns."""
    return size if turns % 2 == 0 else size[::-1]
