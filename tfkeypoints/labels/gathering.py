"""Which files of labels belong to which camera."""

from collections.abc import Sequence
from pathlib import Path

from tfkeypoints.labels.csv_files import read_csv
from tfkeypoints.labels.slp_files import read_slp
from tfkeypoints.labels.table import Table


def gather(words: Sequence[str], cameras: Sequence[str]) -> dict[str, Table] | Table:
    """Reads what a user gave.

    Args:
        words: `CAMERA=FILE` for each camera; or a folder with `CAMERA.csv` for each; or one `.slp`; or one CSV of
            world points.
        cameras: V names.

    Returns:
        The labels in 2D of each labeled camera, or those in 3D.

    Raises:
        ValueError: If that is not what was given, or a file is none of labels.
    """
    if len(words) == 1 and not _named(words[0], cameras):
        return _of_one(Path(words[0]), cameras)
    found = {}
    for word in words:
        name = _named(word, cameras)
        if name is None or name in found:
            raise ValueError(
                f"`labels` should be CAMERA=FILE, once a camera, of {', '.join(cameras)}. Received: {' '.join(words)}"
            )
        found[name] = _in_2d(Path(word[len(name) + 1 :]))
    return found


def _named(word: str, cameras: Sequence[str]) -> str | None:
    return next((name for name in cameras if word.startswith(f"{name}=")), None)


def _of_one(path: Path, cameras: Sequence[str]) -> Table | dict[str, Table]:
    if path.is_dir():
        files = {name: path / f"{name}.csv" for name in cameras if (path / f"{name}.csv").is_file()}
        if len(files) < 2:
            there = ", ".join(sorted(each.name for each in path.iterdir())) or "nothing"
            raise ValueError(
                f"`labels` should be a folder with a CSV for two cameras or more, called like them: "
                f"{', '.join(f'{name}.csv' for name in cameras)}. Received: {path}, with {there}"
            )
        return {name: _in_2d(file) for name, file in files.items()}
    if not path.is_file():
        raise ValueError(f"`labels` should be files that exist. Received: {path}")
    if path.suffix.lower() == ".slp":
        return read_slp(path, cameras)
    table = read_csv(path)
    if table.places.shape[-1] != 3:
        raise ValueError(f"`labels` in 2D should be told their camera: CAMERA=FILE, or a folder. Received: {path}")
    return table


def _in_2d(path: Path) -> Table:
    if not path.is_file():
        raise ValueError(f"`labels` should be files that exist. Received: {path}")
    table = read_csv(path)
    if table.places.shape[-1] != 2:
        raise ValueError(f"`labels` of a camera should be in pixels, x and y. Received: {path}, in 3D")
    return table
