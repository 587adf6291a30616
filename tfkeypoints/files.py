"""Files that are either whole or absent: everything that a run or an export leaves on disk is written through here."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def whole(path: str | os.PathLike) -> Iterator[Path]:
    """Yields a temporary name beside `path`, and renames it to `path` if the block succeeds.

    A file takes the place of an older one at once; a folder is only put where none is yet. If the block fails, or the
    process is killed, `path` is as it was before. The temporary name keeps every suffix of `path`.

    Args:
        path: The file or folder to make; missing parents are made.

    Example:
        >>> with files.whole("runs/a/metrics.json") as path:
        ...     path.write_text("{}")
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        if partial.is_dir():
            shutil.rmtree(partial)
        else:
            partial.unlink(missing_ok=True)


def remove_partial(path: str | os.PathLike) -> None:
    """Removes what processes that were killed had begun to write for a file, which nobody may be writing now."""
    path = Path(path)
    for partial in path.parent.glob(f".[0-9]*.{path.name}"):
        partial.unlink()


def write_json(path: str | os.PathLike, content: Any) -> None:
    """Writes `content` as indented JSON; NumPy scalars become Python numbers."""
    with whole(path) as partial:
        partial.write_text(json.dumps(content, indent=2, default=lambda value: value.item()) + "\n")


def read_json(path: str | os.PathLike) -> Any:
    """Reads JSON.

    Raises:
        ValueError: If the file is not JSON; the message names it.
    """
    try:
        return json.loads(Path(path).read_text())
    except ValueError as error:
        raise ValueError(f"`path` should be a JSON file, but it does not parse ({error}). Received: {path}") from error
