"""Places of named points in a few frames, as a file of labels holds them."""

import dataclasses
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np

FORBIDDEN = '/:\\,"\t\r\n'
"""Signs that no name of a point may hold: some of the files that it is written to could not."""


@dataclasses.dataclass(frozen=True)
class Table:
    """Labels of N frames.

    Attributes:
        where: What a message calls the file.
        frames: N numbers of frames, or names of images.
        names: L names of points.
        places: `[N, L, D]` float64; D is 2, pixels of the image as recorded, or 3, world units. NaN where unlabeled.

    Raises:
        ValueError: If a frame or a name is there twice, a name is impossible, or there is nothing.
    """

    where: str
    frames: tuple[int | str, ...]
    names: tuple[str, ...]
    places: np.ndarray

    def __post_init__(self) -> None:
        if not self.frames or not self.names:
            raise ValueError(f"{self.where} should hold labels. Received: {len(self.frames)} frames of {self.names}")
        for kind, values in (("frame", self.frames), ("point", self.names)):
            if twice := sorted({str(each) for each in values if values.count(each) > 1}):
                raise ValueError(f"{self.where} should hold each {kind} once. Received: {', '.join(twice[:5])}, again")
        for name in self.names:
            if not name.strip() or any(sign in FORBIDDEN for sign in name):
                raise ValueError(f"{self.where}: names should hold none of {FORBIDDEN!r}. Received: {name!r}")


def frame_of(text: str) -> int | str:
    """What a cell says of a frame: its number, or the name of its image without folders and suffix.

    Example:
        >>> frame_of("labeled-data/left/img0042.png"), frame_of("42")
        ('img0042', 42)
    """
    text = text.strip()
    return int(text) if text.isdecimal() else PurePosixPath(text.replace("\\", "/")).stem


def numbers(where: str, rows: Sequence[Sequence[str]]) -> np.ndarray:
    """Cells as float64; NaN where empty.

    Raises:
        ValueError: If the rows differ in length, or a cell is no number.
    """
    if len({len(row) for row in rows}) > 1:
        raise ValueError(f"{where} should have as many cells in each row. Received: {sorted({len(r) for r in rows})}")
    try:
        values = np.array([[float(cell) if cell.strip() else np.nan for cell in row] for row in rows], np.float64)
    except ValueError as error:
        raise ValueError(f"{where} should hold numbers. Received: {error}") from error
    if np.isinf(values).any():
        raise ValueError(f"{where} should hold finite numbers. Received: inf")
    return values
