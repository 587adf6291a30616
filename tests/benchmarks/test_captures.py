"""The photos of the benchmark of captures show what their camera files say."""

import numpy as np
import pytest

from tfkeypoints.data.captures.find import read_capture

pytest.importorskip("embreex", reason="embreex is not installed (extra `rendering`)")


def test_landmarks_fall_on_the_object_through_lens_and_scale(tmp_path):
    import capture_photos

    from tfkeypoints.rendering import shapes, views

    shape = shapes.make("chairs", np.random.default_rng(3))
    _, poses = views.sample_cameras(np.random.default_rng(4), 4, distance=5.0)
    cameras = capture_photos.cameras(poses, np.random.default_rng(5), capture_photos.LENS)
    capture_photos.write(tmp_path / "chair", shape.mesh, cameras, masks=True, scales=(1, 2), absent=2)
    capture = read_capture(tmp_path / "chair")
    assert "2 of 6 cameras have no photo: images/lost_0.png, images/lost_1.png" in capture.remarks
    pixels = capture.calibration.project(np.asarray(shape.landmarks))
    for photo, places in zip(capture.photos, pixels, strict=True):
        rows, columns = np.nonzero(photo.read()[..., 3])
        gaps = np.abs(places[:, None] - np.stack([columns, rows], -1)).max(-1).min(1)
        assert gaps.max() <= 1.0
