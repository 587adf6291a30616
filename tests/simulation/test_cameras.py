"""Tests of `simulation.cameras` that need no simulator."""

import numpy as np

from tfkeypoints.simulation import cameras


def test_ring_of_cameras_is_at_equal_distance_and_elevation():
    target = np.array([0.5, -1.0, 0.2])
    ring = cameras.ring(np.deg2rad([0.0, 90.0, 200.0]), np.deg2rad(30.0), 2.0, tuple(target), np.deg2rad(50.0))
    offsets = np.array([camera.eye for camera in ring]) - target
    np.testing.assert_allclose(np.linalg.norm(offsets, axis=1), 2.0)
    np.testing.assert_allclose(offsets[:, 2], 1.0)
    np.testing.assert_allclose(offsets[1], [0, np.sqrt(3), 1], atol=1e-12)
    np.testing.assert_allclose(np.rad2deg(np.arctan2(offsets[2, 1], offsets[2, 0])), -160.0)
    assert [camera.name for camera in ring] == ["view0", "view1", "view2"]
    assert all(camera.target == tuple(target) for camera in ring)


def test_an_image_is_as_wide_as_its_field_of_view_at_the_target():
    camera = cameras.Camera("view0", (3.0, 0.0, 1.0), (0.0, 0.0, 1.0), np.deg2rad(90.0))
    np.testing.assert_allclose(camera.width, 6.0)
