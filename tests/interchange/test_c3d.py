"""C3D, read back by ezc3d."""

import dataclasses

import numpy as np
import pytest

from tests.interchange.conftest import LACKING, UNKNOWN
from tfkeypoints.interchange import c3d


def test_ezc3d_reads_points_rate_unit_and_gaps(poses, tmp_path):
    ezc3d = pytest.importorskip("ezc3d")
    (path,) = c3d.write(tmp_path / "keypoints", poses)
    content = ezc3d.c3d(str(path))
    parameters = content["parameters"]["POINT"]
    assert parameters["LABELS"]["value"] == list(poses.names)
    assert parameters["UNITS"]["value"] == ["mm"]
    assert parameters["RATE"]["value"][0] == pytest.approx(25)
    points = np.transpose(content["data"]["points"][:3], (2, 1, 0))
    assert len(points) == 8
    np.testing.assert_allclose(np.delete(points, LACKING, 0), poses.points, rtol=1e-6)
    unknown = np.isnan(points).any((1, 2))
    assert np.flatnonzero(unknown).tolist() == [UNKNOWN, LACKING]
    residuals = content["data"]["meta_points"]["residuals"][0]
    assert (residuals[:, unknown] == -1).all() and (residuals[:, ~unknown] == 0).all()


def test_more_frames_than_16_bits_count_are_refused_before(layout):
    assert c3d.needs(layout) is None
    for frames, refused in ((65535, False), (65536, True)):
        many = dataclasses.replace(layout, frames=tuple(range(frames)), times=np.arange(frames) / 100)
        assert bool(c3d.needs(many)) is refused
    gap = dataclasses.replace(layout, times=np.array([0, 1, 2, 3, 4, 5, 70000.0]))
    assert "at most 65535 frames, dropped ones included, as it counts them by 16 bits; here are 70001" in c3d.needs(gap)


def test_a_unit_and_times_are_asked_for(layout):
    assert "--unit" in c3d.needs(dataclasses.replace(layout, unit=None))
    assert "--fps" in c3d.needs(dataclasses.replace(layout, times=None))


def test_points_that_32_bits_would_move_are_refused(far, tmp_path):
    pytest.importorskip("ezc3d")
    with pytest.raises(ValueError, match=r"cannot write C3D: it holds 32-bit numbers, which would move points by 0\.2"):
        c3d.write(tmp_path / "k", far)
    assert not list(tmp_path.iterdir())
