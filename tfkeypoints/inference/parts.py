"""Tracks of a recording in parts, as predictions keep them."""

from collections.abc import Iterator
from typing import Protocol

from tfkeypoints.inference.tracks import Tracks


class Parts(Protocol):
    """Tracks of frames in parts one after another: a list, or what reads or makes each part when it is asked for."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Tracks]: ...
