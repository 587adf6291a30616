"""Packets and frames of a video file through PyAV, which gives what is stored: none repeated, none left out."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av


CUT = "moov atom not found"
"""FFmpeg's words for an MP4 or MOV without the table that is written last."""


class Unsure(Exception):
    """Whether frames are damaged can't be known, for what was decoded began in the middle of the file."""


LOG = threading.Lock()
"""Held while FFmpeg's log, of which a process has one, is at another level."""


@contextlib.contextmanager
def opened(path: Path, lenient: bool = False) -> "Iterator[tuple[av.container.InputContainer, av.VideoStream]]":
    """Opens a video for reading, with one thread a file: its errors then belong to the packet that was decoded last.

    Args:
        path: The file.
        lenient: Whether a frame that is damaged in parts is given all the same.

    Yields:
        PyAV's container and its video stream.

    Raises:
        ValueError: If it can't be read, or PyAV is not installed; one line with the file and the cause.
    """
    try:
        import av
    except ImportError as error:
        raise ValueError(f"{path} can't be read without PyAV: pip install 'tfkeypoints[video]'") from error
    try:
        with LOG, _errors_with_words():
            container = av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        log = getattr(error, "log", None)
        cause = log[2].strip() if log else error.strerror
        told = f"{cause}: it is cut off, or its recorder did not close it" if cause == CUT else cause
        raise ValueError(f"{path} can't be read as a video ({told})") from error
    with container:
        stream = container.streams.best("video")
        if stream is None:
            raise ValueError(f"{path} can't be read as a video (it holds none)")
        stream.codec_context.thread_count = 1
        if not lenient:
            stream.codec_context.options = {"err_detect": "explode"}
        yield container, stream


@contextlib.contextmanager
def _errors_with_words() -> Iterator[None]:
    """Makes PyAV's errors tell what FFmpeg logs, which is silent otherwise, and leaves them "invalid data"."""
    import av.logging

    level = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture():
            yield
    finally:
        av.logging.set_level(level)


def packets(container: "av.container.InputContainer", stream: "av.VideoStream") -> Iterator:
    """Yields the packets of a stream in the order in which they are decoded, up to where the file can be read."""
    import av

    with contextlib.suppress(av.FFmpegError):
        for packet in container.demux(stream):
            if packet.size:  # the last one is empty
                yield packet


def frames(container: "av.container.InputContainer", stream: "av.VideoStream", sought: bool = False) -> Iterator:
    """Yields the frames that are whole, in the order in which they are shown.

    Behind a packet that can't be decoded, frames are left out up to the next key frame: they build upon what is
    missing. That includes those that are decoded after the key frame but shown before it.

    Args:
        container, stream: As `opened` gives them.
        sought: Whether the container stands at a key frame in the middle of the file. In open groups of pictures,
            frames that are shown before it build upon others before it: they are left out.

    Raises:
        Unsure: If `sought`, and something up to the next key frame can't be decoded: that may be damaged, or build upon
            what lies before.
    """
    import av

    decoded = {}
    damages = []
    groups = number = 0
    for number, packet in enumerate(packets(container, stream)):
        groups += packet.is_keyframe
        if sought and not number:
            damages.append((0, packet.pts))
        if packet.is_keyframe:
            damages = [(first, packet.pts if until is None else until) for first, until in damages]
        decoded[packet.pts] = number
        try:
            whole = stream.decode(packet)
        except av.FFmpegError:
            if sought and groups == 1:
                raise Unsure from None
            damages.append((number, None))
            continue
        yield from (frame for frame in whole if not _is_damaged(frame, decoded.pop(frame.pts, number), damages))
    with contextlib.suppress(av.FFmpegError):
        for frame in stream.decode(None):
            if not _is_damaged(frame, decoded.pop(frame.pts, number), damages):
                yield frame


def _is_damaged(frame: "av.VideoFrame", number: int, damages: Sequence[tuple[int, int | None]]) -> bool:
    """Whether a frame that was decoded as this number builds upon a damaged packet."""
    return frame.is_corrupt or any(
        number >= first and (until is None or frame.pts is None or frame.pts < until) for first, until in damages
    )
