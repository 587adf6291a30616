"""What stands in a camera file, turned into arrays: each function checks one kind of value.

`where` names the file and the camera, and `key` what the file calls the value; both begin every message.
"""

import numbers as kinds
from typing import Any

import numpy as np

from tfkeypoints.cameras.lens import COUNTS, Lens
from tfkeypoints.geometry.checks import EXACT, extrinsics_fault, rotation_fault

GREATEST = 1e15
"""No number in a camera file is greater: a survey's coordinates in micrometres have 13 digits."""
MOST_TURNS = 1000
"""What a rotation vector turns at most; of more, rounding leaves no angle, and it is something else."""
LEAST_FOCAL = 1e-9
"""Focal lengths are above 0, in pixels, by more than what rounding leaves of 0."""


def keys(where: str, table: Any, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """Checks that a table holds all of `required` and nothing else but `optional`, and returns it."""
    if not isinstance(table, dict):
        raise ValueError(f"{where} should hold {', '.join(required)}. Received: {short(table)}")
    missing = [key for key in required if key not in table]
    unknown = [key for key in table if key not in (*required, *optional)]
    if missing or unknown:
        also = f", may hold {', '.join(optional)}," if optional else ""
        wrong = [f"{what} {', '.join(which)}" for what, which in (("no", missing), ("also", unknown)) if which]
        raise ValueError(
            f"{where} should hold {', '.join(required)}{also} and nothing else. Received: {' and '.join(wrong)}"
        )
    return table


def number(where: str, key: str, value: Any) -> float:
    """Checks one finite number."""
    return float(array(where, key, value, ()))


def array(where: str, key: str, value: Any, shape: tuple[int | None, ...]) -> np.ndarray:
    """Checks finite numbers in lists of a shape (None: any length), and returns them in float64."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not _fits(value, shape):
        sizes = " × ".join("any number of" if size is None else str(size) for size in shape)
        what = f"{sizes} finite numbers" if shape else "a finite number"
        raise ValueError(f"{where}: `{key}` should be {what} (below {GREATEST:g}). Received: {key}={short(value)}")
    return np.array(value, np.float64).reshape([len(value) if size is None else size for size in shape])


def size(where: str, key: str, value: Any) -> tuple[int, int]:
    """Checks width and height: two positive whole numbers of pixels."""
    width, height = array(where, key, value, (2,))
    return whole(where, key, width), whole(where, key, height)


def whole(where: str, key: str, value: Any) -> int:
    """Checks a positive whole number of pixels, which some files write as 640.0."""
    found = number(where, key, value)
    if found != int(found) or not 0 < found < 2**31:
        raise ValueError(f"{where}: `{key}` should be a whole number of pixels above 0. Received: {key}={short(value)}")
    return int(found)


def pixel_matrix(where: str, key: str, value: Any, skew: bool = False) -> np.ndarray:
    """Checks a camera matrix [[fx, skew, cx], [0, fy, cy], [0, 0, 1]]; `skew` says whether the format has it."""
    matrix = array(where, key, value, (3, 3))
    received = f"Received: {key}={matrix.tolist()}"
    if np.abs(matrix[2, :2]).max() > EXACT and not matrix[:2, 2].any():
        raise ValueError(f"{where}: `{key}` seems to be transposed: cx and cy belong in its last column. {received}")
    if np.abs(matrix[2] - [0, 0, 1]).max() > EXACT:
        raise ValueError(f"{where}: the last row of `{key}` should be 0 0 1. {received}")
    if abs(matrix[1, 0]) > EXACT:
        raise ValueError(f"{where}: `{key}` should be 0 in its second row's first place. {received}")
    if abs(matrix[0, 1]) > EXACT and not skew:
        raise ValueError(f"{where}: `{key}` should have no skew, which this format's lens does not know. {received}")
    if min(matrix[0, 0], matrix[1, 1]) < LEAST_FOCAL:
        raise ValueError(f"{where}: `{key}` should have focal lengths above 0. {received}")
    return np.array([[matrix[0, 0], matrix[0, 1] if skew else 0, matrix[0, 2]], [0, *matrix[1, 1:]], [0, 0, 1]])


def rotation(where: str, key: str, value: Any) -> np.ndarray:
    """Checks a rotation matrix `[3, 3]`."""
    matrix = array(where, key, value, (3, 3))
    if fault := rotation_fault(matrix):
        raise ValueError(f"{where}: `{key}` should be a rotation: RᵀR = I and det R = 1. Received: {fault}")
    return matrix


def rotation_vector(where: str, key: str, value: Any) -> np.ndarray:
    """Turns a rotation's axis times its angle in radians, `[3]`, into a matrix `[3, 3]`."""
    from tfkeypoints.geometry.rotation import from_rotation_vector

    vector = array(where, key, value, (3,))
    if np.abs(vector).max() > MOST_TURNS * 2 * np.pi:
        received = f"{key}={vector.tolist()}"
        raise ValueError(f"{where}: `{key}` should be an axis times an angle in radians. Received: {received}")
    return np.asarray(from_rotation_vector(vector))


def rigid(where: str, key: str, value: Any) -> np.ndarray:
    """Checks a rigid motion `[4, 4]`."""
    matrix = array(where, key, value, (4, 4))
    if fault := extrinsics_fault(matrix):
        raise ValueError(
            f"{where}: `{key}` should be rigid: [R t; 0 0 0 1] with RᵀR = I and det R = 1. Received: {fault}"
        )
    return matrix


def lens(where: str, key: str, value: Any, kind: str = "pinhole") -> Lens:
    """Checks the coefficients of a lens of a kind, in OpenCV's order, in a list, a row or a column."""
    coefficients = array(where, key, flat(value), (None,))
    if len(coefficients) not in COUNTS[kind]:
        raise ValueError(
            f"{where}: `{key}` of a {kind} lens should be {' or '.join(map(str, COUNTS[kind]))} coefficients. "
            f"Received: {key}={short(value)}"
        )
    try:
        return Lens(kind, tuple(coefficients.tolist()))
    except ValueError as error:
        raise ValueError(f"{where}: `{key}`: {error}") from error


def flat(value: Any) -> Any:
    """The items of a row `[[a, b]]` or a column `[[a], [b]]` in one list; anything else as it is."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, list | tuple) or not value or not all(isinstance(each, list | tuple) for each in value):
        return value
    if len(value) == 1:
        return list(value[0])
    return [each[0] for each in value] if all(len(each) == 1 for each in value) else value


def shape(value: Any) -> tuple[int, ...] | None:
    """The shape of lists in lists; None if their lengths differ."""
    try:
        return np.shape(value)
    except ValueError:
        return None


def joined(rotation: np.ndarray, translation: np.ndarray) -> np.ndarray:
    """Joins a rotation `[3, 3]` and a translation `[3]` to `[4, 4]`."""
    extrinsics = np.eye(4)
    extrinsics[:3, :3], extrinsics[:3, 3] = rotation, translation
    return extrinsics


def short(value: Any) -> str:
    """A value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]} …"


def _fits(value: object, shape: tuple[int | None, ...]) -> bool:
    if shape:
        if not isinstance(value, list | tuple) or shape[0] not in (None, len(value)):
            return False
        return all(_fits(each, shape[1:]) for each in value)
    if isinstance(value, bool | np.bool_) or not isinstance(value, kinds.Real):
        return False
    try:
        return abs(float(value)) < GREATEST
    except OverflowError:  # a whole number above 1e308
        return False
