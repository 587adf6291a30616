"""Checks of cameras: what is right passes, and what is wrong is said in words."""

import subprocess
import sys

import numpy as np
import pytest

from tests import reference
from tfkeypoints.geometry import checks


def changed(matrix, index, value):
    matrix = np.array(matrix, float)
    matrix[index] = value
    return matrix


PINHOLE = np.array([[2.0, 0.1, -0.3], [0, 3, 0.2], [0, 0, 1]])
POSE = np.eye(4)
POSE[:3, :3], POSE[:3, 3] = reference.axis_rotation([1, -2, 0.5], 0.7), [0.1, -0.2, 5]


def test_cameras_pass_in_either_precision(rng):
    intrinsics, extrinsics = reference.random_cameras(rng, (5,))
    for dtype in ("float32", "float64"):
        checks.check_intrinsics(intrinsics.astype(dtype))
        checks.check_extrinsics(extrinsics.astype(dtype))
        checks.check_rotations("matrix", extrinsics[:, :3, :3].astype(dtype))


def test_a_rotation_of_three_decimals_passes_and_one_of_two_does_not():
    deviation = np.abs(np.round(POSE[:3, :3], 2).T @ np.round(POSE[:3, :3], 2) - np.eye(3)).max()
    assert checks.rotation_fault(np.round(POSE[:3, :3], 3)) is None
    assert f"max |RᵀR - I| = {deviation:.3g}" in checks.rotation_fault(np.round(POSE[:3, :3], 2))


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (np.diag([1, 1, 1.1, 1]), "max |RᵀR - I| = 0.21"),
        (POSE * [1, 1, -1, 1], "det R = -1, a reflection"),
        (-np.eye(4) + np.diag([0, 0, 0, 2]), "det R = -1, a reflection"),
        (POSE.T, "last row [0.1, -0.2, 5.0, 1.0] (it seems to be transposed)"),
        (changed(POSE, (3, 3), 2), "last row [0.0, 0.0, 0.0, 2.0]"),
        (changed(POSE, (1, 3), np.inf), "entries that are not finite, [["),
        (changed(POSE, (0, 2), np.nan), "entries that are not finite, [["),
    ],
)
def test_a_pose_that_is_not_rigid_is_described(matrix, words):
    assert checks.extrinsics_fault(matrix).startswith(words)
    with pytest.raises(ValueError, match="`extrinsics` must be rigid, world to camera") as error:
        checks.check_extrinsics([POSE, matrix])
    assert f"Received: in view 1 {words}" in str(error.value)


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (changed(PINHOLE, (1, 1), -3), "focal lengths [2.0, -3.0]"),
        (changed(PINHOLE, (0, 0), 0), "focal lengths [0.0, 3.0]"),
        (changed(PINHOLE, (1, 0), 0.01), "0.01 in row 1, column 0"),
        (changed(PINHOLE, (2, 2), 0), "last row [0.0, 0.0, 0.0]"),
        (changed(PINHOLE, (0, 0), np.nan), "entries that are not finite, [["),
        (PINHOLE.T, "last row [-0.3, 0.2, 1.0] (it seems to be transposed)"),
    ],
)
def test_intrinsics_of_no_pinhole_are_described(matrix, words):
    assert checks.intrinsics_fault(matrix).startswith(words)
    with pytest.raises(ValueError, match="`intrinsics` must have positive focal lengths") as error:
        checks.check_intrinsics([PINHOLE, matrix], names=["left", "right"])
    assert f"Received: in right {words}" in str(error.value)


def test_a_wrong_shape_and_the_place_in_a_batch_are_named():
    with pytest.raises(ValueError, match=r"`extrinsics` must be rigid.*Received: shape \(2, 3, 4\)"):
        checks.check_extrinsics([POSE[:3], POSE[:3]])
    with pytest.raises(ValueError, match=r"in view 1, 0 det R = -1, a reflection"):
        checks.check_rotations("matrix", [[np.eye(3), np.eye(3)], [-np.eye(3), np.eye(3)]])


def test_checks_do_not_load_tensorflow():
    code = "import sys; from tfkeypoints.geometry import checks; assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
