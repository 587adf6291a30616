"""Checks of cameras and rotations, and the words for what is wrong with them. NumPy only."""

import numpy as np

RIGID_TOLERANCE = 1e-3
"""The largest |RᵀR - I| of a rotation: four decimals in a calibration file make an error of about 1e-4."""


def rotation_fault(matrix):
    """Tells what makes a matrix no rotation.

    Args:
        matrix: `[3, 3]` numbers.

    Returns:
        Words to stand after "Received:", or None for a rotation: RᵀR = I within `RIGID_TOLERANCE`, det R = 1.

    Example:
        >>> rotation_fault([[1, 0, 0], [0, 1, 0], [0, 0, -1]])
        'det R = -1, a reflection'
    """
    matrix = np.asarray(matrix, np.float64)
    if not np.isfinite(matrix).all():
        return f"R = {matrix.tolist()}, not finite"
    deviation = np.abs(matrix.T @ matrix - np.eye(3)).max()
    if deviation > RIGID_TOLERANCE:
        return f"max |RᵀR - I| = {deviation:.3g}, R = {matrix.tolist()}"
    if np.linalg.det(matrix) < 0:
        return "det R = -1, a reflection"
    return None


def check_rotations(name, matrices):
    """Raises a ValueError unless all of `matrices` `[..., 3, 3]` are rotations; `name` is the argument's."""
    matrices = np.asarray(matrices)
    for index in np.ndindex(matrices.shape[:-2]):
        fault = rotation_fault(matrices[index])
        if fault:
            where = f"at {list(index)} " if index else ""
            raise ValueError(f"`{name}` must be a rotation: RᵀR = I and det R = 1. Received: {where}{fault}")
