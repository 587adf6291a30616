"""MP4 videos written a frame at a time, and joined without encoding them again."""

import contextlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from tfkeypoints.arguments import check_positive
from tfkeypoints.files import whole

OPTIONS = {"crf": "18", "preset": "veryfast", "bf": "0"}
"""Of x264: a quality at which compression is hardly seen, for little time. Frames are stored as they are shown."""


def has_video() -> bool:
    """Whether PyAV, which writes and reads videos, is installed."""
    return importlib.util.find_spec("av") is not None


@contextlib.contextmanager
def video_writer(path: str | Path, fps: float = 24) -> Iterator[Callable[[np.ndarray], None]]:
    """Yields a function that adds a frame, uint8 RGB `[H, W, 3]`, to an MP4 (H.264).

    The file is there once the block has ended without an error. An odd width or height is filled up by repeating the
    last pixels.

    Args:
        path: File ending in .mp4.
        fps: Frames a second.

    Raises:
        ValueError: If `fps` is not positive, or there was no frame.

    Example:
        with video_writer("turn.mp4", 24) as write:
            for frame in frames:
                write(frame)
    """
    import av

    check_positive(fps=fps)
    with whole(path) as partial, av.open(str(partial), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=_rate(fps), options=OPTIONS)
        stream.pix_fmt = "yuv420p"
        written = 0

        def write(frame: np.ndarray) -> None:
            nonlocal written
            height, width = (side + side % 2 for side in frame.shape[:2])
            if not written:
                stream.width, stream.height = width, height
            if (height, width) != frame.shape[:2]:
                missing = [(0, height - frame.shape[0]), (0, width - frame.shape[1]), (0, 0)]
                frame = np.pad(frame, missing, mode="edge")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
            written += 1

        yield write
        if not written:
            raise ValueError(f"A video should have a frame at the least. Received: none, for {path}")
        container.mux(stream.encode(None))


def join_videos(path: str | Path, parts: Iterable[Path], fps: float = 24) -> None:
    """Puts videos that `video_writer` wrote, all of one size and rate, one after another, as they are encoded."""
    import av

    with whole(path) as partial, av.open(str(partial), "w", format="mp4") as joined:
        stream, number = None, 0
        for part in parts:
            with av.open(str(part)) as container:
                source = container.streams.video[0]
                stream = stream or joined.add_stream_from_template(source)
                for packet in container.demux(source):
                    if packet.size:
                        packet.stream, packet.time_base = stream, 1 / _rate(fps)
                        packet.pts = packet.dts = number
                        packet.duration = 1
                        joined.mux(packet)
                        number += 1


def _rate(fps: float) -> Fraction:
    return Fraction(fps).limit_denominator(1000)
