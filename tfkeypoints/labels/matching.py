"""Which frames of a prediction were labeled."""

import re
from collections.abc import Sequence

import numpy as np

NUMBER = re.compile(r"\d+")


def match(labeled: Sequence[int | str], names: Sequence[str], numbers: Sequence[int | str]) -> np.ndarray:
    """Finds each labeled frame among T frames.

    A name is that of an image, or, where no image is called so, its last number counts; a number is that of a frame.

    Args:
        labeled: N numbers, or names without folders and suffix.
        names: T names of images in the same form; empty where there is none.
        numbers: T numbers of frames; words where a frame has none.

    Returns:
        int `[N]`, which of the T; -1 where none is.

    Example:
        >>> match([7, "img008"], ["", ""], [7, 8]).tolist()
        [0, 1]
    """
    by_name = {name: time for time, name in enumerate(names) if name}
    by_number = {int(number): time for time, number in enumerate(numbers) if re.fullmatch(r"-?\d+", str(number))}
    found = []
    for frame in labeled:
        if not isinstance(frame, str):
            found.append(by_number.get(frame, -1))
        elif frame in by_name:
            found.append(by_name[frame])
        else:
            numbered = NUMBER.findall(frame)
            found.append(by_number.get(int(numbered[-1]), -1) if numbered else -1)
    return np.array(found, int)
