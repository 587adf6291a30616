"""Tables of numbers as text."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from tfkeypoints import files

DIGITS = "%.12g"


def write_csv(path: Path, header: Iterable[Sequence[str]], table: np.ndarray) -> Path:
    """Writes rows of a header and a table `[rows, columns]`; NaN is empty, as pandas has it."""
    row = ",".join([DIGITS] * table.shape[1]) + "\r\n"
    with files.whole(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(header)
        file.writelines((row % tuple(values)).replace("nan", "") for values in table.tolist())
    return path
