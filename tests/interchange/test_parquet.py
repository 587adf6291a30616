"""pyarrow and pandas read what was written, whole or in pieces."""

import dataclasses
import json

import numpy as np
import pytest

from tests.interchange.conftest import FRAMES, UNKNOWN
from tfkeypoints.interchange import parquet
from tfkeypoints.interchange.poses import joined

pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed (extra `interchange`)")


def pieces(poses, *lengths):
    """The poses in pieces of so many frames."""
    first = 0
    for length in lengths:
        part = slice(first, first + length)
        arrays = ("points", "error", "ncams", "score", "pixels", "confidence")
        yield dataclasses.replace(
            poses, layout=poses.layout[part], **{name: getattr(poses, name)[part] for name in arrays}
        )
        first += length


def test_pandas_reads_a_row_a_frame_and_point(poses, tmp_path):
    pandas = pytest.importorskip("pandas")
    (path,) = parquet.write_pieces(tmp_path / "keypoints", pieces(poses, 3, 4))
    table = pandas.read_parquet(path)
    assert len(table) == FRAMES * 4
    assert table["frame"].tolist() == np.repeat([10, 11, 12, 13, 15, 16, 17], 4).tolist()
    assert table["point"].tolist() == list(poses.names) * FRAMES
    np.testing.assert_allclose(table["time"][::4], 3 + np.array([0, 1, 2, 3, 5, 6, 7]) / 25)
    np.testing.assert_array_equal(table[["x", "y", "z"]].to_numpy().reshape(FRAMES, 4, 3), poses.points)
    np.testing.assert_array_equal(table["ncams"].to_numpy().reshape(FRAMES, 4), poses.ncams)
    for name in ("error", "score"):
        np.testing.assert_array_equal(table[name].to_numpy().reshape(FRAMES, 4), getattr(poses, name))
    for view, camera in enumerate(poses.layout.calibration.names):
        seen = table[[f"x_pixel_{camera}", f"y_pixel_{camera}", f"confidence_{camera}"]].to_numpy()
        expected = np.concatenate([poses.pixels[:, view], poses.confidence[:, view, :, None]], -1)
        np.testing.assert_array_equal(seen.reshape(FRAMES, 4, 3), expected)


def test_units_axes_and_cameras_are_told_and_what_is_unknown_is_null(poses, tmp_path):
    (path,) = parquet.write_pieces(tmp_path / "keypoints", pieces(poses, FRAMES))
    table = pq.read_table(path)
    told = {name: table.schema.field(name).metadata for name in ("x", "x_pixel_left", "time")}
    assert told["x"] == {b"unit": b"mm", b"axes": b"world of the camera file"}
    assert told["x_pixel_left"][b"unit"] == b"pixel" and told["time"][b"unit"] == b"s"
    rig, found = poses.layout.calibration, json.loads(table.schema.metadata[b"tfkeypoints"])
    assert found["length_unit"] == "mm" and list(found["cameras"]) == list(rig.names)
    for view, camera in enumerate(found["cameras"].values()):
        assert camera["size"] == rig.sizes[view].tolist()
        np.testing.assert_array_equal(camera["matrix"], rig.matrices[view])
        np.testing.assert_array_equal(camera["extrinsics"], rig.extrinsics[view])
        assert (camera["lens"], tuple(camera["coefficients"])) == (rig.lenses[view].kind, rig.lenses[view].coefficients)
    assert table["x"].null_count == 4
    assert table["x"].is_null().to_numpy().reshape(FRAMES, 4).any(1).tolist() == [n == UNKNOWN for n in range(FRAMES)]


@pytest.mark.parametrize("lengths", [(7,), (1, 1, 5), (4, 3)])
def test_row_groups_hold_as_many_frames_however_the_pieces_come(poses, tmp_path, monkeypatch, lengths):
    monkeypatch.setattr(parquet, "GROUP_FRAMES", 3)
    (path,) = parquet.write_pieces(tmp_path / "keypoints", pieces(poses, *lengths))
    file = pq.ParquetFile(path)
    assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [12, 12, 4]
    assert file.read_row_group(1)["frame"].unique().to_pylist() == [13, 15, 16]
    frames = pq.read_table(path, filters=[("frame", ">=", 16)])["frame"].unique().to_pylist()
    assert frames == [16, 17]


def test_frames_may_have_names_and_no_times(poses, tmp_path):
    layout = dataclasses.replace(poses.layout, frames=("a", "b", *"cdefg"), times=None, unit=None)
    (path,) = parquet.write_pieces(tmp_path / "keypoints", [dataclasses.replace(poses, layout=layout)])
    table = pq.read_table(path)
    assert table["frame"].unique().to_pylist() == list("abcdefg") and "time" not in table.schema.names
    assert table.schema.field("x").metadata[b"unit"] == b"unit of the camera file"


def test_pieces_put_together_are_the_whole(poses):
    whole = joined(list(pieces(poses, 2, 5)))
    assert whole.layout.frames == poses.layout.frames
    np.testing.assert_array_equal(whole.layout.times, poses.layout.times)
    np.testing.assert_array_equal(whole.layout.source_frames, poses.layout.source_frames)
    np.testing.assert_array_equal(whole.points, poses.points)
    np.testing.assert_array_equal(whole.confidence, poses.confidence)
