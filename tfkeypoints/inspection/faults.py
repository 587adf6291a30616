"""What is wrong where cameras and recording do not fit: the supposition that makes them fit best."""

import dataclasses
import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from tfkeypoints.inspection.outlines import GAP, SIDE, Outlines
from tfkeypoints.inspection.tangents import Placed, Seen, distances, look, missed, touching

FAR = 0.0105
"""Distances from this share of the image's longer side on all count as 1."""
NEAR = 0.1
"""A cost from which on nothing is sought: a tenth of `FAR`, about as exact as outlines are."""
FEWEST = 20
"""Distances that a pair of cameras needs."""
SECONDS, LAGS = 1.0, GAP
"""Offsets are sought up to so much time, and so many frames."""
UNKNOWN_FPS = 30
"""What is supposed of images that do not say when they were taken."""
ZOOMS = np.round(np.geomspace(0.75, 1 / 0.75, 59), 4)
"""Factors of the focal length that are tried."""
GAINS = {"swapped": 0.2, "flipped": 0.25, "late": 0.12, "optics": 0.15}
"""By which share a supposition lowers the cost of the cameras that it is about, at least."""
WHOLE_TURN = 0.8
"""What the gain of a turn, which has three parameters, counts."""
LEAST_ZOOM = 0.02
"""Focal lengths that differ by less are right."""
WORST = 4
"""Cameras whose optics are looked at, those that fit worst."""
MOST = 4
"""Faults that are named."""


@dataclasses.dataclass(frozen=True)
class Fault:
    """Something that is wrong with cameras or recording.

    Attributes:
        kind: "swapped", "flipped", "late", "zoomed" or "turned".
        views: The numbers of the cameras.
        value: Frames that it started late, factor that its focal length is too long by, degrees that it is turned by.
        before, after: Median distance in pixels of the pairs that it concerns, as given, and with it repaired.
    """

    kind: str
    views: tuple[int, ...]
    value: float
    before: float
    after: float


@dataclasses.dataclass(frozen=True)
class Rig:
    """A supposition about V cameras: which recording each has, and how it stands."""

    outlines: tuple[Outlines, ...]
    cameras: tuple[Placed, ...]

    @functools.cached_property
    def seen(self) -> tuple[Seen, ...]:
        return tuple(look(*each) for each in zip(self.outlines, self.cameras, strict=True))

    @functools.cached_property
    def pairs(self) -> list[tuple[int, int]]:
        return list(itertools.combinations(range(len(self.cameras)), 2))

    @functools.cached_property
    def distances(self) -> dict[tuple[int, int], np.ndarray]:
        """`[T, 2]` pixels for each pair of cameras."""
        return {(i, j): distances(self.seen[i], self.seen[j]) for i, j in self.pairs}

    @functools.cached_property
    def costs(self) -> dict[tuple[int, int], float]:
        """The cost of each pair; NaN of one of which too little is known."""
        return {pair: _cost(each, self.far(pair)) for pair, each in self.distances.items()}

    def known(self, views: Sequence[int]) -> int:
        """How many pairs with one of these cameras there is enough known of."""
        return int(np.isfinite(self._costs_of(views)).sum())

    def far(self, pair: tuple[int, int]) -> float:
        """The distance in pixels from which on all count as one."""
        return FAR * self.side(pair)

    def side(self, views: Sequence[int]) -> float:
        """The longer side of these cameras' images in pixels, in the mean."""
        return float(np.mean([max(self.outlines[view].size) for view in views]))

    def replaced(self, cameras: dict[int, Placed] | None = None, outlines: dict[int, Outlines] | None = None) -> "Rig":
        """With other cameras or recordings at some places; what stays is not computed again."""
        cameras, outlines = cameras or {}, outlines or {}
        changed = cameras.keys() | outlines.keys()
        views = range(len(self.cameras))
        rig = Rig(
            tuple(outlines.get(view, self.outlines[view]) for view in views),
            tuple(cameras.get(view, self.cameras[view]) for view in views),
        )
        seen = tuple(
            look(rig.outlines[view], camera) if view in outlines else self.seen[view].moved(camera)
            for view, camera in enumerate(rig.cameras)
        )
        rig.__dict__["seen"] = seen
        rig.__dict__["distances"] = {
            (i, j): distances(seen[i], seen[j]) if i in changed or j in changed else self.distances[i, j]
            for i, j in self.pairs
        }
        return rig

    def cost(self, views: Sequence[int], least: int = 0) -> float:
        """The mean cost, 0 to 1, of the pairs with one of these cameras.

        Pairs of which too little is known do not count. Where fewer than `least` pairs are known, as a supposition may
        have it, those that lack count as 1.
        """
        return _mean(self._costs_of(views), least)

    def _costs_of(self, views: Sequence[int]) -> list[float]:
        return [self.costs[pair] for pair in self.pairs if set(pair) & set(views)]

    def median(self, views: Sequence[int]) -> float:
        """The median distance in pixels of the pairs with one of these cameras."""
        return median(np.concatenate([each for pair, each in self.distances.items() if set(pair) & set(views)]))


def median(distances: np.ndarray) -> float:
    """The median of distances without their signs; NaN of fewer than `FEWEST`."""
    known = np.abs(distances[np.isfinite(distances)])
    return float(np.median(known)) if len(known) >= FEWEST else np.nan


def find_faults(rig: Rig, fps: float | None) -> tuple[list[Fault], Rig]:
    """Finds what makes cameras and recording fit, one fault after the other, the gravest kinds first.

    Args:
        rig: The cameras as they are given.
        fps: Frames a second.

    Returns:
        The faults, and the rig without them.
    """
    found: list[Fault] = []
    views = range(len(rig.cameras))
    reach = min(LAGS, max(8, round((fps or UNKNOWN_FPS) * SECONDS)), rig.outlines[0].count // 3)
    while len(found) < MOST:
        for suppose in (_exchanged, functools.partial(_late, reach=reach), _optics):
            best = max(suppose(rig, views), key=lambda each: each.drop, default=None)
            if best is not None:
                break
        else:
            break
        _, faults, better = best
        if any((old.kind, old.views) == (new.kind, new.views) for old in found for new in faults):
            break
        found += faults
        rig = better
    return found, rig


class Supposition(NamedTuple):
    """What may be wrong, and how much less it would cost if it were repaired."""

    drop: float
    faults: list[Fault]
    better: Rig


def _supposition(kind: str, views: tuple[int, ...], value: float, rig: Rig, better: Rig) -> Supposition:
    fault = Fault(kind, views, value, rig.median(views), better.median(views))
    return Supposition(rig.cost(views) - better.cost(views, rig.known(views)), [fault], better)


def _gain(rig: Rig, better: Rig, views: Sequence[int]) -> float:
    return 1 - better.cost(views, rig.known(views)) / rig.cost(views) if rig.cost(views) > NEAR else 0.0


def _exchanged(rig: Rig, views: Sequence[int]) -> Iterator[Supposition]:
    yield from _swapped(rig, views)
    yield from _flipped(rig, views)


def _swapped(rig: Rig, views: Sequence[int]) -> Iterator[Supposition]:
    for pair in rig.pairs:
        one, other = pair
        with_recording = {  # how its images were made, and when it began, go with a recording
            own: dataclasses.replace(rig.cameras[own], to_calibrated=its.to_calibrated, late=its.late)
            for own, its in ((one, rig.cameras[other]), (other, rig.cameras[one]))
        }
        better = rig.replaced(with_recording, {one: rig.outlines[other], other: rig.outlines[one]})
        if _gain(rig, better, pair) >= GAINS["swapped"]:
            yield _supposition("swapped", pair, 0, rig, better)


def _flipped(rig: Rig, views: Sequence[int]) -> Iterator[Supposition]:
    """Images of one camera, or of all, that are mirrored, or upside down."""
    for which in (*((view,) for view in views), tuple(views)):
        for number, signs in enumerate(((-1, 1), (-1, -1), (1, -1))):
            better = rig.replaced({view: _flip(rig, view, *signs) for view in which})
            if _gain(rig, better, which) >= GAINS["flipped"]:
                yield _supposition("flipped", which, number, rig, better)


def _flip(rig: Rig, view: int, x: int, y: int) -> Placed:
    camera, (width, height) = rig.cameras[view], rig.outlines[view].size
    flip = np.array([[x, 0, (width - 1) * (x < 0)], [0, y, (height - 1) * (y < 0)], [0, 0, 1]])
    return dataclasses.replace(camera, to_calibrated=camera.to_calibrated @ flip)


def _late(rig: Rig, views: Sequence[int], reach: int) -> Iterator[Supposition]:
    """A camera that started late or early.

    Only changes over time tell: what stays, as with a camera that was turned, is taken off first.
    """
    for view in views:
        others = [other for other in views if other != view]
        touched = [touching(rig.seen[view], rig.seen[other]) for other in others]

        def wobbles(
            late: int,
            camera: Placed = rig.cameras[view],
            others: Sequence[int] = others,
            touched: Sequence[tuple[np.ndarray, np.ndarray]] = touched,
            view: int = view,
        ) -> list[float]:
            costs = []
            for other, (own, theirs) in zip(others, touched, strict=True):
                apart = missed(own, theirs, camera.late + late - rig.cameras[other].late)
                middle = np.nanmedian(apart, 0) if np.isfinite(apart).any(0).all() else np.nan
                costs.append(_cost(apart - middle, rig.far((view, other))))
            return costs

        lates = sorted(range(-reach, reach + 1), key=abs)
        each = [wobbles(late) for late in lates]
        costs = [_mean(wobble, least=np.isfinite(each[0]).sum()) for wobble in each]
        best = int(np.argmin(costs))
        if costs[0] > NEAR and costs[best] <= (1 - GAINS["late"]) * costs[0]:
            camera = rig.cameras[view]
            better = rig.replaced({view: dataclasses.replace(camera, late=camera.late + lates[best])})
            yield _supposition("late", (view,), lates[best], rig, better)._replace(drop=costs[0] - costs[best])


def _optics(rig: Rig, views: Sequence[int]) -> Iterator[Supposition]:
    """A focal length that is wrong, a camera that was turned since it was calibrated, or both."""
    for view in sorted(views, key=lambda view: -rig.cost((view,)))[:WORST]:
        if rig.cost((view,)) <= NEAR:
            return
        if rig.median((view,)) < max(1, max(rig.outlines[view].size) / SIDE):  # a pixel of those in which it was sought
            continue
        zooms = {zoom: _moved(rig, view, [0, 0, 0, np.log(zoom)]) for zoom in ZOOMS if abs(zoom - 1) >= LEAST_ZOOM}
        zoom = min(zooms, key=lambda zoom: zooms[zoom].cost((view,), rig.known((view,))))
        turn = _fit(rig, view, _coarse(rig, view), 3)
        turned = _moved(rig, view, turn)
        gains = {"zoomed": _gain(rig, zooms[zoom], (view,)), "turned": WHOLE_TURN * _gain(rig, turned, (view,))}
        if max(gains.values()) < GAINS["optics"]:
            continue
        if gains["zoomed"] > gains["turned"]:
            yield _supposition("zoomed", (view,), 1 / zoom, rig, zooms[zoom])
            continue
        one = _supposition("turned", (view,), float(np.linalg.norm(turn)), rig, turned)
        both = _fit(rig, view, turn, 4)
        moved = _moved(rig, view, both)
        if abs(both[3]) >= LEAST_ZOOM and _gain(turned, moved, (view,)) >= GAINS["optics"]:
            values = {"zoomed": np.exp(-both[3]), "turned": np.linalg.norm(both[:3])}
            each = [_supposition(kind, (view,), value, rig, moved) for kind, value in values.items()]
            one = each[0]._replace(faults=[fault for supposed in each for fault in supposed.faults])
        yield one._replace(drop=WHOLE_TURN * one.drop)


def _moved(rig: Rig, view: int, change: Sequence[float] | np.ndarray) -> Rig:
    """The rig with a camera turned on the spot by a vector in degrees, and zoomed by exp of a fourth number."""
    rotation = Rotation.from_rotvec(change[:3], degrees=True).as_matrix()
    return rig.replaced({view: rig.cameras[view].turned(rotation).zoomed(np.exp(sum(change[3:])))})


def _coarse(rig: Rig, view: int) -> np.ndarray:
    """A turn up or down and to a side that fits better than none, in degrees."""
    turn = np.zeros(3)
    for step in (4.0, 2.0, 1.0, 0.5):
        tries = [turn, *(turn + step * sign * np.eye(3)[axis] for axis in (0, 1) for sign in (-1, 1))]
        turn = min(tries, key=lambda change: _moved(rig, view, change).cost((view,), rig.known((view,))))
    return turn


def _fit(rig: Rig, view: int, start: np.ndarray, count: int) -> np.ndarray:
    """The best change of a camera, of `count` numbers, near to one."""
    start = np.concatenate([start, np.zeros(count)])[:count]
    steps = np.diag([0.5, 0.5, 0.5, 0.03][:count])
    simplex = np.concatenate([start[None], start + steps])

    def cost(change: np.ndarray) -> float:
        return _moved(rig, view, change).cost((view,), rig.known((view,)))

    return minimize(cost, start, method="Nelder-Mead", options={"initial_simplex": simplex, "maxfev": 40 * count}).x


def _cost(distances: np.ndarray, far: float) -> float:
    known = np.abs(distances[np.isfinite(distances)])
    return float(np.minimum(known / far, 1).mean()) if len(known) >= FEWEST else np.nan


def _mean(costs: Sequence[float], least: int) -> float:
    """The mean of the costs that are known, filled up to `least` of them with 1; 0 if none is known or wanted."""
    known = [cost for cost in costs if np.isfinite(cost)]
    count = max(len(known), least)
    return float(sum(known) + count - len(known)) / count if count else 0.0
