"""Reprojection errors, by distances that were put in."""

import dataclasses

import numpy as np
import pytest

from tfkeypoints.inference.agreement import TOLERANCE, agreement


@pytest.fixture
def tracks(make_tracks, calibration):
    """Two points in four frames, seen where they project."""
    tracks = make_tracks(4)
    pixels = calibration.project(tracks.keypoints.reshape(-1, 3)).reshape(2, 4, 2, 2)
    return dataclasses.replace(tracks, pixels=np.swapaxes(pixels, 0, 1))


def test_cameras_agree_up_to_a_part_of_their_images_diagonals(tracks, calibration):
    left, right = TOLERANCE * np.hypot([120, 50], [60, 80])
    shift = np.zeros((4, 2, 2, 2))  # frame, camera, point
    shift[1, 0, 0] = [0.6 * left, 0.79 * left]  # 0.992 of it
    shift[1, 1, 0, 0] = -0.5 * right
    shift[2, 0, 0, 1] = 1.01 * left
    shift[2, 1, 0, 1] = 0.25 * right
    shift[3, :, 0] = 10 * left
    error, ncams = agreement(dataclasses.replace(tracks, pixels=tracks.pixels + shift), calibration)
    assert ncams.tolist() == [[2, 2], [2, 2], [1, 2], [0, 2]]
    near = np.hypot(0.6, 0.79) * left
    expected = [0, (near + 0.5 * right) / 2, 0.25 * right, 10 * left * 2**0.5]
    np.testing.assert_allclose(error[:, 0], expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(error[:, 1], 0, rtol=0, atol=1e-9)


def test_what_no_camera_sees_has_no_error(tracks, calibration):
    tracks.pixels[1, 0] = np.nan
    tracks.pixels[2] = np.nan
    tracks.keypoints[3] = np.nan
    error, ncams = agreement(tracks, calibration)
    assert ncams[:, 0].tolist() == [2, 1, 0, 0]
    assert np.isnan(error).all(1).tolist() == [False, False, True, True]
    assert error[1].max() < 1e-9
