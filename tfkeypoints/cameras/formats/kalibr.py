"""Kalibr's camera chain (`camchain.yaml`): `T_cn_cnm1` takes points of the camera before to this one.

The first camera's frame is the world, in metres; the centre of the first pixel is (0, 0). Of Kalibr's models those are
read that OpenCV has: `pinhole` with `radtan` (k1 k2 p1 p2), `equidistant` (a fisheye lens) or `none`.

Reference: Kalibr's wiki, "YAML formats" and "Supported models".
"""

from typing import Any

import numpy as np

from tfkeypoints.cameras import values
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats import _yaml
from tfkeypoints.cameras.source import Source

NAME = "Kalibr camchain"
LENSES = {"radtan": ("pinhole", 4), "equidistant": ("fisheye", 4), "none": ("pinhole", 0)}
REQUIRED = ("camera_model", "distortion_model", "distortion_coeffs", "intrinsics", "resolution")
CHAIN = "T_cn_cnm1"
WITHOUT_EFFECT = ("T_cam_imu", "T_imu_cam", "timeshift_cam_imu", "cam_overlaps", "rostopic", "line_delay")


def recognises(source: Source) -> bool:
    """Whether the text has `cam0:` and Kalibr's key of a camera's model."""
    text = source.text or ""
    return "camera_model:" in text and "distortion_model:" in text and not text.startswith("%YAML")


def read(source: Source) -> list[Camera]:
    """Reads the chain.

    Raises:
        ValueError: If a camera is missing in it, incomplete or impossible, or has a model that OpenCV has not.
    """
    content = _yaml.load(source, source.text or "")
    names = [f"cam{index}" for index in range(len(content) if isinstance(content, dict) else 1)]
    values.keys(f"{source}", content, tuple(names))
    cameras, world = [], np.eye(4)
    for index, name in enumerate(names):
        where = f"{source}, camera `{name}`"
        table = content[name]
        values.keys(where, table, (*REQUIRED, CHAIN) if index else REQUIRED, (CHAIN, *WITHOUT_EFFECT))
        overlaps = values.array(where, "cam_overlaps", table.get("cam_overlaps", []), (None,))
        if any(each not in range(len(names)) for each in overlaps):
            raise ValueError(f"{where}: `cam_overlaps` should be cameras of the file. Received: {overlaps.tolist()}")
        step = values.rigid(where, CHAIN, table[CHAIN]) if index else np.eye(4)
        world = step @ world
        cameras.append(_camera(where, name, table, world))
    return cameras


def _camera(where: str, name: str, table: dict[str, Any], extrinsics: np.ndarray) -> Camera:
    model, distortion = table["camera_model"], table["distortion_model"]
    if model != "pinhole" or distortion not in LENSES:
        wanted = f"pinhole with {', '.join(LENSES)}"
        raise ValueError(f"{where} should be of a model that OpenCV has: {wanted}. Received: {model} with {distortion}")
    kind, count = LENSES[distortion]
    fx, fy, cx, cy = values.array(where, "intrinsics", table["intrinsics"], (4,))
    coefficients = values.array(where, "distortion_coeffs", table["distortion_coeffs"], (count,))
    return Camera(
        name=name,
        size=values.size(where, "resolution", table["resolution"]),
        matrix=values.pixel_matrix(where, "intrinsics", [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]),
        lens=values.lens(where, "distortion_coeffs", coefficients, kind),
        extrinsics=extrinsics,
    )
