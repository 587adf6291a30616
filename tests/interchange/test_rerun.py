"""rerun's recording, read back by rerun."""

import dataclasses

import numpy as np
import pytest

from tests.interchange.conftest import UNKNOWN
from tfkeypoints.interchange import rerun


@pytest.fixture
def read():
    """Reads the columns of each entity, as rerun does before 0.32 or from 0.41 on."""
    pytest.importorskip("rerun", reason="needs the extra rerun, half a gigabyte")

    def chunks(path):
        try:
            from rerun.chunk import RrdReader
        except ImportError:
            from rerun.recording import load_recording

            return load_recording(path).chunks()
        return RrdReader(path).stream().to_chunks()

    def columns(path):
        found = {}
        for each in chunks(path):
            batch = each.to_record_batch()
            found.setdefault(each.entity_path, {}).update(zip(batch.schema.names, batch.columns, strict=True))
        return found

    return columns


def positions(column, width):
    """A point a row; NaN where there is none."""
    rows = [np.array(row, float).reshape(-1, width) for row in column.to_pylist()]
    return np.array([row[0] if len(row) else np.full(width, np.nan) for row in rows])


def test_rerun_reads_points_times_and_cameras(poses, tmp_path, read):
    (path,) = rerun.write(tmp_path / "keypoints", poses)
    found, layout = read(path), poses.layout
    for k, name in enumerate(poses.names):
        point = found[f"/world/points/{name}".replace(" ", "\\ ")]
        np.testing.assert_allclose(positions(point["Points3D:positions"], 3), poses.points[:, k], rtol=1e-6)
        assert point["frame"].to_pylist() == [10, 11, 12, 13, 15, 16, 17]
        seconds = [each.total_seconds() for each in point["time"].to_pylist()]
        np.testing.assert_allclose(seconds, layout.times - 3, atol=1e-6)
    calibration = layout.calibration
    for view, name in enumerate(calibration.names):
        camera = found[f"/world/cameras/{name}"]
        matrix = np.array(camera["Pinhole:image_from_camera"].to_pylist()[0][0], float).reshape(3, 3).T
        rotation = np.array(camera["Transform3D:mat3x3"].to_pylist()[0][0], float).reshape(3, 3).T
        translation = np.array(camera["Transform3D:translation"].to_pylist()[0][0], float)
        inside = (poses.points[0] - translation) @ rotation  # into the camera: the transposed is the inverse
        assert (inside[:, 2] > 0).all()
        drawn = (inside / inside[:, 2:]) @ matrix.T
        pinhole = dataclasses.replace(calibration, lenses=())
        ideal = pinhole.project(poses.points[0])[view] + 0.5  # rerun's first pixel has its centre at (0.5, 0.5)
        np.testing.assert_allclose(drawn[:, :2], ideal, rtol=1e-4)
        seen = positions(found[f"/world/cameras/{name}/nose"]["Points2D:positions"], 2)
        assert np.isnan(seen).any(1).tolist() == [name == "right" and time == UNKNOWN for time in range(7)]
        back = dataclasses.replace(calibration, lenses=()).to_ideal(np.tile(seen[:1] - 0.5, (3, 1, 1)))
        np.testing.assert_allclose(calibration.to_recorded(back)[view, 0], poses.pixels[0, view, 0], rtol=0, atol=1e-3)


def test_points_that_32_bits_would_move_are_refused(far, tmp_path):
    pytest.importorskip("rerun")
    with pytest.raises(ValueError, match="cannot write rerun's recording: it holds 32-bit numbers"):
        rerun.write(tmp_path / "k", far)
