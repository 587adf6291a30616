"""One frame of a video, as it was stored until its picture is asked for."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import av

AREA, BICUBIC, FULL_CHROMA, ACCURATE = 0x20, 0x4, 0x2000, 0x40000
"""Flags of FFmpeg's swscale. Without the last two it halves the colors' width and rounds down, by 1 of 255."""
SMALL = 320
"""Longer side of the picture, made once a frame, that those of up to this size are made of."""


@dataclasses.dataclass
class VideoFrame:
    """A decoded frame; its picture is upright, whichever way the file stores it.

    Attributes:
        stored: PyAV's frame.
        turns: Quarter turns counterclockwise that make it upright.
        reformatters: PyAV's by what they make. Frames that one thread reads one after another share them: setting one
            up costs as much as a third of its work.
        small: The picture of `SMALL` pixels, once it was needed.
    """

    stored: "av.VideoFrame"
    turns: int
    reformatters: dict = dataclasses.field(default_factory=dict, repr=False, compare=False)
    small: Image.Image | None = dataclasses.field(default=None, init=False, repr=False, compare=False)

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
        if max(size) > SMALL or max(self.size) <= SMALL:
            return self._converted(size, AREA)
        if self.small is None:
            scale = SMALL / max(self.size)
            self.small = self._converted((max(1, round(self.width * scale)), max(1, round(self.height * scale))), AREA)
        return self.small if size == self.small.size else self.small.resize(size, Image.Resampling.HAMMING)

    def _converted(self, size: tuple[int, int], filter_flag: int) -> Image.Image:
        from av.video.reformatter import VideoReformatter

        width, height = turned(size, self.turns)
        reformatter = self.reformatters.setdefault((size, filter_flag), VideoReformatter())
        flags = filter_flag | FULL_CHROMA | ACCURATE
        planar = reformatter.reformat(self.stored, width, height, "gbrp", interpolation=flags, threads=1)
        return Image.fromarray(np.ascontiguousarray(np.rot90(planar.to_ndarray(), self.turns)))


def turned(size: tuple[int, int], turns: int) -> tuple[int, int]:
    """Width and height after some quarter turns."""
    return size if turns % 2 == 0 else size[::-1]
