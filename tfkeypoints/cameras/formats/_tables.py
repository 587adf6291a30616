"""A camera's table in the TOML files that aniposelib, caliscope and Pose2Sim write alike."""

from typing import Any

from tfkeypoints.cameras import values
from tfkeypoints.cameras.camera import Camera

KEYS = ("size", "matrix", "distortions", "rotation", "translation")
"""Width and height, camera matrix, coefficients, axis times angle and translation, world to camera."""


def is_camera(table: Any) -> bool:
    """Whether a table looks like a camera's: it has two of the keys."""
    return isinstance(table, dict) and len(set(KEYS) & set(table)) >= 2


def camera(where: str, name: str, table: Any, optional: tuple[str, ...] = ("name", "fisheye")) -> Camera:
    """Reads one table; `optional` are the keys that it may have beside `KEYS`."""
    values.keys(where, table, KEYS, optional)
    fisheye = table.get("fisheye", False)
    if not isinstance(fisheye, bool):
        raise ValueError(f"{where}: `fisheye` should be true or false. Received: fisheye={values.short(fisheye)}")
    lens = values.lens(where, "distortions", table["distortions"], "fisheye" if fisheye else "pinhole")
    if "fisheye" not in table and len(lens.coefficients) == 4:
        raise ValueError(
            f"{where}: `distortions` are 4, of which `fisheye` should say whether they are a fisheye lens'. "
            f"Received: no fisheye"
        )
    turned = table["rotation"]
    rows = isinstance(turned, list) and any(isinstance(row, list) for row in turned)
    rotation = values.rotation if rows else values.rotation_vector
    return Camera(
        name=name,
        size=values.size(where, "size", table["size"]),
        matrix=values.pixel_matrix(where, "matrix", table["matrix"]),
        lens=lens,
        extrinsics=values.joined(
            rotation(where, "rotation", turned),
            values.array(where, "translation", table["translation"], (3,)),
        ),
    )


def name(where: str, table: dict[str, Any], default: str) -> str:
    """The name that a table gives its camera: a text or a whole number."""
    found = table.get("name", default)
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        raise ValueError(f"{where}: `name` should be a text. Received: name={values.short(found)}")
    return str(found)
