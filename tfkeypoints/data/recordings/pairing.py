"""Which frames of several cameras belong together."""

import itertools
from collections.abc import Sequence

import numpy as np

NEAR = 0.75
"""Frames belong together up to this share of the time between two frames of the same camera. From 0.5 on, two cameras
of the same rate that don't start at one moment have partners throughout; below 1, a dropped frame leaves a gap."""
LACK = 10
"""What a time without a frame costs, in units of the greatest distance of two that belong together."""
NONE = -1


def by_key(cameras: Sequence[Sequence]) -> tuple[list, np.ndarray]:
    """Pairs frames that have the same key.

    Args:
        cameras: For each of V cameras its frames' keys, no two the same.

    Returns:
        The T keys that any camera has, in the order in which they are first met, and int `[T, V]`: the number of each
        camera's frame, -1 where it has none.
    """
    keys = list(dict.fromkeys(itertools.chain(*cameras)))
    places = [{key: place for place, key in enumerate(camera)} for camera in cameras]
    return keys, np.array([[place.get(key, NONE) for place in places] for key in keys]).reshape(-1, len(cameras))


def by_time(cameras: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Pairs frames that were taken nearest to each other.

    The camera with the lowest rate sets the times; where it has a gap, the others do. A frame goes to the nearest of
    these times, and of several that would, the nearest one is taken.

    Args:
        cameras: For each of V cameras its frames' times in seconds, rising.

    Returns:
        `[T]` times, and int `[T, V]`: the number of each camera's frame, -1 where it has none.

    Example:
        >>> by_time([np.array([0.0, 0.1, 0.3]), np.array([0.01, 0.11, 0.21, 0.31])])[1].tolist()
        [[0, 0], [1, 1], [-1, 2], [2, 3]]
    """
    steps = [step(times) for times in cameras]
    slowest = max((each for each in steps if np.isfinite(each)), default=np.inf)
    alike = [view for view, each in enumerate(steps) if 0.95 * slowest <= each < np.inf] or range(len(cameras))
    times = cameras[max(alike, key=lambda view: len(cameras[view]))]
    for other in cameras:
        alone = _thinned(other[_distance(other, times) > NEAR * slowest], NEAR * slowest)
        times = np.sort(np.concatenate([times, alone]))
    pairs = np.stack(
        [_matched(times, own, NEAR * min(each, slowest)) for own, each in zip(cameras, steps, strict=True)], axis=1
    )
    seen = (pairs != NONE).any(1)
    return times[seen], pairs[seen]


def step(times: np.ndarray) -> float:
    """The usual time from one frame to the next; infinite for a single frame."""
    return float(np.median(np.diff(times))) if len(times) > 1 else np.inf


def _nearest(points: np.ndarray, among: np.ndarray) -> np.ndarray:
    """For each point the number of the nearest among others, which rise."""
    right = np.clip(np.searchsorted(among, points), 1, max(1, len(among) - 1))
    if len(among) == 1:
        return np.zeros(len(points), int)
    return right - (points - among[right - 1] <= among[right] - points)


def _distance(points: np.ndarray, among: np.ndarray) -> np.ndarray:
    return np.abs(among[_nearest(points, among)] - points)


def _thinned(times: np.ndarray, least: float) -> np.ndarray:
    kept: list[float] = []
    for time in times:
        if not kept or time - kept[-1] > least:
            kept.append(time)
    return np.array(kept)


def _matched(times: np.ndarray, own: np.ndarray, reach: float) -> np.ndarray:
    """For each time the number of a camera's own frame within reach, -1 where it has none."""
    frames = _nearest(times, own)
    mutual = _nearest(own, times)[frames] == np.arange(len(times))
    pairs = np.where(mutual & (_distance(times, own) <= reach), frames, NONE)
    left, unused = times[pairs == NONE], np.delete(own, pairs[pairs != NONE])
    ambiguous = len(left) and len(unused) and (_distance(left, unused) <= 2 * reach).any()
    return _aligned(times, own, reach) if ambiguous else pairs


def _aligned(times: np.ndarray, own: np.ndarray, reach: float) -> np.ndarray:
    """The same where the nearest changes from frame to frame, as where a camera stands half a frame behind the others.

    Of all pairings in order, it is the one with the least sum of distances, where a time without a frame counts as
    `LACK` times the reach. It is found time by time: for each frame that may be the last one used so far, the least
    sum up to here.
    """
    first = np.searchsorted(own, times - reach)
    behind = np.searchsorted(own, times + reach, side="right")
    sums = {NONE: 0.0}
    came_from = []
    for time, low, high in zip(times.tolist(), first.tolist(), behind.tolist(), strict=True):
        past = min((used for used in sums if used < low), key=sums.__getitem__, default=None)  # none else is used
        sums = {used: total for used, total in sums.items() if used >= low or used == past}
        reached = {used: (total + LACK * reach, used) for used, total in sums.items()}
        for used, total in sums.items():
            for frame in range(max(low, used + 1), high):
                candidate = (total + abs(own[frame] - time), used)
                reached[frame] = min(reached.get(frame, (np.inf, NONE)), candidate)
        sums, came = {}, {}
        for frame in sorted(reached):
            total, used = reached[frame]
            if not sums or total < min(sums.values()):  # else an earlier frame leaves more room, and costs no more
                sums[frame], came[frame] = total, used
        came_from.append(came)
    frame = min(sums, key=sums.__getitem__)
    pairs = np.full(len(times), NONE)
    for row in range(len(times) - 1, -1, -1):
        before = came_from[row][frame]
        pairs[row] = NONE if before == frame else frame
        frame = before
    return pairs
