"""OpenSim's markers, read by a parser of the format's description: five rows of header, then tabs between numbers."""

import dataclasses

import numpy as np
import pytest

from tests.interchange.conftest import UNKNOWN
from tfkeypoints.interchange import trc


def parsed(path):
    """The header as a dict, the names, and the table with NaN for what is empty."""
    lines = path.read_text().split("\n")
    assert lines[0].split("\t")[:3] == ["PathFileType", "4", "(X/Y/Z)"]
    header = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    names = lines[3].split("\t")[2::3]
    places = lines[4].split("\t")[2:]
    assert places == [f"{axis}{number}" for number in range(1, len(names) + 1) for axis in "XYZ"]
    rows = [[float(cell) if cell else np.nan for cell in line.split("\t")] for line in lines[5:] if line]
    return header, names, np.array(rows)


def test_markers_have_y_up_a_rate_a_unit_and_times(poses, tmp_path):
    (path,) = trc.write(tmp_path / "keypoints", poses)
    header, names, table = parsed(path)
    assert header["Units"] == "mm"
    assert [float(header[name]) for name in ("DataRate", "CameraRate", "OrigDataRate")] == [25, 25, 25]
    assert [header[name] for name in ("NumFrames", "NumMarkers", "OrigNumFrames")] == ["7", "4", "7"]
    assert names == list(poses.names)
    assert table[:, 0].tolist() == [10, 11, 12, 13, 15, 16, 17]
    np.testing.assert_allclose(table[:, 1], [0, 0.04, 0.08, 0.12, 0.2, 0.24, 0.28], atol=1e-9)
    x, y, z = np.moveaxis(table[:, 2:].reshape(7, 4, 3), -1, 0)
    np.testing.assert_allclose(y, poses.points[..., 2], rtol=1e-11)  # up is up
    np.testing.assert_allclose(np.stack([z, x], -1), poses.points[..., :2], rtol=1e-11)
    assert np.isnan(x[UNKNOWN]).all() and "nan" not in path.read_text()


def test_the_axes_keep_their_hand():
    assert np.linalg.det(np.eye(3)[trc.AXES]) == pytest.approx(1)


def test_a_unit_and_times_are_asked_for(layout):
    assert trc.needs(layout) is None
    assert "--unit" in trc.needs(dataclasses.replace(layout, unit=None))
    assert "--fps" in trc.needs(dataclasses.replace(layout, times=None))
