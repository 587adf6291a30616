"""What the names of images say: which frame each one is, and when it was taken."""

import dataclasses
import datetime
import itertools
import re
from collections.abc import Collection, Sequence

import numpy as np

TOKEN = re.compile(r"\d+|[^\W\d_]+|[\W_]+")
DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)[-_. T]?(\d\d)[-_.:h]?(\d\d)[-_.:m]?(\d\d)"
    r"(?:[.,]?(\d+)|[-_](\d{3}|\d{6}|\d{9})(?!\d))?"
)
"""Date, time of day and the fraction of the second; behind a dash it may also be a counter."""
EPOCH_DIGITS = 9
"""A whole part as long as this counts seconds since 1970, so that what follows the point is their fraction."""
UNITS = ((19, 1e-9), (16, 1e-6), (13, 1e-3))
"""Digits of a whole number since 1970, and its unit in seconds."""


@dataclasses.dataclass(frozen=True)
class Names:
    """The names of one camera's images.

    Attributes:
        keys: What tells each image from the camera's others, by which it is paired with those of other cameras: whole
            numbers and words.
        times: Seconds, if the names hold times; else None.
        only_times: Whether nothing but a time varies, so that images are paired by the nearest time.
    """

    keys: list[tuple[int | str, ...]]
    times: np.ndarray | None
    only_times: bool


def read_names(cameras: Sequence[Sequence[str]]) -> list[Names]:
    """Finds what varies in the names of each camera's images.

    A name is cut into numbers, words and what stands between them. Where all names of a camera have the same parts, its
    keys are the numbers and words that vary; else the whole names. A camera with a single image, in whose name nothing
    varies, goes by the parts that vary for another one, or by its last number.

    Args:
        cameras: For each camera the names of its images, without suffix.

    Example:
        >>> [names.keys for names in read_names([["frame_9_1080p", "frame_10_1080p"]])]
        [[(9,), (10,)]]
    """
    parts = [[TOKEN.findall(name) for name in names] for names in cameras]
    kinds = [_kinds(each) for each in parts]
    varying = [_varying(each) if kind else None for each, kind in zip(parts, kinds, strict=True)]
    found = []
    for names, split, kind, own in zip(cameras, parts, kinds, varying, strict=True):
        alike = (each for each, other in zip(varying, kinds, strict=True) if each and other == kind)
        positions = sorted(set().union(*alike))
        if own is None or not (positions or len(names) == 1):
            found.append(Names([natural(name) for name in names], None, False))
            continue
        positions = positions or [place for place, part in enumerate(split[0]) if part.isdecimal()][-1:]
        times, timed = _times(names, split, positions)
        keys = _keys(split, [place for place in positions if place not in timed])
        only_times = times is not None and (len(set(keys)) < len(keys) or not keys[0])
        if only_times:
            keys = _keys(split, positions)
        found.append(Names(keys, times, only_times))
    return found


def natural(name: str) -> tuple[int | str, ...]:
    """Cuts a name so that names are ordered as people count: `img2` before `img10`. Compare by `order`."""
    return _key(TOKEN.findall(name))


def order(key: tuple[int | str, ...]) -> tuple:
    """What keys are sorted by: numbers by their value and before words."""
    return tuple((isinstance(part, str), part) for part in key)


def _key(parts: Sequence[str]) -> tuple[int | str, ...]:
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def _keys(split: Sequence[Sequence[str]], positions: Sequence[int]) -> list[tuple[int | str, ...]]:
    return [_key([parts[place] for place in positions]) for parts in split]


def _kinds(split: Sequence[Sequence[str]]) -> tuple[bool, ...] | None:
    """For each part whether it is a number, if that is the same for all names; else None."""
    kinds = {tuple(part.isdecimal() for part in parts) for parts in split}
    return kinds.pop() if len(kinds) == 1 else None


def _varying(split: Sequence[Sequence[str]]) -> list[int]:
    return [place for place, parts in enumerate(zip(*split, strict=True)) if len(set(parts)) > 1]


def _times(
    names: Sequence[str], split: Sequence[Sequence[str]], positions: Sequence[int]
) -> tuple[np.ndarray | None, Collection[int]]:
    """The times of the names in seconds, and which parts they were read from; None and nothing if there are none."""
    for reader in (_dates, _decimals, _counts):
        times, places = reader(names, split, positions)
        if times is not None:
            return np.array(times), places
    return None, ()


def _dates(
    names: Sequence[str], split: Sequence[Sequence[str]], positions: Sequence[int]
) -> tuple[list[float] | None, Collection[int]]:
    found = [match for name in names if (match := DATE.search(name))]
    if len(found) < len(names) or len({match.start() for match in found}) > 1:
        return None, ()
    try:
        dates = [_seconds(match) for match in found]
    except ValueError:  # such as month 13: these digits are no date
        return None, ()
    behind = [int(match[8] or -1) for _, match in sorted(zip(dates, found, strict=True), key=lambda each: each[0])]
    begins_anew = any(later < earlier for earlier, later in itertools.pairwise(behind))
    begin, end = found[0].start(), found[0].end() if begins_anew else found[0].end(7 if found[0][7] else 6)
    starts = np.cumsum([0, *map(len, split[0])])[:-1]
    places = {place for place in positions if begin <= starts[place] < end}
    fractions = [match[7] or (begins_anew and match[8]) or "0" for match in found]
    times = [date + float(f"0.{fraction}") for date, fraction in zip(dates, fractions, strict=True)]
    return (times, places) if places else (None, ())


def _seconds(match: re.Match[str]) -> float:
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    return datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.timezone.utc).timestamp()


def _decimals(
    names: Sequence[str], split: Sequence[Sequence[str]], positions: Sequence[int]
) -> tuple[list[float] | None, Collection[int]]:
    """Numbers with a point between them, of which the first counts seconds."""
    for place in positions:
        for whole in (place, place - 2):
            if not 0 <= whole < len(split[0]) - 2 or any(parts[whole + 1] != "." for parts in split):
                continue
            if not all(parts[whole].isdecimal() and parts[whole + 2].isdecimal() for parts in split):
                continue
            widths = {len(parts[whole + 2]) for parts in split}
            epoch = min(len(parts[whole]) for parts in split) >= EPOCH_DIGITS
            if epoch or (whole in positions and len(widths) == 1 and min(widths) >= 3):
                return [float(f"{parts[whole]}.{parts[whole + 2]}") for parts in split], {whole, whole + 2}
    return None, ()


def _counts(
    names: Sequence[str], split: Sequence[Sequence[str]], positions: Sequence[int]
) -> tuple[list[float] | None, Collection[int]]:
    """Whole milli-, micro- or nanoseconds since 1970."""
    for place in positions:
        digits = min(len(parts[place]) for parts in split)
        unit = next((unit for least, unit in UNITS if digits >= least), None)
        if unit and all(parts[place].isdecimal() for parts in split):
            return [int(parts[place]) * unit for parts in split], {place}
    return None, ()
