"""What several cameras saw at the same times."""

import dataclasses
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TypeVar

import numpy as np
from PIL import Image

from tfkeypoints.data.recordings import pairing
from tfkeypoints.data.recordings.ahead import read_ahead
from tfkeypoints.data.recordings.image_sequence import ImageSequence
from tfkeypoints.data.recordings.missing import Missing
from tfkeypoints.data.recordings.video import Video
from tfkeypoints.data.recordings.video_frame import VideoFrame

AHEAD = 16
"""Frames of each camera that are read before they are needed."""
Prepared = TypeVar("Prepared")


@dataclasses.dataclass(frozen=True)
class Recording:
    """What V cameras saw at T times; iterating gives V images a time.

    Attributes:
        names: The cameras.
        sources: Each camera's images or video.
        pairs: int `[T, V]`, the number of the frame in each camera's source; -1 where it has none.
        labels: T frames: the numbers or names of the images; counted from 0 if all are videos.
        times: `[T]` seconds, since the first frame if they come from videos; None if nothing tells them.
        remarks: Sentences about what was ignored, assumed or missing.
        strict: Whether a frame that is missing or broken is an error when it is read.
    """

    names: tuple[str, ...]
    sources: tuple[ImageSequence | Video, ...]
    pairs: np.ndarray
    labels: tuple[int | str, ...]
    times: np.ndarray | None
    remarks: tuple[str, ...] = ()
    strict: bool = False

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[tuple[Image.Image | Missing, ...]]:
        return self.read(_whole)

    @property
    def fps(self) -> float | None:
        """Frames a second; None if nothing tells."""
        return None if self.times is None or len(self) < 2 else 1 / pairing.step(self.times)

    @property
    def seekable(self) -> bool:
        """Whether reading may begin at any time without decoding all that lies before."""
        return all(getattr(source, "seekable", True) for source in self.sources)

    @property
    def sizes(self) -> np.ndarray:
        """`[V, 2]` int, width and height of each camera's images in pixels."""
        return np.array([source.size for source in self.sources])

    def read(
        self,
        prepare: Callable[[int, int, Image.Image | VideoFrame], Prepared],
        start: int = 0,
        stop: int | None = None,
    ) -> Generator[tuple[Prepared | Missing, ...], None, None]:
        """Reads and prepares each camera's frames in a thread of its own, ahead of their use.

        Args:
            prepare: From the number of a time, that of a camera, and its frame, as Pillow's image or as it is stored in
                a video, to what is wanted of it.
            start, stop: The first of the T times, and the one behind the last.

        Yields:
            What was prepared of each camera; `Missing` where it has no frame.

        Raises:
            ValueError: If `strict` and a frame is missing.
        """
        streams = [self._stream(view, prepare, start, stop) for view in range(len(self.names))]
        return read_ahead(streams, AHEAD)

    def _stream(
        self, view: int, prepare: Callable[[int, int, Image.Image | VideoFrame], Prepared], start: int, stop: int | None
    ) -> Iterator[Prepared | Missing]:
        numbers = self.pairs[start:stop, view]
        frames = self.sources[view].read(numbers[numbers != pairing.NONE].tolist())
        for time, (label, number) in enumerate(zip(self.labels[start:stop], numbers, strict=True), start):
            frame = Missing(f"`{self.names[view]}` has no frame {label}") if number == pairing.NONE else next(frames)
            if self.strict and isinstance(frame, Missing):
                raise ValueError(frame.reason)
            yield frame if isinstance(frame, Missing) else prepare(time, view, frame)


def _whole(time: int, view: int, frame: Image.Image | VideoFrame) -> Image.Image:
    return frame.picture() if isinstance(frame, VideoFrame) else frame


def shortened(labels: Sequence[int | str]) -> str:
    """Names the first few frames, and how many more there are."""
    rest = f" and {len(labels) - 5} more" if len(labels) > 5 else ""
    return f"frame {', '.join(map(str, labels[:5]))}{rest}"
