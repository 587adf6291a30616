"""Lays a rig's summary out for the terminal."""

from collections.abc import Callable, Sequence

import numpy as np

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.cameras.summary import Summary

MATRIX = 8
"""Of more cameras, only the extremes of what is between two of them are told."""
NOT_KNOWN = "?"
TEXT = "lens"
"""Head of the column of words."""


def describe(calibration: Calibration, summary: Summary) -> str:
    """Tables of what each camera is, where it stands, and how the cameras stand to each other."""
    length = _lengths(summary)
    parts = [_cameras(calibration, summary), _places(calibration, summary, length)]
    if len(calibration.names) > 1:
        parts.append(_pairs("distance", calibration.names, summary.distances, length))
        parts.append(_pairs("angle between optical axes", calibration.names, summary.angles, "{:.1f}°".format))
    return "\n\n".join(parts)


def _cameras(calibration: Calibration, summary: Summary) -> str:
    head = ["camera", "size", "focal length", "field of view", "principal point", TEXT]
    rows = []
    for view, name in enumerate(calibration.names):
        width, height = calibration.sizes[view]
        right, down = summary.off_centre[view]
        known = bool(width and height)
        rows.append(
            [
                name,
                f"{width} × {height}" if known else NOT_KNOWN,
                " × ".join(f"{each:.1f}" for each in summary.focal_lengths[view]),
                " × ".join(map(_angle, summary.fields_of_view[view])) if known else NOT_KNOWN,
                f"{right:+.1f} {down:+.1f}" if known else NOT_KNOWN,
                _lens(calibration.lenses[view], summary.displacements[view], summary.unseen[view]),
            ]
        )
    return (
        f"{_aligned([head, *rows])}\n"
        "in pixels; field of view: horizontal × vertical, lens included; principal point: from the middle, right and\n"
        "down; lens: its kind, number of coefficients, how far it moves what is seen in the image, and whether its\n"
        "fold, past which it shows nothing, lies outside of the image"
    )


def _lens(lens: Lens, displacement: float, unseen: float) -> str:
    if lens.ideal:
        return "ideal"
    kind = f"{lens.kind} ({len(lens.coefficients)})"
    if np.isnan(unseen):
        return kind
    moves = f"moves up to {displacement:.1f}" if np.isfinite(displacement) else "sees 90° off its axis"
    fold = f"fold inside, {100 * unseen:.1f} % black" if unseen else "fold outside"
    return f"{kind}, {moves}, {fold}"


def _places(calibration: Calibration, summary: Summary, length: Callable[[float], str]) -> str:
    point, axis = summary.meeting_point, np.abs(summary.up).argmax()
    up = f"{'-' if summary.up[axis] < 0 else '+'}{'xyz'[axis]}"
    rows = [
        [name, *map(length, summary.eyes[view]), f"{summary.pitches[view]:+.1f}°"]
        for view, name in enumerate(calibration.names)
    ]
    head = ["camera", "x", "y", "z", "pitch"]
    said = f"eyes in the unit of the file; pitch: of the optical axis above the level, where {up} is up"
    if point is not None:
        head += ["range", "misses by"]
        rows = [[*row, length(summary.ranges[view]), length(summary.misses[view])] for view, row in enumerate(rows)]
        place = ", ".join(map(length, point))
        said += (
            f"\noptical axes come nearest to each other at {place}"
            "\nrange: from the eye to there; misses by: from there to the optical axis"
        )
    elif len(rows) > 1:
        said += "\noptical axes are parallel and meet nowhere"
    return f"{_aligned([head, *rows])}\n{said}"


def _pairs(what: str, names: Sequence[str], values: np.ndarray, text: Callable[[float], str]) -> str:
    """A table of what is between two cameras; of many cameras the least and the greatest."""
    first, second = np.triu_indices(len(names), 1)
    if len(names) > MATRIX:
        found = values[first, second]
        told = [
            f"{word} {text(found[at])} ({names[first[at]]}, {names[second[at]]})"
            for word, at in (("least", found.argmin()), ("greatest", found.argmax()))
        ]
        return f"{what}: {', '.join(told)}"
    rows = [[name, *map(text, values[view, :view])] for view, name in enumerate(names)][1:]
    return _aligned([[what, *names[:-1]], *rows])


def _lengths(summary: Summary) -> Callable[[float], str]:
    """Writes lengths to about a thousandth of the rig's."""
    reach = np.nanmax([summary.distances.max(), *summary.ranges, 0])
    decimals = int(np.clip(3 - np.floor(np.log10(reach)), 0, 12)) if reach > 0 else 3
    return lambda value: f"{value:.{decimals}f}"


def _angle(value: float) -> str:
    return f"{value:.1f}°" if np.isfinite(value) else NOT_KNOWN


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns of text, numbers to the right; rows may end early."""
    columns = [[row[at] for row in rows if at < len(row)] for at in range(max(map(len, rows)))]
    sides = ["<" if at == 0 or column[0] == TEXT else ">" for at, column in enumerate(columns)]
    layout = [f"{{:{side}{max(map(len, column))}}}" for side, column in zip(sides, columns, strict=True)]
    return "\n".join(
        "  ".join(each.format(word) for each, word in zip(layout, row, strict=False)).rstrip() for row in rows
    )
