"""Writes poses in the formats that were asked for."""

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tfkeypoints import interchange
from tfkeypoints.interchange.poses import Layout, Poses, joined


def modules(names: Sequence[str]) -> list:
    """The modules of formats."""
    return [importlib.import_module(f"{interchange.__name__}.{name}") for name in names]


def check(names: Sequence[str], layout: Layout) -> None:
    """Checks that a recording can be written, before it is predicted.

    Raises:
        ImportError: If a package is missing; the message says how to install it.
        ValueError: If a format is unknown, cannot hold the recording, or needs something that nothing tells.
    """
    if unknown := sorted(set(names) - set(interchange.NAMES)):
        raise ValueError(f"`also` should be of {', '.join(interchange.NAMES)}. Received: also={', '.join(unknown)}")
    for name, module in zip(names, modules(names), strict=True):
        missing = {extra for package, extra in module.PACKAGES.items() if not importlib.util.find_spec(package)}
        if missing:
            raise ImportError(f"`also` {name} needs the extra: pip install 'tfkeypoints[{missing.pop()}]'")
        if lacking := module.needs(layout):
            raise ValueError(f"`also` {name}: {module.NAME} needs {lacking}")


def write(names: Sequence[str], stem: Path, pieces: Callable[[], Iterable[Poses]]) -> list[Path]:
    """Writes each format beside `stem`, and returns the files.

    Args:
        names: The formats.
        stem: Where to write.
        pieces: Gives the poses in pieces one after another, whenever it is called.
    """
    written, whole = [], None
    for module in modules(names):
        if hasattr(module, "write_pieces"):
            written += module.write_pieces(Path(stem), pieces())
        else:
            whole = whole or joined(list(pieces()))
            written += module.write(Path(stem), whole)
    return written
