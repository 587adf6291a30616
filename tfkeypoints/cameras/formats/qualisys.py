"""Qualisys' calibration (`.qca.txt`, XML): the pose of each camera in the world.

Focal lengths and principal point are in 1/64 pixel of the whole sensor, of which `fov_video` says what was recorded.
Millimetres become metres. The rows r11 r12 r13, … are the camera's axes in the world, with y up and looking along -z:
y and z are turned to OpenCV's. The distortions have no unit.

Reference: Qualisys Track Manager's "Calibration" page, and Pose2Sim's `read_qca` (which divides the distortions by 64).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from tfkeypoints.cameras import values
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats._yaml import scalar
from tfkeypoints.cameras.source import Source

if TYPE_CHECKING:
    from xml.etree import ElementTree


NAME = "Qualisys"
SUBPIXELS = 64
SLACK = 0.05
MILLIMETRES = 1000
FLIP = np.diag([1.0, -1.0, -1.0])
LENS = ("radialDistortion1", "radialDistortion2", "tangentalDistortion1", "tangentalDistortion2", "radialDistortion3")
INTRINSIC = ("focalLengthU", "focalLengthV", "centerPointU", "centerPointV", "skew", *LENS)
SENSOR = ("sensorMinU", "sensorMaxU", "sensorMinV", "sensorMaxV")
TRANSFORM = ("x", "y", "z", *(f"r{row}{column}" for row in "123" for column in "123"))
FIELD = ("left", "top", "right", "bottom")


def recognises(source: Source) -> bool:
    """Whether the source is XML with Qualisys' root and cameras."""
    text = (source.text or "").lstrip()
    return text.startswith("<") and "<calibration" in text and "<cameras" in text


def read(source: Source) -> list[Camera]:
    """Reads the cameras, each named after its serial number, without those that are not active.

    Raises:
        ValueError: If the file does not parse, or a camera is incomplete or impossible.
    """
    root = source.xml
    if root is None or root.tag != "calibration":
        raise ValueError(f"{source} should be XML with the root <calibration>. Received: {source.seen()}")
    cameras = root.findall("cameras/camera")
    return [_camera(source, index, each) for index, each in enumerate(cameras, 1) if each.get("active", "1") != "0"]


def _camera(source: Source, index: int, element: "ElementTree.Element") -> Camera:
    name = element.get("serial") or ""
    if not name:
        raise ValueError(f"{source}, camera {index} should have a `serial`. Received: {values.short(element.attrib)}")
    where = f"{source}, camera `{name}`"
    if scalar(element.get("viewrotation", "0")) != 0:
        received = f"viewrotation={element.get('viewrotation')}"
        raise ValueError(f"{where} should not be turned: its images and its calibration disagree. Received: {received}")
    field = _numbers(where, element, "fov_video", FIELD)
    inside = _numbers(where, element, "intrinsic", INTRINSIC, ("focallength", *SENSOR))
    _check_unit(where, element, inside)
    pose = _numbers(where, element, "transform", TRANSFORM)
    focal, centre = [[inside[f"{key}{axis}"] / SUBPIXELS for axis in "UV"] for key in ("focalLength", "centerPoint")]
    skew = inside["skew"] / SUBPIXELS
    matrix = [[focal[0], skew, centre[0] - field["left"]], [0, focal[1], centre[1] - field["top"]], [0, 0, 1]]
    axes = [[pose[f"r{row}{column}"] for column in "123"] for row in "123"]
    rotation = FLIP @ values.rotation(where, "r11 to r33", axes)
    size = [field["right"] - field["left"] + 1, field["bottom"] - field["top"] + 1]
    return Camera(
        name=name,
        size=values.size(where, "fov_video", size),
        matrix=values.pixel_matrix(where, "intrinsic", matrix),
        lens=values.lens(where, ", ".join(LENS), [inside[key] for key in LENS]),
        extrinsics=values.joined(rotation, -rotation @ [pose[key] / MILLIMETRES for key in "xyz"]),
    )


def _check_unit(where: str, element: "ElementTree.Element", inside: Mapping[str, float]) -> None:
    """Whether the sensor has 64 parts for each pixel that it may record; some programs write whole pixels."""
    if not element.findall("fov_video_max") or "sensorMaxU" not in inside or "sensorMaxV" not in inside:
        return
    most = _numbers(where, element, "fov_video_max", FIELD)
    for key, pixels in (("sensorMaxU", most["right"] + 1), ("sensorMaxV", most["bottom"] + 1)):
        if not 1 - SLACK < inside[key] / (SUBPIXELS * pixels) < 1 + SLACK:
            wanted = f"{SUBPIXELS} parts of each of {pixels:g} pixels"
            raise ValueError(f"{where}: `{key}` should be {wanted}. Received: {key}={inside[key]}")


def _numbers(
    where: str, camera: "ElementTree.Element", tag: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, float]:
    """The attributes of the camera's one element of that name, as numbers."""
    found = camera.findall(tag)
    if len(found) != 1:
        raise ValueError(f"{where} should hold <{tag}> once. Received: {len(found)} of them")
    attributes = values.keys(f"{where}, <{tag}>", dict(found[0].attrib), required, optional)
    return {key: values.number(where, key, scalar(value.strip())) for key, value in attributes.items()}
