"""What each number in a camera file says: where it stands, and what another one there does to the cameras."""

import copy
import dataclasses
import itertools
import re
import struct
from collections.abc import Callable, Iterator

import numpy as np

from tests.cameras.files import rig
from tests.cameras.formats.test_qualisys import CROP
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.cameras.values import joined

NUMBER = re.compile(r"(?<![\w.+-])[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])", re.ASCII)
AGREES = 1e-9  # how near a number in a file must be to one of the cameras' to be taken for it


@dataclasses.dataclass
class Rig:
    """Cameras as lists that may be changed, an item each."""

    names: list
    sizes: list
    matrices: list
    kinds: list
    lenses: list
    rotations: list
    shifts: list
    more: dict = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, found: Calibration) -> "Rig":
        lenses = [list(lens.coefficients) for lens in found.lenses]
        kinds = [lens.kind for lens in found.lenses]
        rotations, shifts = list(found.extrinsics[:, :3, :3]), list(found.extrinsics[:, :3, 3])
        return cls(list(found.names), found.sizes.tolist(), list(found.matrices), kinds, lenses, rotations, shifts)

    def calibration(self) -> Calibration:
        """The cameras; raises a ValueError where a lens is impossible."""
        inside = zip(self.names, self.sizes, self.matrices, self.kinds, self.lenses, strict=True)
        poses = [joined(*pose) for pose in zip(self.rotations, self.shifts, strict=True)]
        return Calibration.from_cameras(
            [
                Camera(name, tuple(size), matrix, Lens(kind, tuple(lens)), pose)
                for (name, size, matrix, kind, lens), pose in zip(inside, poses, strict=True)
            ]
        )


@dataclasses.dataclass(frozen=True)
class Slot:
    """A number of a file: its value there, and what another value does to a `Rig`; None if nothing."""

    value: float
    apply: Callable[[Rig, float], None] | None = None


@dataclasses.dataclass(frozen=True)
class Units:
    """What a file adds to the principal point, and multiplies pixels and lengths with."""

    offset: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    length: float = 1.0


def slots(base: Rig, kinds: str, units: Units) -> list[Slot]:
    """The numbers of these kinds, camera by camera."""
    makers = {
        "matrix": lambda i: _matrix(base, i, units),
        "lens": lambda i: _listed("lenses", base, i),
        "size": lambda i: _listed("sizes", base, i),
        "shift": lambda i: _listed("shifts", base, i),
        "vector": lambda i: (Slot(value, _turner(i, k)) for k, value in enumerate(rig.VECTORS[i])),
        "eye": lambda i: (Slot(value * units.length, _mover(i, k, units)) for k, value in enumerate(_eye(base, i))),
        "step": lambda i: (Slot(value, _stepper(i, k)) for k, value in enumerate(_steps(base)[i][:3, 3]) if i),
        "turn": lambda i: _entries(base, i, np.ones(3)),
        "flipped": lambda i: _entries(base, i, np.array([1.0, -1.0, -1.0])),
        "quaternion": lambda i: (
            Slot(value, _quaternion_setter(i, k)) for k, value in enumerate(_quaternion(base.rotations[i]))
        ),
        "field": lambda i: _field(base, i),
    }
    return [slot for index in range(len(base.names)) for kind in kinds.split() for slot in makers[kind](index)]


def places(content: str | bytes, known: list[Slot]) -> list[tuple[int, int, Slot]]:
    """Where the slots' numbers stand: start, end, slot; of equal numbers, as many as slots, in their order."""
    if isinstance(content, str):
        found = [(*match.span(), float(match[0])) for match in NUMBER.finditer(content)]
    else:
        found = [*_doubles(content, [slot.value for slot in known])]
        packs = {(slot.value, struct.pack("<Q", int(slot.value))) for slot in known if isinstance(slot.value, int)}
        found += [(m.start(), m.end(), v) for v, p in packs for m in re.finditer(re.escape(p), content, re.DOTALL)]
    result = []
    for value in dict.fromkeys(slot.value for slot in known if abs(slot.value) > AGREES):
        same = [slot for slot in known if abs(slot.value - value) <= AGREES * max(1, abs(value))]
        at = sorted(place[:2] for place in found if abs(place[2] - value) <= AGREES * max(1, abs(value)))
        if same[0].value == value and len(at) == len(same):
            result += [(*span, slot) for span, slot in zip(at, same, strict=True)]
        elif same[0].value == value and all(slot.apply is None for slot in same):
            result += [(*span, same[0]) for span in at]
    return sorted(result, key=lambda place: place[0])


def _doubles(content, values) -> Iterator[tuple[int, int, float]]:
    """Where float64 of about these values stand, at whatever byte."""
    for first in range(8):
        count = (len(content) - first) // 8
        numbers = np.frombuffer(content, "<f8", count, first)
        for value in {float(value) for value in values if value}:
            with np.errstate(invalid="ignore"):
                near = np.abs(numbers - value) <= AGREES * max(1, abs(value))
            yield from ((first + 8 * at, first + 8 * at + 8, value) for at in np.flatnonzero(near).tolist())


def _matrix(base, i, units) -> Iterator[Slot]:
    one_focal_length = np.isclose(base.matrices[i][0, 0], base.matrices[i][1, 1], rtol=AGREES)
    for row, column in ((0, 0), (1, 1), (0, 2), (1, 2), (0, 1)):
        value = base.matrices[i][row, column]
        offset = units.offset[row] if column == 2 else 0.0
        if (row, column) == (0, 0) and one_focal_length:
            yield Slot(value * units.scale, _setter("matrices", i, ((0, 1), (0, 1)), 0.0, units.scale))
        elif value and not ((row, column) == (1, 1) and one_focal_length):
            yield Slot((value + offset) * units.scale, _setter("matrices", i, (row, column), offset, units.scale))


def _listed(field, base, i):
    return (Slot(value, _setter(field, i, k)) for k, value in enumerate(getattr(base, field)[i]))


def _setter(field, index, key, offset=0.0, scale=1.0):
    def apply(of, value):
        getattr(of, field)[index][key] = value / scale - offset

    return apply


def _turner(index, key):
    def apply(of, value):
        turned = of.more.setdefault(f"vector {index}", rig.VECTORS[index].copy())
        turned[key] = value
        of.rotations[index] = rig.rotation(turned)

    return apply


def _eye(of, i):
    return -np.linalg.solve(of.rotations[i], of.shifts[i])  # of a rotation of which some entries have changed, too


def _mover(index, key, units):
    def apply(of, value):
        eye = _eye(of, index)
        eye[key] = value / units.length
        of.shifts[index] = -of.rotations[index] @ eye

    return apply


def _steps(of):
    poses = [joined(*pose) for pose in zip(of.rotations, of.shifts, strict=True)]
    return [poses[0], *(after @ np.linalg.inv(before) for before, after in itertools.pairwise(poses))]


def _stepper(index, key):
    def apply(of, value):
        steps = copy.deepcopy(_steps(of))
        steps[index][key, 3] = value
        world = np.eye(4)
        for i, step in enumerate(steps):
            world = step @ world
            of.rotations[i], of.shifts[i] = world[:3, :3], world[:3, 3].copy()

    return apply


def _field(base, i):
    """Qualisys: the part of the sensor that is recorded, then all of it, which begins at 0."""
    for axis, low in enumerate(CROP):
        last = low + base.sizes[i][axis] - 1
        yield Slot(low, _cropper(i, axis, first=True))
        yield from (Slot(last, _cropper(i, axis, first=False)), Slot(last))


def _cropper(index, axis, first):
    def apply(of, value):
        low = of.more.setdefault(f"low {index} {axis}", CROP[axis])
        if first:
            of.sizes[index][axis] += low - value
            of.matrices[index][axis, 2] += low - value
            of.more[f"low {index} {axis}"] = value
        else:
            of.sizes[index][axis] = value - low + 1

    return apply


def _entries(base, i, signs) -> Iterator[Slot]:
    """A rotation's entries; with signs, a file that holds the camera's place and its axes right, up and back."""

    def setter(row, column):
        def apply(of, value):
            eye = _eye(of, i)
            of.rotations[i][row, column] = signs[row] * value
            if signs[1] < 0:
                of.shifts[i] = -of.rotations[i] @ eye

        return apply

    for row, column in np.ndindex(3, 3):
        yield Slot(signs[row] * base.rotations[i][row, column], setter(row, column))


def _quaternion_setter(index, key):
    def apply(of, value):
        of.more.setdefault(f"quaternion {index}", _quaternion(of.rotations[index]))[key] = value
        w, x, y, z = of.more[f"quaternion {index}"]
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        length = w**2 + x**2 + y**2 + z**2
        of.rotations[index] = np.eye(3) + 2 * (w * cross + cross @ cross) / length

    return apply


def _quaternion(rotation):
    w = np.sqrt(1 + np.trace(rotation)) / 2
    skew = rotation - rotation.T
    return np.array([w, *(np.array([skew[2, 1], skew[0, 2], skew[1, 0]]) / (4 * w))])
