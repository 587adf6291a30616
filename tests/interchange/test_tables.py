"""CSVs of anipose and DeepLabCut, read back as these programs and movement read them: by pandas."""

import csv

import numpy as np
import pytest

from tests.interchange.conftest import UNKNOWN
from tfkeypoints.interchange import anipose, dlc


def test_anipose_has_six_columns_a_point_and_an_identity(poses, tmp_path):
    (path,) = anipose.write(tmp_path / "keypoints", poses)
    assert path.name == "keypoints_anipose.csv"
    with open(path, newline="") as file:
        header = next(csv.reader(file))
    points = [f"{name}_{c}" for name in poses.names for c in ("x", "y", "z", "error", "ncams", "score")]
    moved = ["M_00", "M_01", "M_02", "M_10", "M_11", "M_12", "M_20", "M_21", "M_22", "center_0", "center_1", "center_2"]
    assert header == [*points, *moved, "fnum"]
    pandas = pytest.importorskip("pandas")
    table = pandas.read_csv(path)
    for k, name in enumerate(poses.names):
        found = table[[f"{name}_{axis}" for axis in "xyz"]].to_numpy()
        np.testing.assert_allclose(found, poses.points[:, k], rtol=1e-11)
        np.testing.assert_allclose(table[f"{name}_error"], poses.error[:, k], rtol=1e-11)
        np.testing.assert_array_equal(table[f"{name}_ncams"], poses.ncams[:, k])
        np.testing.assert_allclose(table[f"{name}_score"], poses.score[:, k], rtol=1e-11)
    assert table[moved].to_numpy().tolist() == [[1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]] * len(table)
    assert table["fnum"].tolist() == [10, 11, 12, 13, 15, 16, 17]
    assert np.isnan(table.loc[UNKNOWN, "nose_x"])


def test_deeplabcut_has_three_rows_of_header_in_3d_and_for_each_camera(poses, tmp_path):
    paths = dlc.write(tmp_path / "k", poses)
    assert [path.name for path in paths] == ["k_dlc_3d.csv", *(f"k_dlc_2d_{c}.csv" for c in ("left", "right", "top"))]
    pandas = pytest.importorskip("pandas")
    world, *views = (pandas.read_csv(path, header=[0, 1, 2], index_col=0) for path in paths)
    assert world.columns.names == ["scorer", "bodyparts", "coords"]
    assert world.columns.tolist() == [("tfkeypoints", name, axis) for name in poses.names for axis in "xyz"]
    assert world.index.tolist() == [10, 11, 12, 13, 15, 16, 17]
    np.testing.assert_allclose(world["tfkeypoints"]["tail base"], poses.points[:, 2], rtol=1e-11)
    for view, table in enumerate(views):
        for k, name in enumerate(poses.names):
            found = table["tfkeypoints"][name]
            assert found.columns.tolist() == ["x", "y", "likelihood"]
            np.testing.assert_allclose(found[["x", "y"]], poses.pixels[:, view, k], rtol=1e-11)
            np.testing.assert_allclose(found["likelihood"], poses.confidence[:, view, k], rtol=1e-11)


def test_places_far_from_the_origin_keep_their_digits(far, tmp_path):
    pandas = pytest.importorskip("pandas")
    table = pandas.read_csv(anipose.write(tmp_path / "k", far)[0])
    np.testing.assert_allclose(table[["Paw_x", "Paw_y", "Paw_z"]], far.points[:, 3], rtol=0, atol=1e-5)
