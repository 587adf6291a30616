"""Cameras around the table."""

import numpy as np
import pytest

from tfkeypoints.rendering.scenes import cameras


def eyes(extrinsics):
    return -np.einsum("...ji,...j->...i", extrinsics[..., :3, :3], extrinsics[..., :3, 3])


@pytest.mark.parametrize("num_views", [1, 3, 5])
def test_standing_cameras_share_a_circle_and_see_the_target_in_their_middle(num_views):
    intrinsics, extrinsics = cameras.standing_cameras(num_views)
    assert intrinsics.shape == (num_views, 3, 3)
    assert intrinsics.dtype == extrinsics.dtype == np.float32
    target = extrinsics[:, :3, :3] @ cameras.TARGET + extrinsics[:, :3, 3]
    np.testing.assert_allclose(target, np.tile([0, 0, cameras.DISTANCE], (num_views, 1)), atol=1e-6)
    azimuth = np.unwrap(np.arctan2(*(eyes(extrinsics) - cameras.TARGET)[:, 1::-1].T))
    np.testing.assert_allclose(np.diff(azimuth), np.full(num_views - 1, 2 * np.pi / num_views), atol=1e-5)
    assert eyes(extrinsics)[0, 0] > 1  # the first one is opposite the arm


def test_swaying_cameras_move_smoothly_each_by_itself_and_still_see_the_target():
    _, extrinsics = cameras.swaying_cameras(np.random.default_rng(0), 3, 25)
    assert extrinsics.shape == (25, 3, 4, 4)
    target = extrinsics[..., :3, :3] @ cameras.TARGET + extrinsics[..., :3, 3]
    np.testing.assert_allclose(target[..., :2], 0, atol=1e-6)
    places = eyes(extrinsics)
    assert places.std(axis=0).max(axis=1).min() > 0.02
    assert np.linalg.norm(np.diff(places, axis=0), axis=-1).max() < 0.25
    gaps = np.linalg.norm(places[:, 0] - places[:, 1], axis=-1)
    assert np.ptp(gaps) > 0.02
