"""The tables of a COLMAP model in text: one line a camera, a rig and a frame, two lines an image."""

import re
from collections.abc import Sequence
from typing import Any

from tfkeypoints.cameras import values
from tfkeypoints.cameras.formats._yaml import scalar
from tfkeypoints.cameras.source import Source

COUNT = re.compile(r"^# Number of (?:cameras|images|rigs|frames): (\d{1,9})\b", re.MULTILINE)


def cameras(source: Source) -> dict[int, dict[str, Any]]:
    """By number: model, size and parameters."""
    found: dict[int, dict[str, Any]] = {}
    for line in _lines(source):
        _, model, *size = line.of(4)
        parameters = [scalar(word) for word in line.words[4:]]
        line.add(found, {"model": model, "size": [scalar(each) for each in size], "parameters": parameters})
    return _counted(source, found)


def images(source: Source) -> dict[int, dict[str, Any]]:
    """By number: pose (qw qx qy qz tx ty tz), camera and name."""
    found: dict[int, dict[str, Any]] = {}
    lines = iter(_all_lines(source))
    for line in lines:
        if line.words and not line.words[0].startswith("#"):
            line.of(10)
            line.add(found, {"pose": line.pose(1), "camera": line.whole(8), "name": line.rest(9)})
            points = next(lines, None)
            if points is not None:
                points.check_points()
    return _counted(source, found)


def rigs(source: Source) -> dict[int, dict[tuple[str, int], Any]]:
    """By number: each sensor's pose in the rig: () of the reference, None where it is unknown."""
    found: dict[int, dict[tuple[str, int], Any]] = {}
    for line in _lines(source):
        line.of(2)
        rig: dict[tuple[str, int], Sequence[float] | None] = {}
        count, at = line.whole(1), 2
        for index in range(count):
            line.of(at + 2)
            sensor = (line.words[at], line.whole(at + 1))
            at += 2
            pose: Sequence[float] | None = ()
            if index:
                line.of(at + 1)
                pose = line.pose(at + 1) if line.whole(at) == 1 else None
                at += 1 if pose is None else 8
            if sensor in rig:
                raise line.wrong("hold each sensor once")
            rig[sensor] = pose
        line.ends(at)
        line.add(found, rig)
    return _counted(source, found)


def frames(source: Source) -> dict[int, dict[str, Any]]:
    """By number: rig, pose, and its data as (kind of sensor, sensor, image)."""
    found: dict[int, dict[str, Any]] = {}
    for line in _lines(source):
        line.of(10)
        count = line.whole(9)
        line.ends(10 + 3 * count)
        data = [(line.words[at], line.whole(at + 1), line.whole(at + 2)) for at in range(10, 10 + 3 * count, 3)]
        line.add(found, {"rig": line.whole(1), "pose": line.pose(2), "data": data})
    return _counted(source, found)


def _counted(source: Source, found: dict[int, Any]) -> dict[int, Any]:
    """Compares with the number that COLMAP writes above a table, and sees a last line that is cut off."""
    text = source.text or ""
    told = COUNT.search(text)
    if told is not None and (int(told[1]) != len(found) or not text.endswith("\n")):
        received = f"{len(found)} lines, the last one {'whole' if text.endswith(chr(10)) else 'cut off'}"
        raise ValueError(f"{source} should hold as many as it says: {told[1]}. Received: {received}")
    return found


def _all_lines(source: Source) -> "list[_Line]":
    if source.text is None:
        raise ValueError(f"{source} should be text. Received: {source.seen()}")
    return [_Line(source, number, line) for number, line in enumerate(source.text.split("\n"), 1)]


def _lines(source: Source) -> "list[_Line]":
    return [line for line in _all_lines(source) if line.words and not line.words[0].startswith("#")]


class _Line:
    """One line, and where it stands."""

    def __init__(self, source: Source, number: int, text: str) -> None:
        self.source, self.number, self.text, self.words = source, number, text, text.split()

    def of(self, count: int) -> list[str]:
        """The first words; there must be as many."""
        if len(self.words) < count:
            raise self.wrong(f"hold at least {count} values")
        return self.words[:count]

    def ends(self, count: int) -> None:
        if len(self.words) != count:
            raise self.wrong(f"hold {count} values")

    def whole(self, index: int) -> int:
        found = scalar(self.words[index])
        if not isinstance(found, int) or found < 0:
            raise self.wrong("hold whole numbers where they belong", self.words[index])
        return found

    def pose(self, index: int) -> list[float]:
        self.of(index + 7)
        found = [scalar(word) for word in self.words[index : index + 7]]
        pose: list[float] = [each for each in found if not isinstance(each, str)]
        if len(pose) < len(found):
            raise self.wrong("hold 7 numbers of a pose", found)
        return pose

    def rest(self, index: int) -> str:
        """All that follows the first `index` words: a name may hold blanks."""
        return self.text.split(maxsplit=index)[index].strip()

    def add(self, found: dict[int, Any], value: object) -> None:
        if self.whole(0) in found:
            raise self.wrong("have a number of its own", self.words[0])
        found[self.whole(0)] = value

    def check_points(self) -> None:
        if len(self.words) % 3 or any(isinstance(scalar(word), str) for word in self.words[:3]):
            raise self.wrong("hold an image's points: x, y and number of each")

    def wrong(self, what: str, received: object = None) -> ValueError:
        received = values.short(self.text if received is None else received)
        return ValueError(f"{self.source}, line {self.number} should {what}. Received: {received}")
