"""The tables of a COLMAP model in binary: little endian, each begins with the number of its entries."""

import struct
from collections.abc import Hashable
from typing import Any

from tfkeypoints.cameras.source import Source

MODELS = (  # name and number of parameters, in the order of COLMAP's numbers
    *(("SIMPLE_PINHOLE", 3), ("PINHOLE", 4), ("SIMPLE_RADIAL", 4), ("RADIAL", 5), ("OPENCV", 8), ("OPENCV_FISHEYE", 8)),
    *(("FULL_OPENCV", 12), ("FOV", 5), ("SIMPLE_RADIAL_FISHEYE", 4), ("RADIAL_FISHEYE", 5), ("THIN_PRISM_FISHEYE", 12)),
    *(("RAD_TAN_THIN_PRISM_FISHEYE", 16), ("SIMPLE_DIVISION", 4), ("DIVISION", 5), ("SIMPLE_FISHEYE", 3)),
    *(("FISHEYE", 4), ("EUCM", 6), ("EQUIRECTANGULAR", 2)),
)
SENSORS = {0: "CAMERA", 1: "IMU"}
NONE = 2**64 - 1


def cameras(source: Source) -> dict[int, dict[str, Any]]:
    """By number: model, size and parameters."""
    data = _Bytes(source)
    found: dict[int, dict[str, Any]] = {}
    for _ in range(data.count()):
        number, model, width, height = data.take("<Iiqq")
        if not 0 <= model < len(MODELS):
            raise data.wrong(f"a model of camera that is known, of camera {number}", model)
        name, count = MODELS[model]
        data.add(found, number, {"model": name, "size": [width, height], "parameters": data.take(f"<{count}d")})
    return data.done(found)


def images(source: Source) -> dict[int, dict[str, Any]]:
    """By number: pose (qw qx qy qz tx ty tz), camera and name."""
    data = _Bytes(source)
    found: dict[int, dict[str, Any]] = {}
    for _ in range(data.count()):
        number, *pose, camera = data.take("<I7dI")
        name = data.text()
        (points,) = data.take("<Q")
        data.skip(24 * points)
        data.add(found, number, {"pose": pose, "camera": camera, "name": name})
    return data.done(found)


def rigs(source: Source) -> dict[int, dict[tuple[str, int], Any]]:
    """By number: each sensor's pose in the rig: () of the reference, None where it is unknown."""
    data = _Bytes(source)
    found: dict[int, dict[tuple[str, int], Any]] = {}
    for _ in range(data.count()):
        number, sensors = data.take("<II")
        rig: dict[tuple[str, int], tuple[float, ...] | None] = {}
        for index in range(sensors):
            sensor = data.sensor()
            pose: tuple[float, ...] | None = ()
            if index:
                (known,) = data.take("<B")
                pose = data.take("<7d") if known else None
            data.add(rig, sensor, pose)
        data.add(found, number, rig)
    return data.done(found)


def frames(source: Source) -> dict[int, dict[str, Any]]:
    """By number: rig, pose, and its data as (kind of sensor, sensor, image)."""
    data = _Bytes(source)
    found: dict[int, dict[str, Any]] = {}
    for _ in range(data.count()):
        number, rig, *pose, count = data.take("<II7dI")
        images = [(*data.sensor(), *data.take("<Q")) for _ in range(count)]
        data.add(found, number, {"rig": rig, "pose": pose, "data": images})
    return data.done(found)


class _Bytes:
    """The bytes of a file, taken from the front."""

    def __init__(self, source: Source) -> None:
        self.source, self.data, self.at = source, source.data, 0

    def take(self, layout: str) -> tuple[Any, ...]:
        size = struct.calcsize(layout)
        if self.at + size > len(self.data):
            raise self.wrong("as many entries as it says: it is cut off", f"{len(self.data)} bytes")
        self.at += size
        return struct.unpack_from(layout, self.data, self.at - size)

    def count(self) -> int:
        return self.take("<Q")[0]

    def skip(self, size: int) -> None:
        self.take(f"<{size}x" if size <= len(self.data) else f"<{len(self.data) + 1}x")

    def text(self) -> str:
        end = self.data.find(b"\0", self.at)
        if end < 0:
            raise self.wrong("a name that ends", f"{len(self.data)} bytes")
        name, self.at = self.data[self.at : end], end + 1
        try:
            return name.decode()
        except UnicodeDecodeError as error:
            raise self.wrong("names in UTF-8", name) from error

    def sensor(self) -> tuple[str, int]:
        kind, number = self.take("<iI")
        return SENSORS.get(kind, str(kind)), number

    def add(self, found: dict[Any, Any], key: Hashable, value: object) -> None:
        if key in found:
            raise self.wrong("each entry once", key)
        found[key] = value

    def done(self, found: dict[Any, Any]) -> dict[Any, Any]:
        if self.at != len(self.data):
            raise self.wrong("nothing after its entries", f"{len(self.data) - self.at} bytes more")
        return found

    def wrong(self, what: str, received: object) -> ValueError:
        return ValueError(f"{self.source} should hold {what}. Received: {received!r}")
