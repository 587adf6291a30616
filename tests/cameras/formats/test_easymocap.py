"""EasyMocap's pair of files, in its writer's form."""

import functools

import numpy as np
import pytest

from tests.cameras.files import rig
from tests.cameras.formats import by_hand
from tfkeypoints.calibration import read_calibration

ROUNDED = 0.01  # pixels: the files hold six decimals


def matrix(key, value):
    rows, columns = value.shape
    data = ", ".join(f"{each:.6f}" for each in value.ravel())
    return [f"{key}: !!opencv-matrix", f"  rows: {rows}", f"  cols: {columns}", "  dt: d", f"  data: [{data}]"]


def fill(folder, change=lambda lines: lines, sized=True):
    """Writes both files."""
    intrinsics, extrinsics = ["%YAML:1.0", "---", "names:"], ["%YAML:1.0", "---", "names:"]
    for lines in (intrinsics, extrinsics):
        lines += [f'  - "{index:02d}"' for index in range(3)]
    for index in range(3):
        intrinsics += matrix(f"K_{index:02d}", rig.MATRICES[index])
        intrinsics += matrix(f"dist_{index:02d}", rig.PINHOLE[index][None])
        if sized:
            width, height = rig.SIZES[index]
            intrinsics += [f"H_{index:02d}: {height}", f"W_{index:02d}: {width}"]
        extrinsics += matrix(f"R_{index:02d}", rig.VECTORS[index][:, None])
        extrinsics += matrix(f"Rot_{index:02d}", rig.ROTATIONS[index])
        extrinsics += matrix(f"T_{index:02d}", rig.TRANSLATIONS[index][:, None])
    for name, lines in (("intri.yml", intrinsics), ("extri.yml", extrinsics)):
        (folder / name).write_bytes("".join(f"{line}\r\n" for line in change(lines)).encode())
    return folder


@pytest.fixture
def write(tmp_path):
    return functools.partial(fill, tmp_path)


@pytest.mark.parametrize("name", ["", "intri.yml", "extri.yml"])
def test_the_folder_and_each_of_its_files_hold_the_cameras(write, name):
    found = read_calibration(write() / name)
    assert found.names == ("00", "01", "02")
    np.testing.assert_array_equal(found.sizes, rig.SIZES)
    np.testing.assert_allclose(found.project(rig.POINTS), by_hand.rig_pixels(), atol=ROUNDED)


def test_the_size_may_be_missing(write):
    found = read_calibration(write(sized=False))
    np.testing.assert_array_equal(found.sizes, np.zeros((3, 2)))
    np.testing.assert_allclose(found.project(rig.POINTS), by_hand.rig_pixels(), atol=ROUNDED)


def replace(old, new, count=1):
    return lambda lines: "\n".join(lines).replace(old, new, count).split("\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (replace("K_01", "Q_01"), r"intri\.yml should hold names.*Q_01"),
        (replace("T_02", "T_03"), r"extri\.yml should hold names.*T_03"),
        (replace('- "02"', '- "01"'), "name each camera once"),
        (replace("dist_01", "D_00"), "K_00 and dist_00"),
        (replace("R_01: ", "Rvec_01: "), "Rvec_01"),
        (replace(f"{rig.VECTORS[1][0]:.6f}", "0.500000"), "camera `01`: R_01 and Rot_01 should say the same"),
        (replace("H_01: 600", ""), "both W_01 and H_01, or neither"),
        (replace("0.000000, 1.000000]", "0.000000, 2.000000]"), "camera `00`: the last row of `K_00`"),
    ],
)
def test_what_is_wrong_is_named(write, change, message):
    with pytest.raises(ValueError, match=message):
        read_calibration(write(change))


@pytest.mark.parametrize("name", ["intri.yml", "extri.yml"])
def test_one_file_alone_is_not_enough(write, name):
    folder = write()
    (folder / name).unlink()
    with pytest.raises(ValueError, match=rf"intri\.yml and extri\.yml. Received: no {name}"):
        read_calibration(folder)
