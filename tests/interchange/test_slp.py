"""SLEAP's file, read back by sleap-io, and its cameras by this library."""

import dataclasses

import numpy as np
import pytest

from tests.interchange.conftest import UNKNOWN
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.cameras.reading import read_calibration
from tfkeypoints.interchange import slp


def test_sleap_io_reads_cameras_what_they_saw_and_world_points(poses, tmp_path):
    sleap_io = pytest.importorskip("sleap_io")
    (path,) = slp.write(tmp_path / "keypoints", poses)
    labels = sleap_io.load_slp(str(path), open_videos=False)
    assert labels.skeletons[0].node_names == list(poses.names)
    (session,) = labels.sessions
    assert session.metadata["unit"] == "mm"
    cameras = {camera.name: camera for camera in session.cameras}
    assert list(cameras) == ["left", "right", "top"]
    for view, (name, camera) in enumerate(cameras.items()):
        video = session.get_video(camera)
        names = video.filename if name == "top" else [video.filename]
        assert [each.endswith(path.as_posix()) for each, path in zip(names, poses.layout.sources[view], strict=True)]
        seen = {frame.frame_idx: frame.instances[0] for frame in labels.find(video)}
        assert len(seen) == (6 if name == "right" else 7)
        for time, number in enumerate(poses.layout.source_frames[:, view]):
            if number >= 0:
                np.testing.assert_array_equal(seen[number].numpy(), poses.pixels[time, view])
                np.testing.assert_array_equal(seen[number].points["score"], poses.confidence[time, view])
    for time in range(7):
        (group,) = session.frame_groups[time].instance_groups
        if time == UNKNOWN:
            assert group.points is None and len(group.instances) == 2
        else:
            np.testing.assert_array_equal(group.points, poses.points[time])
            np.testing.assert_array_equal(group.instance_3d.point_scores, poses.score[time])


def test_its_cameras_project_as_they_did(poses, tmp_path):
    pytest.importorskip("sleap_io")
    (path,) = slp.write(tmp_path / "keypoints", poses)
    points = poses.points[0]
    expected = poses.layout.calibration.project(points)
    np.testing.assert_allclose(read_calibration(path).project(points), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("lens", [Lens("fisheye", (0.1, 0, 0, 0)), Lens("pinhole", (0.1, 0, 0, 0, 0, 0.1, 0, 0))])
def test_lenses_that_it_has_no_place_for_are_refused(layout, lens):
    assert slp.needs(layout) is None
    calibration = dataclasses.replace(layout.calibration, lenses=(Lens(), lens, Lens()))
    assert "`right` has" in slp.needs(dataclasses.replace(layout, calibration=calibration))
