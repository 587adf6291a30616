"""How the frames of a recording's cameras are paired: by their numbers, by time, or in order."""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from tfkeypoints.data.recordings import pairing
from tfkeypoints.data.recordings.image_sequence import ImageSequence
from tfkeypoints.data.recordings.names import order
from tfkeypoints.data.recordings.video import Video

Source = ImageSequence | Video


@dataclasses.dataclass(frozen=True)
class Pairs:
    """Frames of V cameras that belong together, at T times.

    Attributes:
        numbers: int `[T, V]`, the number of the frame in each camera's source; -1 where it has none.
        labels: T numbers or names, no two the same.
        times: `[T]` seconds; None if nothing tells them.
        remarks: Sentences about what was assumed.
    """

    numbers: np.ndarray
    labels: tuple[int | str, ...]
    times: np.ndarray | None
    remarks: tuple[str, ...] = ()


def paired(sources: Mapping[str, Source], offsets: Mapping[str, int]) -> Pairs:
    """Pairs the frames of several cameras.

    Images whose names are no times are paired by what varies in their names. Videos, and images whose names are
    times, are paired by time, videos from their first frames on. Where a video has no times, or stands beside images
    without, frames are paired in their order, and there must be as many of each camera.

    Args:
        sources: Each camera's frames.
        offsets: How many frames later than the others a camera started; 0 for those that are not named.

    Raises:
        ValueError: If it can't be known which frames belong together; the message says why.
    """
    stamps = {name: source.stamps for name, source in sources.items() if source.stamps is not None}
    videos = [source for source in sources.values() if isinstance(source, Video)]
    if len(stamps) == len(sources) and all(video.exact for video in videos):
        return _by_time(sources, stamps, offsets, relative=bool(videos))
    return _in_order(sources, offsets) if videos else _by_name(_sequences(sources), offsets)


def _sequences(sources: Mapping[str, Source]) -> dict[str, ImageSequence]:
    return {name: source for name, source in sources.items() if isinstance(source, ImageSequence)}


def _by_time(
    sources: Mapping[str, Source], stamps: Mapping[str, np.ndarray], offsets: Mapping[str, int], relative: bool
) -> Pairs:
    steps = {name: pairing.step(each) for name, each in stamps.items()}
    if relative:
        _check_rates(stamps, steps)
    times = []
    for name, each in stamps.items():
        late = offsets.get(name, 0)
        if late and not np.isfinite(steps[name]):
            raise ValueError(f"`offset` needs several frames of a camera. Received: {name}={late}, and one frame of it")
        times.append(each - each[0] * relative + (late * steps[name] if late else 0))
    seconds, pairs = pairing.by_time(times)
    finite = [each for each in steps.values() if np.isfinite(each)]
    remarks = []
    if finite and max(finite) > 1.05 * min(finite):
        rates = ", ".join(f"`{name}` has {1 / each:.4g}" for name, each in steps.items())
        remarks.append(f"frames are paired by time, since cameras differ in frames a second: {rates}")
    return Pairs(pairs, _labels(sources, pairs), seconds, tuple(remarks))


def _by_name(sources: Mapping[str, ImageSequence], offsets: Mapping[str, int]) -> Pairs:
    keys = [_shifted(name, source, offsets.get(name, 0)) for name, source in sources.items()]
    joined, pairs = pairing.by_key(keys)
    if not (pairs != pairing.NONE).all(1).any():
        told = ", ".join(f"`{name}` begins with {source.paths[0].name}" for name, source in sources.items())
        raise ValueError(f"`images` should hold frames that belong together by their names. Received: {told}")
    ranking = sorted(range(len(joined)), key=lambda row: order(joined[row]))
    numbers = [joined[row][0] for row in ranking if len(joined[row]) == 1]
    plain = len(numbers) == len(ranking) and all(isinstance(number, int) for number in numbers)
    return Pairs(pairs[ranking], tuple(numbers) if plain else _labels(sources, pairs[ranking]), None)


def _in_order(sources: Mapping[str, Source], offsets: Mapping[str, int]) -> Pairs:
    """Pairs the first with the first, and so on; images that belong together by name count as one."""
    sequences = _sequences(sources)
    ranks = {name: np.arange(len(source)) for name, source in sources.items()}
    if sequences:
        rows = _by_name(sequences, {}).numbers
        ranks |= {name: np.flatnonzero(column != pairing.NONE) for name, column in zip(sequences, rows.T, strict=True)}
    counts = {name: len(source) if name not in sequences else len(rows) for name, source in sources.items()}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"`{name}` has {count}" for name, count in counts.items())
        raise ValueError(
            "`images` should hold as many frames of each camera, since not all have times by which they could be "
            f"paired. Received: {told}"
        )
    _check_gaps(sources)
    keys, pairs = pairing.by_key([(ranks[name] + offsets.get(name, 0)).tolist() for name in sources])
    pairs = pairs[np.argsort(keys)]
    stamps = next((each.stamps for each in sources.values() if each.stamps is not None), None)
    return Pairs(pairs, _labels(sources, pairs), stamps if stamps is not None and len(stamps) == len(pairs) else None)


def _labels(sources: Mapping[str, Source], pairs: np.ndarray) -> tuple[int | str, ...]:
    """The label of each time's first image; numbers from 0 where a time has none."""
    columns = [(source, view) for view, source in enumerate(sources.values()) if isinstance(source, ImageSequence)]
    labels = [
        next((source.label(row[view]) for source, view in columns if row[view] != pairing.NONE), None) for row in pairs
    ]
    known = [label for label in labels if label is not None]
    return tuple(known) if len(known) == len(labels) else tuple(range(len(pairs)))


def _shifted(name: str, source: ImageSequence, late: int) -> Sequence[tuple[int | str, ...]]:
    if not late:
        return source.keys
    numbers = [key[0] for key in source.keys if len(key) == 1 and isinstance(key[0], int)]
    if len(numbers) < len(source.keys):
        raise ValueError(
            f"`offset` needs images whose names differ by one number. Received: {name}={late}, {source.paths[0].name}"
        )
    return [(number + late,) for number in numbers]


def _check_rates(stamps: Mapping[str, np.ndarray], steps: Mapping[str, float]) -> None:
    """Refuses cameras with as many frames that take another time: by time and in order then are different things."""
    for (first, one), (second, other) in itertools.combinations(stamps.items(), 2):
        if len(one) != len(other) or len(one) < 2 or not (_is_even(one) and _is_even(other)):
            continue
        lengths = [each[-1] - each[0] for each in (one, other)]
        if abs(lengths[0] - lengths[1]) > max(steps[first], steps[second]) / 2:
            rates = [(len(one) - 1) / length for length in lengths]
            raise ValueError(
                f"`{first}` and `{second}` should have the same rate, or not as many frames. If each pair was taken at "
                f"one time, a file tells a wrong rate: correct it, as by ffmpeg -itsscale FACTOR -i OLD -c copy NEW. "
                f"If not, cut them to the same length of time. Received: {len(one)} frames each, `{first}` at "
                f"{rates[0]:.5g} frames/s, `{second}` at {rates[1]:.5g}"
            )


def _check_gaps(sources: Mapping[str, Source]) -> None:
    """Refuses videos to be paired in order that were not taken at the same times: each dropped frames of its own."""
    told = {name: each.stamps for name, each in sources.items() if isinstance(each, Video) and each.stamps is not None}
    for (first, one), (second, other) in itertools.combinations(told.items(), 2):
        apart = (one - one[0]) - (other - other[0])
        if np.abs(apart).max() > min(pairing.step(one), pairing.step(other)) / 2:
            raise ValueError(
                f"`{first}` and `{second}` should have frames at the same times, since not all files tell which frame "
                f"was taken when; MP4 and MKV do. Received: frames up to {np.abs(apart).max():.3g} s apart"
            )


def _is_even(stamps: np.ndarray) -> bool:
    steps = np.diff(stamps)
    return np.abs(steps - np.median(steps)).max() <= 0.5 * np.median(steps)
