"""Writes cameras into a file of another program's format, which its name or the caller tells."""

import importlib
from pathlib import Path

from tfkeypoints.cameras import formats
from tfkeypoints.cameras.calibration import Calibration

WRITERS = {
    "tfkeypoints": ("native", (".json",)),
    "anipose": ("anipose", (".toml",)),
    "opencv": ("opencv", (".yml", ".yaml")),
    "nerfstudio": ("transforms", (".json",)),
    "colmap": ("colmap", ("",)),
}
"""By program: the module of `cameras.formats` whose `write` it is, and how the names of its files end."""


def write_calibration(path: str | Path, calibration: Calibration, to: str | None = None) -> str:
    """Writes cameras so that `read_calibration`, and the program itself, see every point at the same pixels.

    Matrices that are rotations only up to rounding become exact ones in anipose's and COLMAP's files.

    Args:
        path: The file: `.json` (this library's; `transforms.json` is nerfstudio's), `.toml` (anipose's), `.yml` or
            `.yaml` (OpenCV's); without an ending a folder (COLMAP's).
        calibration: The cameras.
        to: One of `WRITERS`, where the name should not decide.

    Returns:
        Which of `WRITERS` was written.

    Raises:
        ValueError: If no format has such a name, or the format cannot say what a camera is. Nothing is written then.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if to is None:
        fits = [name for name, (_, suffixes) in WRITERS.items() if suffix in suffixes]
        to = "nerfstudio" if path.name == "transforms.json" else next(iter(fits), None)
    if to not in WRITERS or suffix not in WRITERS[to][1]:
        known = ", ".join(
            f"{name} ({' or '.join(filter(None, ends)) or 'a folder'})" for name, (_, ends) in WRITERS.items()
        )
        received = f"path={path}" + (f", to={to}" if to else "")
        raise ValueError(
            f"`path` should end as one of the formats that are written does: {known}. Received: {received}"
        )
    importlib.import_module(f"{formats.__name__}.{WRITERS[to][0]}").write(path, calibration)
    return to
