"""JARVIS' folder of YAML files, compared with its own formula for points as rows."""

import numpy as np
import pytest

from tests.cameras.files import rig
from tests.cameras.formats.test_opencv_format import yaml
from tfkeypoints.calibration import read_calibration

LENSES = rig.PINHOLE * [1, 1, 0, 0, 0]  # JARVIS computes with two coefficients


def camera(index, **changes):
    return {
        "image_width": rig.SIZES[index][0],
        "image_height": rig.SIZES[index][1],
        "intrinsicMatrix": rig.MATRICES[index].T,
        "distortionCoefficients": LENSES[index][None],
        "R": rig.ROTATIONS[index].T,
        "T": rig.TRANSLATIONS[index][:, None],
    } | changes


def as_rows(record):
    """pixel · depth = ([X 1] [R; T]) K, then the lens about the principal point."""
    matrix, (k1, k2, *_) = record["intrinsicMatrix"], record["distortionCoefficients"][0]
    pose = np.concatenate([record["R"], record["T"].reshape(1, 3)])
    homogeneous = np.column_stack([rig.POINTS, np.ones(len(rig.POINTS))]) @ pose @ matrix
    centre, focal = matrix[2, :2], np.diag(matrix)[:2]
    offset = homogeneous[:, :2] / homogeneous[:, 2:] - centre
    square = ((offset / focal) ** 2).sum(1, keepdims=True)
    return offset * (1 + k1 * square + k2 * square**2) + centre


def write(folder, cameras):
    for name, record in cameras.items():
        (folder / f"{name}.yaml").write_text(yaml(record))
    return folder


def test_points_are_rows_and_matrices_transposed(tmp_path):
    records = {name: camera(index) for index, name in enumerate(rig.NAMES)}
    found = read_calibration(write(tmp_path, records))
    assert found.names == rig.NAMES
    np.testing.assert_array_equal(found.sizes, rig.SIZES)
    np.testing.assert_allclose(found.project(rig.POINTS), [as_rows(each) for each in records.values()], atol=1e-6)


def test_the_size_may_be_missing(tmp_path):
    records = {name: camera(index) for index, name in enumerate(rig.NAMES)}
    bare = {name: {key: each[key] for key in each if "image" not in key} for name, each in records.items()}
    found = read_calibration(write(tmp_path, bare))
    np.testing.assert_array_equal(found.sizes, np.zeros((3, 2)))
    np.testing.assert_allclose(found.project(rig.POINTS), [as_rows(each) for each in bare.values()], atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"intrinsicMatrix": rig.MATRICES[1]}, "camera `b`: `intrinsicMatrixᵀ` seems to be transposed"),
        ({"image_height": "tall"}, "camera `b`: `image_width, image_height`"),
        ({"k3": 0.1}, r"b\.yaml should hold .*k3"),
        ({"T": np.zeros((4, 1))}, "camera `b`: `T` should be 3"),
        ({"R": 2 * rig.ROTATIONS[1]}, "camera `b`: `Rᵀ` should be a rotation"),
        ({"intrinsicMatrix": 3}, "camera `b`: `intrinsicMatrix` should be 3 × 3"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, changes, message):
    folder = write(tmp_path, {"a": camera(0), "b": camera(1, **changes)})
    with pytest.raises(ValueError, match=message):
        read_calibration(folder)


def test_another_file_in_the_folder_is_not_left_out_silently(tmp_path):
    folder = write(tmp_path, {"a": camera(0)})
    (folder / "b.yaml").write_text("%YAML:1.0\n---\nK: 3\n")
    with pytest.raises(ValueError, match=r"b\.yaml should be a camera of JARVIS"):
        read_calibration(folder)
