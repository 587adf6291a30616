"""CSVs of labels: DeepLabCut's and Lightning Pose's (2D or 3D), anipose's (3D), and this library's own (3D)."""

import csv
from pathlib import Path

import numpy as np

from tfkeypoints.interchange.anipose import COLUMNS, MOVED
from tfkeypoints.labels.table import Table, frame_of, numbers

HEADINGS = ("scorer", "individuals", "bodyparts", "coords")
OWN = ("frame", "x", "y", "z")


def read_csv(path: Path) -> Table:
    """Reads a CSV, whose first row tells which it is.

    Raises:
        ValueError: If it is none of them, or holds several animals, or likelihoods: predictions, not labels.
    """
    with open(path, newline="", encoding="utf-8-sig") as file:
        try:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{path} should be a CSV. Received: {error}") from error
    where, first = str(path), rows[0] if rows else []
    if first[:1] == ["scorer"]:
        return _of_deeplabcut(where, rows)
    if "fnum" in first:
        return _of_anipose(where, rows)
    if set(OWN) <= set(first) and {"name", "keypoint"} & set(first):
        return _own(where, rows)
    raise ValueError(
        f"{path} should be a CSV of DeepLabCut or Lightning Pose (first row: scorer), anipose (with fnum), or with the "
        f"columns frame, name, x, y, z. Received a first row of {', '.join(first[:6])}"
    )


def _of_deeplabcut(where: str, rows: list[list[str]]) -> Table:
    count = next((number for number, row in enumerate(rows) if row[0] not in HEADINGS), len(rows))
    header = {row[0]: row for row in rows[:count]}
    if "bodyparts" not in header or "coords" not in header:
        raise ValueError(f"{where} should have rows bodyparts and coords. Received: {', '.join(header)}")
    begin = next((place for place, cell in enumerate(header["coords"]) if place and cell), len(header["coords"]))
    parts, coords = header["bodyparts"][begin:], header["coords"][begin:]
    animals = set(header.get("individuals", [])[begin:])
    if len(animals) > 1:
        raise ValueError(f"{where} should hold one animal. Received: {', '.join(sorted(animals))}")
    if "likelihood" in coords:
        raise ValueError(f"{where} holds likelihoods, so predictions: labels by hand tell the expected error")
    axes = [axis for axis in "xyz" if axis in coords]
    names = tuple(dict.fromkeys(parts))
    if list(zip(parts, coords, strict=True)) != [(name, axis) for name in names for axis in axes] or len(axes) < 2:
        raise ValueError(f"{where} should have x, y or x, y, z for each part. Received: coords {', '.join(coords[:6])}")
    values = numbers(where, [row[begin:] for row in rows[count:]])
    frames = tuple(frame_of("/".join(cell for cell in row[:begin] if cell)) for row in rows[count:])
    return Table(where, frames, names, values.reshape(len(frames), len(names), len(axes)))


def _of_anipose(where: str, rows: list[list[str]]) -> Table:
    header = rows[0]
    names = tuple(column[:-2] for column in header if column.endswith("_x"))
    values = numbers(where, rows[1:])
    place = {column: number for number, column in enumerate(header)}
    try:
        points = values[:, [place[f"{name}_{axis}"] for name in names for axis in COLUMNS[:3]]]
        moved = values[:, [place[column] for column in MOVED]]
    except KeyError as error:
        raise ValueError(f"{where} should have anipose's columns. Received none called {error}") from error
    if not np.array_equal(moved, np.tile([*np.eye(3).ravel(), 0, 0, 0], (len(moved), 1))):
        raise ValueError(
            f"{where} holds points that anipose turned or moved (M_, center_): give them in the cameras' world"
        )
    frames = tuple(int(number) for number in values[:, place["fnum"]])
    return Table(where, frames, names, points.reshape(len(frames), len(names), 3))


def _own(where: str, rows: list[list[str]]) -> Table:
    header = rows[0]
    columns = [header.index(name) for name in ("frame", "name" if "name" in header else "keypoint", *"xyz")]
    cells = [[row[place] for place in columns] for row in rows[1:] if len(row) == len(header)]
    if len(cells) != len(rows) - 1:
        raise ValueError(f"{where} should have as many cells in each row as in the first. Received: fewer or more")
    keys = [(frame_of(frame), name) for frame, name, *_ in cells]
    if len(set(keys)) < len(keys):
        raise ValueError(f"{where} should hold each point of a frame once. Received: one again")
    frames, names = (tuple(dict.fromkeys(each)) for each in zip(*keys, strict=True)) if keys else ((), ())
    places = np.full((len(frames), len(names), 3), np.nan)
    rows_, columns_ = [frames.index(frame) for frame, _ in keys], [names.index(name) for _, name in keys]
    places[rows_, columns_] = numbers(where, [xyz for _, _, *xyz in cells]) if keys else 0
    return Table(where, frames, names, places)
