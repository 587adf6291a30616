"""DANNCE's and Label3D's .mat, compared with MATLAB's formula for points as rows, whose first pixel is (1, 1)."""

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse

from tests.cameras.files import rig
from tfkeypoints.calibration import read_calibration

SKEW = 2.5
MATRICES = rig.MATRICES + [[0, SKEW, 1], [0, 0, 1], [0, 0, 0]]


def table(index, radial=3):
    k1, k2, p1, p2, k3 = rig.PINHOLE[index]
    return {
        "K": MATRICES[index].T,
        "RDistort": np.array([[k1, k2, k3][:radial]]),
        "TDistort": np.array([[p1, p2]]),
        "r": rig.ROTATIONS[index].T,
        "t": rig.TRANSLATIONS[index][None],
    }


def in_matlab(index):
    """[x y w] = [X 1] [r; t], then the lens, then K: worldToImage with ApplyDistortion."""
    of = table(index)
    camera = np.column_stack([rig.POINTS, np.ones(len(rig.POINTS))]) @ np.concatenate([of["r"], of["t"]])
    x, y = (camera[:, :2] / camera[:, 2:]).T
    (k1, k2, k3), (p1, p2) = of["RDistort"][0], of["TDistort"][0]
    square = x**2 + y**2
    factor = 1 + k1 * square + k2 * square**2 + k3 * square**3
    bent = [
        x * factor + 2 * p1 * x * y + p2 * (square + 2 * x**2),
        y * factor + p1 * (square + 2 * y**2) + 2 * p2 * x * y,
    ]
    return (np.stack([*bent, np.ones_like(x)], -1) @ of["K"])[:, :2]


def cell(items):
    found = np.empty((len(items), 1), object)
    for index, item in enumerate(items):
        found[index, 0] = item
    return found


def session(path, tables=None, **more):
    tables = [table(index) for index in range(3)] if tables is None else tables
    sizes = np.array(rig.SIZES)[:, ::-1].astype(float)
    scipy.io.savemat(path, {"camParams": cell(tables), "imageSize": sizes, **more})
    return path


def session_7_3(path):
    """Writes the session as MATLAB 7.3 does: HDF5 after 512 bytes, arrays by columns, cells of references."""
    with h5py.File(path, "w", userblock_size=512) as file:
        references = file.create_group("#refs#")
        cells = []
        for index in range(3):
            struct = references.create_group(f"camera{index}")
            for key, value in table(index).items():
                struct.create_dataset(key, data=value.T)
            cells.append(struct.ref)
        file.create_dataset("camParams", data=np.array([cells], h5py.ref_dtype), dtype=h5py.ref_dtype)
        file.create_dataset("imageSize", data=np.array(rig.SIZES)[:, ::-1].T.astype(float))
        names = []
        for name in rig.NAMES:
            text = references.create_dataset(f"name_{name}", data=np.array([[ord(each)] for each in name], np.uint16))
            text.attrs["MATLAB_class"] = np.bytes_("char")
            names.append(text.ref)
        file.create_dataset("camnames", data=np.array([names], h5py.ref_dtype), dtype=h5py.ref_dtype)
    with open(path, "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64")
    return path


@pytest.mark.parametrize("write", [session, session_7_3])
def test_points_are_rows_and_the_first_pixel_is_1_1(tmp_path, write):
    found = read_calibration(write(tmp_path / "session.mat"))
    expected = ("Camera1", "Camera2", "Camera3") if write is session else rig.NAMES
    assert found.names == expected
    np.testing.assert_array_equal(found.sizes, rig.SIZES)
    np.testing.assert_allclose(found.project(rig.POINTS), [in_matlab(index) - 1 for index in range(3)], atol=1e-6)


def test_two_radial_coefficients_are_enough(tmp_path):
    found = read_calibration(session(tmp_path / "a.mat", [table(index, radial=2) for index in range(3)]))
    assert [lens.coefficients for lens in found.lenses] == [tuple(lens[:4]) for lens in rig.PINHOLE.tolist()]


def test_compressed_files_and_arrays_of_structs_are_read_too(tmp_path):
    tables = np.empty(3, [(key, object) for key in table(0)])
    for index in range(3):
        tables[index] = tuple(table(index).values())
    scipy.io.savemat(tmp_path / "a.mat", {"video": np.zeros((50, 50)), "params": tables}, do_compression=True)
    found = read_calibration(tmp_path / "a.mat")
    np.testing.assert_allclose(found.project(rig.POINTS), [in_matlab(index) - 1 for index in range(3)], atol=1e-6)


def test_numbers_may_be_stored_whole(tmp_path):
    """MATLAB stores a double array of small whole numbers in bytes."""
    tables = [table(index) | {"t": np.array([[index, 2, 3]], np.uint8)} for index in range(3)]
    found = read_calibration(session(tmp_path / "a.mat", tables))
    np.testing.assert_array_equal(found.extrinsics[:, :3, 3], [[0, 2, 3], [1, 2, 3], [2, 2, 3]])


def test_names_of_the_cameras(tmp_path):
    names = np.empty((1, 3), object)
    names[0] = ["left", "middle", "right"]
    assert read_calibration(session(tmp_path / "a.mat", camnames=names)).names == rig.NAMES


def without(key, index=1):
    return [{k: v for k, v in table(each).items() if each != index or k != key} for each in range(3)]


def changed(index=1, **values):
    return [table(each) | (values if each == index else {}) for each in range(3)]


def test_dannce_itself_writes_no_size(tmp_path):
    scipy.io.savemat(tmp_path / "dannce.mat", {"params": cell([table(index) for index in range(3)])})
    found = read_calibration(tmp_path / "dannce.mat")
    np.testing.assert_array_equal(found.sizes, np.zeros((3, 2)))
    np.testing.assert_allclose(found.project(rig.POINTS), [in_matlab(index) - 1 for index in range(3)], atol=1e-6)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (without("RDistort"), "camera `Camera2` should hold .*RDistort"),
        (without("r"), "rotation once, as r or R"),
        (changed(R=np.eye(3)), "rotation once, as r or R"),
        (changed(k1=0.5), "k1"),
        (changed(K=MATRICES[1]), "camera `Camera2`: `Kᵀ` seems to be transposed"),
        (changed(K=np.array([[600.0, 0, 0], [0, 600, 0], [300, 200, 2]])), "last row of `Kᵀ`"),
        (changed(r=-np.eye(3)), "camera `Camera2`: `rᵀ` should be a rotation"),
        (changed(RDistort=np.array([[0.1]])), "`RDistort` should be"),
        (changed(TDistort=np.array([[0.1, np.nan]])), "`TDistort` should be 2 finite"),
        (changed(t=np.zeros((1, 4))), "`t` should be 3 finite"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, tables, message):
    with pytest.raises(ValueError, match=message) as error:
        read_calibration(session(tmp_path / "a.mat", tables))
    assert "a.mat" in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"com": np.zeros(3)}, "should hold params or camParams. Received: neither"),
        ({"params": cell([table(0)]), "camParams": cell([table(0)])}, "should hold params or camParams"),
        ({"params": np.zeros(3)}, "camera `Camera1` should hold K"),
    ],
)
def test_a_file_without_cameras_is_named(tmp_path, content, message):
    scipy.io.savemat(tmp_path / "a.mat", content)
    with pytest.raises(ValueError, match=message):
        read_calibration(tmp_path / "a.mat")


@pytest.mark.parametrize("write", [session, session_7_3])
def test_a_file_that_is_cut_off_is_named(tmp_path, write):
    path = write(tmp_path / "a.mat")
    data = path.read_bytes()
    for part in (0.2, 0.5, 0.9):
        path.write_bytes(data[: int(len(data) * part)])
        with pytest.raises(ValueError, match=r"a\.mat should be a whole MAT-file"):
            read_calibration(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"params": cell([table(0) | {"t": np.array([[1 + 1j, 2, 3]])}])},
            r"`params\.t` should hold 1 × 3 real numbers",
        ),
        ({"params": scipy.sparse.eye(3)}, "`params` is of class 5"),
        ({"params": np.empty((0, 0), object)}, "should hold cameras. Received: none"),
    ],
)
def test_what_no_camera_file_holds_is_named(tmp_path, content, message):
    scipy.io.savemat(tmp_path / "a.mat", content)
    with pytest.raises(ValueError, match=message):
        read_calibration(tmp_path / "a.mat")


def test_what_stands_between_variables_is_damage(tmp_path):
    """Bytes of zero in place of a variable are no variable to pass over: what came behind it is not read any more."""
    path = session(tmp_path / "a.mat")
    data = path.read_bytes()
    last = data.rindex(b"imageSize") - 40  # where its element begins: 8 bytes, flags 16, shape 16, then its name's 8
    last = next(at for at in range(last, last - 24, -8) if data[at : at + 4] == b"\x0e\0\0\0")
    path.write_bytes(data[:last] + bytes(len(data) - last))
    with pytest.raises(ValueError, match=r"a\.mat.*an element of type 0 where a variable should be"):
        read_calibration(path)
