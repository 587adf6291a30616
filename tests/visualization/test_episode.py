"""Frames of an episode carry keypoints, their trails, landmarks and words."""

import numpy as np
import pytest

from tfkeypoints.visualization import draw_keypoints, episode_frames, palette

LINE, BESIDE = 20, 4


def picture(frame, view, tile=100):
    left = view * (tile + BESIDE)
    return frame[LINE : LINE + tile, left : left + tile]


def moving(count=6, views=2):
    images = np.full((count, views, 16, 16, 3), 90, np.uint8)
    uv = np.zeros((count, views, 1, 2))
    uv[..., 0] = np.linspace(-0.8, 0.8, count)[:, None, None]
    uv[:, 1, :, 1] = 0.5
    return images, uv


def test_the_first_frame_has_no_trail_and_shows_each_camera_with_its_keypoints():
    images, uv = moving()
    frames = episode_frames(images, uv, tile=100)
    assert frames.shape == (6, 100 + 2 * LINE, 2 * 100 + BESIDE, 3)
    assert frames.dtype == np.uint8
    for view in range(2):
        np.testing.assert_array_equal(picture(frames[0], view), draw_keypoints(images[0, view], uv[0, view], size=100))


def test_a_trail_leads_back_where_the_keypoint_was_and_fades():
    images, uv = moving()
    frames = episode_frames(images, uv, tile=100, trail=4)
    color = palette(1)[0].astype(int)
    row, columns = 49, ((uv[:, 0, 0, 0] + 1) * 50).astype(int)
    line = np.abs(picture(frames[5], 0)[row].astype(int) - color).sum(-1)
    between = (columns[:-1] + columns[1:]) // 2
    faded = line[between]
    assert (np.diff(faded[1:]) < 0).all()  # the nearer to now, the more like the keypoint's color
    assert faded[0] == np.abs(90 - color).sum()  # five frames ago: gone
    assert (picture(frames[5], 0)[row + 8, : columns[4]] == 90).all()


def test_landmarks_are_crosses_over_the_keypoints():
    images, uv = moving()
    landmarks = np.zeros((6, 2, 1, 2))
    landmarks[..., 1] = -0.6
    frames = episode_frames(images, uv, landmarks, tile=100)
    assert (picture(frames[3], 0)[18:22, 48:52] > 200).any()
    assert (picture(frames[3], 1)[18:22, 48:52] > 200).any()
    without = episode_frames(images, uv, tile=100)
    changed = (picture(frames[3], 0) != picture(without[3], 0)).any(-1)
    assert changed[:, :40].sum() == 0
    assert (frames[3, -LINE:] != without[3, -LINE:]).any()  # the legend says what the crosses are


def test_points_far_away_are_left_out_without_harm():
    images, uv = moving()
    frames = episode_frames(images, uv + 1e6, uv - 1e6, tile=50)
    assert (picture(frames[0], 0, 50) == 90).all()


def test_a_keypoint_that_is_not_known_is_left_out_and_its_trail_broken():
    images, uv = moving()
    uv[3, 0] = np.nan
    frames = episode_frames(images, uv, tile=100)
    assert (picture(frames[3], 0)[45:55, 52:] == 90).all()
    line = picture(frames[4], 0)[49]
    columns = ((uv[:, 0, 0, 0] + 1) * 50).astype(float)
    assert (line[int(columns[1]) : int(columns[2])] != 90).any(-1).all()
    assert (line[int(columns[2]) + 6 : int(columns[4]) - 6] == 90).all()


def test_frames_are_numbered():
    images, uv = moving()
    frames = episode_frames(images, np.zeros_like(uv), tile=100)
    assert (frames[0, -LINE:] != frames[1, -LINE:]).any()


def test_shapes_that_do_not_fit_are_named():
    images, uv = moving()
    with pytest.raises(ValueError, match="`images`"):
        episode_frames(images[0], uv)
    with pytest.raises(ValueError, match=r"`uv` must have shape \[6, 2, number, 2\]"):
        episode_frames(images, uv[:5])
    with pytest.raises(ValueError, match="`landmarks_uv`"):
        episode_frames(images, uv, uv[:, :1])
    with pytest.raises(ValueError, match="`camera_names` must hold 2"):
        episode_frames(images, uv, camera_names=["left"])
