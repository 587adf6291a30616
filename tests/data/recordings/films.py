"""Tiny videos whose frames say their own number: frame n is grey, of the value `DARKEST` + `LEVEL` * n."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

DARKEST, LEVEL = 40, 6
"""Steps of grey between frames; compression changes a value by less than half of it."""


def pyav():
    """Imports PyAV, or skips the test."""
    return pytest.importorskip("av", reason="PyAV is not installed (extra `video`)")


def film(path, numbers, times=None, rate=30, codec="libx264", size=(64, 48), options=None, turn=0, textured=False):
    """Writes the frames of these numbers, up to 29, shown at these times in units of 1 / rate.

    Args:
        path: The file; its suffix chooses the container.
        numbers: What the frames say.
        times: Whole numbers; those of the frames if None.
        turn: Degrees counterclockwise by which players are to turn the frames.
        textured: Whether frames are noise about their grey value, so that they take up room in the file.
    """
    av = pyav()
    rng = np.random.default_rng(0)
    noise = rng.integers(-32, 33, (size[1], size[0], 1)) * textured
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = Fraction(1, rate)
        if turn:
            stream.set_display_rotation(turn)
        for number, time in zip(numbers, numbers if times is None else times, strict=True):
            pixels = (DARKEST + LEVEL * number + np.roll(noise, number, 1)).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.repeat(pixels, 3, -1), "rgb24")
            frame.pts, frame.time_base = time, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def cut(source, target, frames):
    """Copies a video without decoding it, its first frames hidden by an edit list as cutting tools do."""
    av = pyav()
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        stream = old.streams.video[0]
        copied = new.add_stream_from_template(stream)
        ticks = round(frames / stream.average_rate / stream.time_base)
        for packet in old.demux(stream):
            if packet.size:
                packet.pts, packet.dts, packet.stream = packet.pts - ticks, packet.dts - ticks, copied
                new.mux(packet)
    return target


def damage(path, numbers, share=1.0):
    """Overwrites the last part of these frames' packets, in the order in which they are stored, with noise."""
    av = pyav()
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(0)
    for number in numbers:
        begin, size = packets[number]
        kept = max(4, round(size * (1 - share)))
        content[begin + kept : begin + size] = rng.integers(0, 256, size - kept, np.uint8).tobytes()
    path.write_bytes(content)


def said(picture):
    """The number that a picture says."""
    return round((float(np.mean(np.asarray(picture)[..., :3])) - DARKEST) / LEVEL)
