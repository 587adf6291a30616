"""The video of one camera."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tfkeypoints.data.recordings import decoding
from tfkeypoints.data.recordings.missing import Missing
from tfkeypoints.data.recordings.video_frame import VideoFrame, turned

if TYPE_CHECKING:
    import av


INDEXED = ("matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2", "avi")
"""Containers in which a packet is a frame and has a time of its own, so that frames are known without decoding."""
BACK = (0, 32, 512, 2**63)
"""How many frames before the wanted one are sought, one after the other, until what is found is not behind it; the last
is the beginning. Containers seek by the times of decoding, and find the next key frame where it is decoded earlier
than it is shown."""
VP8_SHOWN = 1 << 4
"""The bit of a VP8 packet that says whether its frame is shown, or only used by others (RFC 6386, 9.1)."""


@dataclasses.dataclass(frozen=True)
class Video:
    """The frames that are stored in a video file.

    Attributes:
        path: The file.
        count: Number of frames T.
        ticks: `[T]` int64, when each frame is shown, in the file's own unit; None if the file does not say.
        stamps: `[T]`, the same in seconds since the first frame.
        exact: Whether each frame is shown at its stamp. AVI stores times in the order of decoding: where frames were
            dropped and decoding has another order than showing, only the times are known, not which frame has which.
        size: Width and height of the upright picture.
        turns: Quarter turns counterclockwise that make a stored frame upright.
        indexed: Whether frames are found by their ticks; otherwise by counting from the beginning.
        lenient: Whether frames are read although parts of them are damaged, because all are.
        told: Number of frames by the file's header; 0 if it does not say.
    """

    path: Path
    count: int
    ticks: np.ndarray | None
    stamps: np.ndarray | None
    exact: bool
    size: tuple[int, int]
    turns: int
    indexed: bool
    lenient: bool
    told: int = 0

    def __len__(self) -> int:
        return self.count

    def read(self, wanted: Iterable[int]) -> Iterator[VideoFrame | Missing]:
        """Reads the frames of these numbers, which rise."""
        wanted = iter(wanted)
        number = next(wanted, None)
        if number is None:
            return
        reformatters: dict = {}
        for found, stored in self._numbered_from(number):
            frame = VideoFrame(stored, self.turns, reformatters)
            while number is not None and number <= found:
                yield self._checked(frame) if number == found else self._missing(number)
                number = next(wanted, None)
            if number is None:
                return
        while number is not None:
            yield self._missing(number)
            number = next(wanted, None)

    @property
    def files(self) -> tuple[Path, ...]:
        """The file, as the only one of several that are read."""
        return (self.path,)

    @property
    def title(self) -> str:
        """What users know it by."""
        return self.path.name

    def as_stored(self) -> "Video":
        """The same, with its frames in the form in which the file stores them."""
        return dataclasses.replace(self, size=turned(self.size, self.turns), turns=0)

    @property
    def seekable(self) -> bool:
        """Whether reading may begin in the middle; otherwise what lies before is decoded too."""
        return self.indexed and not self.lenient

    def _numbered_from(self, first: int) -> Iterator[tuple[int, VideoFrame]]:
        """Frames with their numbers, which rise but for what is given twice, from `first` or earlier on."""
        ticks = self.ticks
        if not self.indexed or ticks is None:
            with decoding.opened(self.path, self.lenient) as file:
                yield from enumerate(decoding.frames(*file))
            return
        for begin in dict.fromkeys(max(0, first - back) for back in (BACK if self.seekable else BACK[-1:])):
            before = None
            try:
                for number, frame in self._numbered_behind(begin, ticks):
                    if before is None and begin and number > first:
                        break  # sought too far
                    before = number
                    yield number, frame
                else:
                    if before is not None:
                        return
            except decoding.Unsure:
                continue

    def _numbered_behind(self, begin: int, ticks: np.ndarray) -> Iterator[tuple[int, VideoFrame]]:
        """Frames with their numbers from the key frame on that the container finds for `begin`."""
        with decoding.opened(self.path, self.lenient) as (container, stream):
            if begin:
                container.seek(int(ticks[begin]), stream=stream)
            before = -1
            for frame in decoding.frames(container, stream, begin > 0):
                number = int(np.searchsorted(ticks, frame.pts))
                if number == len(self) or ticks[number] != frame.pts:
                    continue  # cut away by the file's own edit list
                if number <= before:
                    raise ValueError(
                        f"{self.path} holds frames out of order (frame {number} after {before}); convert it: "
                        f"ffmpeg -i {self.path.name} {self.path.stem}.mkv"
                    )
                before = number
                yield number, frame

    def _missing(self, number: int) -> Missing:
        return Missing(f"{self.path}: frame {number} can't be decoded")

    def _checked(self, frame: VideoFrame) -> VideoFrame | Missing:
        if frame.size == self.size:
            return frame
        return Missing(f"{self.path} goes on with another size: {frame.width} × {frame.height} after {self.size}")


def open_video(path: Path) -> Video:
    """Finds out which frames a video holds.

    Where the container has a time for each packet, they are taken from there. Elsewhere, as in MPEG transport streams
    and in AVI whose frames are shown in another order than they are stored, the video is decoded once.

    Raises:
        ValueError: If it can't be read or no frame can be decoded; the message names file and cause.
    """
    path = Path(path)
    first, lenient = _first_frame(path, False), False
    if first is None:
        first, lenient = _first_frame(path, True), True
    if first is None:
        raise ValueError(f"{path} can't be read as a video (none of its frames can be decoded)")
    turns = round(first.rotation / 90) % 4
    with decoding.opened(path, lenient) as (container, stream):
        told, base = stream.frames, stream.time_base
        reordered = container.format.name == "avi" and stream.codec_context.has_b_frames
        indexed = container.format.name in INDEXED and not reordered
        shown = _ticks_of_packets(container, stream) if indexed else None
    indexed = shown is not None
    if shown is None:
        with decoding.opened(path, lenient) as file:
            shown = [frame.pts for frame in decoding.frames(*file)]
    ticks, exact = _in_order(shown)
    stamps = None if ticks is None else (ticks - ticks[0]) * float(base)
    size = VideoFrame(first, turns).size
    return Video(path, len(shown), ticks, stamps, exact, size, turns, indexed, lenient, told)


def _first_frame(path: Path, lenient: bool) -> "av.VideoFrame | None":
    with decoding.opened(path, lenient) as file:
        return next(decoding.frames(*file), None)


def _ticks_of_packets(container: "av.container.InputContainer", stream: "av.VideoStream") -> list[int] | None:
    """When the frames of a file are shown, sorted; None if a packet doesn't say, or two say the same."""
    shown = []
    for packet in decoding.packets(container, stream):
        hidden = stream.codec_context.name == "vp8" and not bytes(packet)[0] & VP8_SHOWN
        if packet.is_discard or packet.is_corrupt or hidden:
            continue
        if packet.pts is None:
            return None
        shown.append(packet.pts)
    return sorted(shown) if len(set(shown)) == len(shown) else None


def _in_order(shown: Sequence[int | None]) -> tuple[np.ndarray | None, bool]:
    """The ticks of frames, sorted, and whether they belong to the frames in this order; None if one has none."""
    if None in shown:
        return None, True
    ticks = np.array(shown)
    steps = np.diff(np.sort(ticks))
    even = len(steps) == 0 or steps.max() < 1.5 * np.median(steps)
    return np.sort(ticks), bool(even or (np.diff(ticks) >= 0).all())
