"""Layout of contact sheets and heatmap panels."""

import numpy as np
import pytest

from tfkeypoints.visualization import contact_sheet, draw_keypoints, heatmap_panel, palette


def test_a_sheet_shows_every_view_as_draw_keypoints_draws_it():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 2, 8, 8, 4), np.uint8)
    uv = rng.uniform(-0.5, 0.5, (2, 2, 3, 2))
    sheet = contact_sheet(images, uv, tile=50)
    windows = np.lib.stride_tricks.sliding_window_view(sheet, (50, 50, 3))[:, :, 0]
    for number in range(2):
        for view in range(2):
            picture = draw_keypoints(images[number, view], uv[number, view], size=50)
            assert (windows == picture).all((-1, -2, -3)).any()


@pytest.mark.parametrize("objects", [1, 2, 5, 7, 12, 30])
def test_a_sheet_has_room_for_all_and_no_empty_row(objects):
    sheet = contact_sheet(np.zeros((objects, 2, 4, 4, 4), np.uint8), np.zeros((objects, 2, 1, 2)), tile=40)
    rows, columns = (sheet.shape[0] - 6) // 46, (sheet.shape[1] - 6) // 87
    assert (rows - 1) * columns < objects <= rows * columns


def test_titles_add_a_strip_above_each_object():
    images, uv = np.zeros((2, 1, 4, 4, 4), np.uint8), np.zeros((2, 1, 1, 2))
    plain, titled = contact_sheet(images, uv, tile=40), contact_sheet(images, uv, tile=40, titles=["a", "b"])
    assert titled.shape[0] > plain.shape[0]
    with pytest.raises(ValueError, match="`titles` must hold 2"):
        contact_sheet(images, uv, titles=["a"])


def test_a_heatmap_peaks_in_the_color_of_its_keypoint_at_its_own_place():
    heatmaps = np.zeros((4, 8, 2), np.float32)
    heatmaps[1, 6, 0] = 0.2
    heatmaps[3, 1, 1] = 0.01
    panel = heatmap_panel(np.zeros((32, 64, 4), np.uint8), heatmaps, tile=80)
    tiles = [panel[6:46, 92:172], panel[52:92, 6:86]]
    for tile, (row, column), color in zip(tiles, [(1, 6), (3, 1)], palette(2), strict=True):
        difference = np.abs(tile.astype(int) - color).sum(-1)
        peak = np.unravel_index(difference.argmin(), difference.shape)
        np.testing.assert_allclose(peak, (10 * row + 4.5, 10 * column + 4.5), atol=5)
        assert difference.min() < 60


def test_shapes_that_do_not_fit_are_named():
    images = np.zeros((2, 3, 4, 4, 4), np.uint8)
    with pytest.raises(ValueError, match="`images`"):
        contact_sheet(images[0], np.zeros((2, 3, 1, 2)))
    with pytest.raises(ValueError, match=r"\[2, 3, K, 2\]"):
        contact_sheet(images, np.zeros((3, 2, 1, 2)))
    with pytest.raises(ValueError, match="`heatmaps`"):
        heatmap_panel(images[0, 0], np.full((4, 4, 2), np.nan))
