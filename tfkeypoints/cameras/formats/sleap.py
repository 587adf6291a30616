"""sleap-io's sessions in a `.slp` file (HDF5): cameras as anipose has them, world to camera. Nothing is converted.

Reference: sleap-io 0.9.5, `sleap_io/io/slp.py`. It has no reader of cameras alone: its own loads skeletons, videos and
labels too, and their packages.
"""

import json
from typing import Any

from tfkeypoints.cameras import values
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.source import Source, natural

NAME = "sleap-io (.slp)"
HDF5 = b"\x89HDF\r\n\x1a\n"
SESSIONS = "sessions_json"
KEYS = ("name", "size", "matrix", "distortions", "rotation", "translation")


def recognises(source: Source) -> bool:
    """Whether the source is HDF5 that is called `.slp` or holds sessions."""
    import h5py

    if not source.head.startswith(HDF5):
        return False
    try:
        with h5py.File(source.path, "r") as file:
            return source.path.suffix == ".slp" or SESSIONS in file
    except Exception:  # h5py raises what the bytes make it stumble over
        return source.path.suffix == ".slp"


def read(source: Source) -> list[Camera]:
    """Reads the cameras of the sessions, of which all must have the same.

    Raises:
        ValueError: If the file is damaged or has no session, or a camera is incomplete or impossible.
    """
    calibrations = [session.get("calibration") for session in _sessions(source)]
    if not calibrations:
        raise ValueError(f"{source} should hold a session with cameras. Received: none")
    if any(each != calibrations[0] for each in calibrations):
        raise ValueError(
            f"{source} should hold the same cameras in each session. Received: {len(calibrations)} sessions"
        )
    tables = calibrations[0]
    if not isinstance(tables, dict):
        raise ValueError(f"{source} should hold a session's cameras by name. Received: {values.short(tables)}")
    keys = sorted((key for key in tables if key != "metadata"), key=natural)
    return [_camera(f"{source}, camera `{key}`", key, tables[key]) for key in keys]


def _sessions(source: Source) -> list[dict[str, Any]]:
    import h5py

    try:
        with h5py.File(source.path, "r") as file:
            texts = file[SESSIONS][()] if SESSIONS in file else []
        sessions = [json.loads(text, object_pairs_hook=_unique) for text in texts]
    except Exception as error:  # h5py raises what the bytes make it stumble over
        raise ValueError(f"{source} should be a whole .slp file. Received: {type(error).__name__}: {error}") from error
    if not all(isinstance(session, dict) for session in sessions):
        raise ValueError(f"{source} should hold sessions as objects. Received: {values.short(sessions)}")
    return sessions


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"`{key}` stands in an object twice")
        found[key] = value
    return found


def _camera(where: str, key: str, table: Any) -> Camera:
    values.keys(where, table, KEYS, ("fisheye",))
    if table.get("fisheye") not in (None, False):
        raise ValueError(
            f"{where} should have a pinhole lens, as sleap-io's all do. Received: fisheye={table['fisheye']}"
        )
    name = table["name"] or key
    if not isinstance(name, str):
        raise ValueError(f"{where}: `name` should be a text. Received: name={values.short(name)}")
    return Camera(
        name=name,
        size=None if table["size"] == "" else values.size(where, "size", table["size"]),
        matrix=values.pixel_matrix(where, "matrix", table["matrix"]),
        lens=values.lens(where, "distortions", values.array(where, "distortions", table["distortions"], (5,))),
        extrinsics=values.joined(
            values.rotation_vector(where, "rotation", table["rotation"]),
            values.array(where, "translation", table["translation"], (3,)),
        ),
    )
