"""Reads cameras from a file or folder of any format that is known, which its content tells."""

import importlib
from pathlib import Path
from types import ModuleType

from tfkeypoints.cameras import checks, formats
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.source import Source


def read_calibration(path: str | Path) -> Calibration:
    """Reads the cameras of a file or folder.

    docs/cameras.md lists the formats and what is converted from each. Of a folder that is no format of its own, the one
    file in it that holds cameras is read.

    Raises:
        ValueError: If there is nothing, no format fits, or a camera is incomplete, impossible or there twice. The
            message names file, camera and key.
    """
    source = Source(path)
    source, reader = _find(source)
    cameras = reader.read(source)
    checks.check_cameras(source, cameras)
    return Calibration.from_cameras(cameras)


def format_of(path: str | Path) -> str:
    """The name of the format in which the cameras of a file or folder stand.

    Raises:
        ValueError: If there is nothing, or no format fits.
    """
    return _find(Source(path))[1].NAME


def is_calibration(path: str | Path) -> bool:
    """Whether a file or folder is of a format that is known, be it complete or not."""
    return _reader(Source(path)) is not None


def readers() -> list:
    """The modules of `cameras.formats`, in the order in which they are tried."""
    return [importlib.import_module(f"{formats.__name__}.{name}") for name in formats.NAMES]


def _find(source: Source) -> tuple[Source, ModuleType]:
    """The source that holds the cameras and the module that reads it."""
    reader = _reader(source)
    if reader is not None:
        return source, reader
    candidates = [(each, reader) for each in source.files if (reader := _reader(each))]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        names = ", ".join(each.path.name for each, _ in candidates)
        raise ValueError(f"{source} should hold one file with cameras: give the one that is meant. Received: {names}")
    known = ", ".join(module.NAME for module in readers())
    raise ValueError(
        f"`cameras` should be a file or folder of one of these formats: {known}. Received: {source}, {source.seen()}"
    )


def _reader(source: Source) -> ModuleType | None:
    return next((module for module in readers() if module.recognises(source)), None)
