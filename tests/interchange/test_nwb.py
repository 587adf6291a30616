"""NWB, read back by pynwb with ndx-pose, and checked against their schema."""

import dataclasses
import datetime

import numpy as np
import pytest

from tfkeypoints.interchange import nwb

UTC = datetime.timezone.utc


@pytest.fixture
def pynwb():
    pytest.importorskip("ndx_pose")
    return pytest.importorskip("pynwb")


def test_pynwb_reads_series_times_and_cameras(poses, tmp_path, pynwb):
    (path,) = nwb.write(tmp_path / "keypoints", poses)
    assert not pynwb.validate(path=str(path))
    with pynwb.NWBHDF5IO(str(path), "r") as file:
        content = file.read()
        assert content.session_start_time == datetime.datetime(1970, 1, 1, tzinfo=UTC)
        assert "stands in" in content.session_description
        behavior = content.processing["behavior"]
        estimation = behavior["PoseEstimation"]
        assert list(estimation.skeleton.nodes) == list(poses.names)
        for k, name in enumerate(poses.names):
            series = estimation[name]
            np.testing.assert_array_equal(series.data[:], poses.points[:, k])
            np.testing.assert_array_equal(series.confidence[:], poses.score[:, k])
            np.testing.assert_allclose(series.timestamps[:], poses.layout.times - 3, atol=1e-12)
            assert series.unit == "millimeters" and "world" in series.reference_frame
        np.testing.assert_array_equal(behavior["reprojection_error"].data[:], poses.error)
        np.testing.assert_array_equal(behavior["agreeing_cameras"].data[:], poses.ncams)
        calibration = poses.layout.calibration
        for view, name in enumerate(calibration.names):
            camera = content.devices[name]
            np.testing.assert_array_equal(camera.intrinsic_matrix[:], calibration.matrices[view])
            np.testing.assert_array_equal(camera.rotation_matrix[:], calibration.extrinsics[view, :3, :3])
            np.testing.assert_array_equal(camera.translation_vector[:], calibration.extrinsics[view, :3, 3])
        np.testing.assert_array_equal(content.devices["left"].distortion_coefficients[:], [-0.1, 0.02, 0.001, -0.002])


def test_times_since_1970_tell_when_it_began(poses, tmp_path, pynwb):
    layout = dataclasses.replace(poses.layout, times=poses.layout.times + 1_305_031_102, unit=None)
    (path,) = nwb.write(tmp_path / "k", dataclasses.replace(poses, layout=layout))
    with pynwb.NWBHDF5IO(str(path), "r") as file:
        content = file.read()
        assert content.session_start_time == datetime.datetime.fromtimestamp(1_305_031_105, UTC)
        assert content.processing["behavior"]["PoseEstimation"]["nose"].unit == "unknown"


def test_times_are_asked_for(layout):
    assert nwb.needs(layout) is None
    assert "--fps" in nwb.needs(dataclasses.replace(layout, times=None))
