"""Checks of cameras and rotations that come from outside, and the words for what is wrong with them. NumPy only."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

RIGID_TOLERANCE = 1e-3
"""The largest |RᵀR - I| of a rotation: four decimals in a calibration file make an error of about 1e-4."""
EXACT = 1e-6
"""How far numbers that must be 0 or 1 may be from it."""
Test: TypeAlias = tuple[np.ndarray | np.bool_, Callable[[tuple[int, ...]], str]]
"""Which matrices are wrong, `[...]` bool, and a function from an index to the words for it."""


def rotation_fault(matrix: ArrayLike) -> str | None:
    """Tells what makes a matrix `[3, 3]` no rotation: RᵀR = I within `RIGID_TOLERANCE`, det R = 1.

    Returns:
        Words to stand after "Received:", or None for a rotation.

    Example:
        >>> rotation_fault([[1, 0, 0], [0, 1, 0], [0, 0, -1]])
        'det R = -1, a reflection'
    """
    return _first_fault(_rotation_tests, matrix, 3)


def extrinsics_fault(matrix: ArrayLike) -> str | None:
    """Tells, as `rotation_fault` does, what makes a matrix not rigid: [R t; 0 0 0 1], R a rotation, t finite."""
    return _first_fault(_extrinsics_tests, matrix, 4)


def intrinsics_fault(matrix: ArrayLike) -> str | None:
    """Tells, as `rotation_fault` does, what makes a matrix no pinhole: [fu s cu; 0 fv cv; 0 0 1] with fu, fv > 0."""
    return _first_fault(_intrinsics_tests, matrix, 3)


def check_rotations(name: str, matrices: ArrayLike) -> None:
    """Raises a ValueError unless all of `matrices` `[..., 3, 3]` are rotations; `name` is the argument's."""
    fault = _first_fault(_rotation_tests, matrices, 3)
    if fault:
        raise ValueError(f"`{name}` must be a rotation: RᵀR = I and det R = 1. Received: {fault}")


def check_extrinsics(extrinsics: ArrayLike, names: Sequence[str] | None = None) -> None:
    """Checks poses of cameras.

    Args:
        extrinsics: `[..., V, 4, 4]` numbers.
        names: V names for the message; "view 0", "view 1", … if None.

    Raises:
        ValueError: If one is not rigid. The message names it and says what is wrong.
    """
    fault = _first_fault(_extrinsics_tests, extrinsics, 4, names)
    if fault:
        raise ValueError(
            "`extrinsics` must be rigid, world to camera (x right, y down, z forward): [R t; 0 0 0 1] with RᵀR = I and "
            f"det R = +1. Received: {fault}"
        )


def check_intrinsics(intrinsics: ArrayLike, names: Sequence[str] | None = None) -> None:
    """Checks pinholes.

    Args:
        intrinsics: `[..., V, 3, 3]` numbers.
        names: V names for the message; "view 0", "view 1", … if None.

    Raises:
        ValueError: If one is none. The message names it and says what is wrong.
    """
    fault = _first_fault(_intrinsics_tests, intrinsics, 3, names)
    if fault:
        raise ValueError(
            "`intrinsics` must have positive focal lengths and the last row [0, 0, 1]: [fu s cu; 0 fv cv; 0 0 1]. "
            f"Received: {fault}"
        )


def _first_fault(
    tests: Callable[[np.ndarray], Iterator[Test]],
    matrices: ArrayLike,
    size: int,
    names: Sequence[str] | None = None,
) -> str | None:
    """Says what is wrong with the first matrix that fails the first failing test, and which one it is; None if none is.

    `tests` yields, of matrices `[..., size, size]`, which are wrong, and a function from an index to the words for it.
    """
    matrices = np.asarray(matrices, np.float64)
    if matrices.shape[-2:] != (size, size):
        return f"shape {matrices.shape}"
    for wrong, words in tests(matrices):
        if wrong.any():
            index = tuple(np.argwhere(wrong)[0].tolist())
            view = names[index[-1]] if names and index else f"view {', '.join(map(str, index))}"
            return f"in {view} {words(index)}" if index else words(index)
    return None


def _rotation_tests(matrices: np.ndarray) -> Iterator[Test]:
    yield ~np.isfinite(matrices).all((-2, -1)), lambda i: f"R = {matrices[i].tolist()}, not finite"
    deviations = np.abs(np.swapaxes(matrices, -2, -1) @ matrices - np.eye(3)).max((-2, -1))
    yield deviations > RIGID_TOLERANCE, lambda i: f"max |RᵀR - I| = {deviations[i]:.3g}, R = {matrices[i].tolist()}"
    yield np.linalg.det(matrices) < 0, lambda _: "det R = -1, a reflection"


def _extrinsics_tests(matrices: np.ndarray) -> Iterator[Test]:
    yield from _entry_tests(matrices)
    yield from _rotation_tests(matrices[..., :3, :3])


def _intrinsics_tests(matrices: np.ndarray) -> Iterator[Test]:
    yield from _entry_tests(matrices)
    yield np.abs(matrices[..., 1, 0]) > EXACT, lambda i: f"{matrices[i][1, 0]} in row 1, column 0, which must be 0"
    focal = np.stack([matrices[..., 0, 0], matrices[..., 1, 1]], -1)
    yield (focal <= 0).any(-1), lambda i: f"focal lengths {focal[i].tolist()}"


def _entry_tests(matrices: np.ndarray) -> Iterator[Test]:
    """Finite entries, and the last row of a unit matrix."""
    finite = np.isfinite(matrices)
    yield ~finite.all((-2, -1)), lambda i: f"entries that are not finite, {matrices[i].tolist()}"
    unit = np.eye(matrices.shape[-1])[-1]
    transposed = " (it seems to be transposed)"
    yield (
        (np.abs(matrices[..., -1, :] - unit) > EXACT).any(-1),
        lambda i: f"last row {matrices[i][-1].tolist()}{transposed * np.allclose(matrices[i][:, -1], unit)}",
    )
