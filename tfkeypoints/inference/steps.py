"""What is told of a prediction while it goes on."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tqdm import tqdm

TOLD = 5
"""Things that are told one by one of each source."""


class Unread(NamedTuple):
    """A frame that a source has, but that can't be read.

    Attributes:
        source: A camera, or what else frames come from.
        frame: Its number in the prediction.
        reason: A sentence for the user.
    """

    source: str
    frame: int
    reason: str


class Step(NamedTuple):
    """How far a chunk is.

    Attributes:
        chunk: Its number.
        frames: How many of its frames are found.
        unread: What could not be read since the step before.
    """

    chunk: int
    frames: int
    unread: tuple[Unread, ...] = ()


def follow(steps: Iterable[Step], count: int, done: int, unit: str, title: str, told: int | None = TOLD) -> Counter:
    """Shows a bar, and tells what can't be read, while steps are made; each thing once, also if it is found again.

    Args:
        steps: In any order; a chunk that a worker lost begins anew.
        count: All frames.
        done: Those that were found before.
        unit: What is counted.
        title: What is read.
        told: How much is told of each source that can't be read; None: everything.

    Returns:
        How many frames of each source can't be read.
    """
    frames: dict[int, int] = {}
    counts: Counter[str] = Counter()
    seen = set()
    with tqdm(total=count, initial=done, unit=unit, desc=title, disable=None) as bar:
        for step in steps:
            bar.update(step.frames - frames.get(step.chunk, 0))
            frames[step.chunk] = step.frames
            for each in step.unread:
                if each[:2] not in seen:
                    seen.add(each[:2])
                    counts[each.source] += 1
                    if told is None or counts[each.source] <= told:
                        bar.write(each.reason, file=sys.stderr)
    return counts


def shortened(names: Sequence[str], most: int = 3) -> str:
    """The first few names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
