"""Checks cameras against a recording, and says in words what is wrong."""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.data.recordings import Recording
from tfkeypoints.data.recordings.sizes import made
from tfkeypoints.inspection.faults import FEWEST, Fault, Rig, find_faults, median
from tfkeypoints.inspection.outlines import find_outlines
from tfkeypoints.inspection.sizes import makings
from tfkeypoints.inspection.tangents import Placed, placed

FITS = 0.015
"""Cameras fit if the median distance is below this share of the image's longer side."""
EQUAL = 1.1
"""Suppositions whose costs differ by less than this factor can't be told apart."""
SMALL_TURN = 1.5
"""Degrees up to which a camera that was turned is worth a remark only, as where distances are below half of `FITS`."""
FLIPS = ("mirrored", "upside down", "mirrored top to bottom")

Sizes: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""Width and height of a camera's images, and of those that it was calibrated with."""


@dataclasses.dataclass(frozen=True)
class Check:
    """What a check found.

    Attributes:
        given: Cameras and recording as they are.
        repaired: Without the faults that were found.
        faults: What was found.
        alarms: Sentences: what is wrong.
        remarks: Sentences: what is worth knowing.
    """

    given: Rig
    repaired: Rig
    faults: tuple[Fault, ...]
    alarms: tuple[str, ...]
    remarks: tuple[str, ...]


def check(recording: Recording, calibration: Calibration) -> Check:
    """Checks whether cameras and recording fit.

    What moves is seen by all cameras. A plane through two eyes that touches it in one image touches it in the other;
    by how many pixels it does not is measured at all times for all pairs of cameras. Then it is tried what would make
    them fit: two recordings that are swapped, an image that is mirrored, a camera that started late, another focal
    length, a camera that was turned.

    Args:
        recording: Images of all cameras, paired.
        calibration: The cameras in the same order.

    Raises:
        ValueError: If nothing is seen to move, so that nothing can be checked.
    """
    sources, cameras, remarks = list(recording.sources), placed(calibration), []
    for view, (name, size) in enumerate(zip(calibration.names, calibration.sizes.tolist(), strict=True)):
        sources[view], making, told = made(sources[view], name, tuple(size))
        if making is not None:
            cameras[view] = dataclasses.replace(cameras[view], to_calibrated=making)
        remarks += told
    outlines = find_outlines(dataclasses.replace(recording, sources=tuple(sources)))
    found = judge(Rig(tuple(outlines), tuple(cameras)), calibration, recording.fps)
    return dataclasses.replace(found, remarks=(*remarks, *found.remarks))


def judge(given: Rig, calibration: Calibration, fps: float | None) -> Check:
    """The same, once it is known what moves.

    Args:
        given: What moves, and the cameras as they are given.
        calibration: Their names, and the sizes of the images that they were calibrated with.
        fps: Frames a second.

    Raises:
        ValueError: If nothing is seen to move, so that nothing can be checked.
    """
    still = [name for name, each in zip(calibration.names, given.outlines, strict=True) if not each.seen]
    if len(still) > len(given.outlines) - 2:
        raise ValueError(
            "`recording` should show something that moves, in two cameras at least: cameras are checked by its "
            f"outlines. Received: nothing moves in {', '.join(still)}"
        )
    remarks = [f"nothing moves in `{name}`, which is not checked" for name in still]
    calibrated = [(width, height) for width, height in calibration.sizes.tolist()]
    sizes = [(each.size, size) for each, size in zip(given.outlines, calibrated, strict=True)]
    unknown = [view for view, each in enumerate(sizes) if _is_unknown(given.cameras[view], *each)]
    given, alarms = _resized(given, calibration, sizes, unknown)
    if not given.known(range(len(given.cameras))):
        most = max(int(np.isfinite(each).sum()) for each in given.distances.values())
        raise ValueError(
            f"`recording` should show something that moves whole in two cameras at once, {FEWEST // 2} times or more. "
            f"Received: {most} places that it touches in two cameras, of {FEWEST} that are needed (two each time)"
        )
    rig, exchanged = given, []
    for pair in itertools.combinations(unknown, 2):
        if sizes[pair[0]] == sizes[pair[1]][::-1]:
            swapped, others = _exchanged(given, calibration, sizes, unknown, pair)
            if swapped.cost(pair) < rig.cost(pair):
                exchanged = [Fault("swapped", pair, 0, given.median(pair), swapped.median(pair))]
                rig, alarms = swapped, others
    faults, repaired = find_faults(rig, fps)
    faults = [*exchanged, *faults]
    for fault in faults:
        (remarks if _is_small(fault, rig) else alarms).append(_sentence(fault, calibration.names, fps))
    worst, unchecked = _left(repaired, calibration.names)
    return Check(given, repaired, tuple(faults), (*alarms, *worst), (*remarks, *unchecked))


def _is_small(fault: Fault, rig: Rig) -> bool:
    """Whether it is a turn that may be due to outlines that are not exact: a few cameras leave some turns open."""
    near = FITS / 2 * rig.side(fault.views)
    return fault.kind == "turned" and (fault.value < SMALL_TURN or fault.before < near)


def _exchanged(
    rig: Rig, calibration: Calibration, sizes: Sequence[Sizes], unknown: list[int], pair: tuple[int, int]
) -> tuple[Rig, list[str]]:
    """Two cameras whose recordings have each the size of the other, with these recordings; and alarms of the others."""
    one, other = pair
    as_calibrated = {view: dataclasses.replace(rig.cameras[view], to_calibrated=np.eye(2, 3)) for view in pair}
    swapped = rig.replaced(as_calibrated, {one: rig.outlines[other], other: rig.outlines[one]})
    return _resized(swapped, calibration, sizes, [view for view in unknown if view not in pair])


def _resized(rig: Rig, calibration: Calibration, sizes: Sequence[Sizes], unknown: list[int]) -> tuple[Rig, list[str]]:
    """Images whose size does not tell how they were made, taken for made in the way that fits best; an alarm each.

    Args:
        rig: The cameras as they are given.
        calibration: The same cameras.
        sizes: Of each camera, the images' size and that in the calibration.
        unknown: The cameras whose images have another size for an unknown reason.
    """
    alarms = []
    for size, calibrated in sorted({sizes[view] for view in unknown}):
        views = [view for view in unknown if sizes[view] == (size, calibrated)]
        names = " and ".join(f"`{calibration.names[view]}`" for view in views)
        rigs = {
            way: rig.replaced({view: dataclasses.replace(rig.cameras[view], to_calibrated=matrix) for view in views})
            for way, matrix in makings(size, calibrated).items()
        }
        ranked = sorted(rigs, key=lambda way: rigs[way].cost(views))
        rig = rigs[ranked[0]]
        equal = [way for way in ranked[1:] if rigs[way].cost(views) < EQUAL * rig.cost(views)]
        camera = _new_camera(rig.cameras[views[0]]) if len(views) == 1 and "turned" not in ranked[0] else ""
        alarms.append(
            f"images of {names} have {size[0]} × {size[1]} pixels, the camera file {calibrated[0]} × {calibrated[1]}: "
            f"they fit best as {ranked[0]}{camera}{'; nearly as well as ' * bool(equal)}{', or as '.join(equal)}"
        )
    return rig, alarms


def _is_unknown(camera: Placed, size: tuple[int, int], calibrated: tuple[int, int]) -> bool:
    return size != calibrated and np.array_equal(camera.to_calibrated, np.eye(2, 3))


def _new_camera(camera: Placed) -> str:
    """The camera of images as recorded."""
    back = camera.recorded_matrix
    return f", with fx {back[0, 0]:.2f}, fy {back[1, 1]:.2f}, cx {back[0, 2]:.2f}, cy {back[1, 2]:.2f}"


def _sentence(fault: Fault, names: tuple[str, ...], fps: float | None) -> str:
    first, *rest = (f"`{names[view]}`" for view in fault.views)
    if fault.kind == "swapped":
        told = f"the recordings of {first} and {rest[0]} are swapped, or their cameras in the file"
    elif fault.kind == "flipped":
        told = f"images of {'all cameras' if rest else first} are {FLIPS[int(fault.value)]}"
    elif fault.kind == "late":
        frames = int(fault.value)
        seconds = f" ({abs(frames) / fps:.3g} s)" if fps else ""
        others = "the others" if len(names) > 2 else f"`{names[1 - fault.views[0]]}`"
        told = f"{first} started {abs(frames)} frames{seconds} {'later' if frames > 0 else 'earlier'} than {others}: "
        told += f"--offset {first[1:-1]}={frames}"
    elif fault.kind == "zoomed":
        percent = 100 * (fault.value - 1)
        told = f"the focal length of {first} is {abs(percent):.1f} % too {'long' if percent > 0 else 'short'}: are "
        told += "camera file and images of the same zoom and size? "
    else:
        told = f"{first} looks {fault.value:.1f}° another way than when it was calibrated, or was moved"
    if len(names) == 2 and len(fault.views) == 1 and fault.kind != "late":
        told = f"{told.rstrip()}{'' if told.endswith('? ') else '.'} Two cameras do not tell which of them it is"
    stop = "" if told.endswith("? ") else "."
    return f"{told.rstrip()}{stop} Median distance {fault.before:.1f} pixels; without this fault {fault.after:.1f}"


def _left(rig: Rig, names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Pairs that do not fit still, as an alarm, and those of which nothing is known, as remarks."""
    apart = {pair: median(each) for pair, each in rig.distances.items()}
    told = {pair: f"`{names[pair[0]]}` and `{names[pair[1]]}`" for pair in apart}
    checked = {view for pair in apart if not np.isnan(apart[pair]) for view in pair}
    unknown = [
        f"`{names[view]}` is not checked: it sees nothing whole that another camera sees move at the same time"
        for view, outlines in enumerate(rig.outlines)
        if outlines.seen and view not in checked
    ]
    unknown += [
        f"{told[pair]} see too little at once to be checked"
        for pair in apart
        if np.isnan(apart[pair]) and checked.issuperset(pair)
    ]
    far = [pair for pair in apart if apart[pair] > FITS * rig.side(pair)]
    alarms = [f"{told[pair]} are {apart[pair]:.1f} pixels apart still, for which no reason was found" for pair in far]
    counts = [sum(view in pair for pair in far) for view in range(len(names))]
    if max(counts) > 1 and counts.count(max(counts)) == 1:
        often = names[counts.index(max(counts))]
        alarms.append(f"`{often}` is in most of these pairs: was it moved since it was calibrated?")
    return alarms, unknown


def table(rig: Rig, names: tuple[str, ...]) -> str:
    """The median epipolar distances of all pairs, in pixels as recorded, and how many there are of each."""
    width = max(8, *map(len, names)) + 2
    rows = [" " * width + "".join(name.rjust(width + 7) for name in names[1:])]
    for one in range(len(names) - 1):
        cells = []
        for other in range(1, len(names)):
            each = rig.distances.get((one, other))
            known = 0 if each is None else int(np.isfinite(each).sum())
            cells.append("" if each is None else f"{median(each):.1f} ({known})" if known else "–")
        rows.append(names[one].ljust(width) + "".join(cell.rjust(width + 7) for cell in cells))
    return "\n".join(rows)


def overall(rig: Rig) -> float:
    """The median distance of all pairs, in pixels."""
    return median(np.concatenate(list(itertools.chain(rig.distances.values()))))
