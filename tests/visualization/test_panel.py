"""A panel shows each camera's images and maps, in the keypoints' colors and places."""

import numpy as np
import pytest

from tfkeypoints.visualization import draw_keypoints, keypoint_panel, palette

TILE, GAP, LINE = 60, 6, 20


def outputs(views=2, num_keypoints=2, size=16):
    rng = np.random.default_rng(0)
    return {
        "uv": rng.uniform(-0.8, 0.8, (views, num_keypoints, 2)),
        "confidence": np.ones((views, num_keypoints)),
        "heatmaps": np.zeros((views, 6, 12, num_keypoints)),
        "gaussian_maps": np.zeros((views, 6, 12, num_keypoints)),
        "reconstruction": rng.uniform(0, 1, (views, size // 2, size, 3)),
        "target": np.ones((views, size // 2, size, 3)),
    }


def tile(panel, view, column, height=TILE // 2):
    top = LINE + view * (LINE + height) + LINE
    left = GAP + column * (TILE + GAP)
    return panel[top : top + height, left : left + TILE]


def test_a_row_a_camera_with_points_maps_reconstruction_and_target():
    images = np.random.default_rng(1).integers(0, 256, (2, 8, 16, 3), np.uint8)
    answer = outputs()
    panel = keypoint_panel(images, answer, tile=TILE)
    assert panel.shape == (LINE + 2 * (LINE + TILE // 2) + GAP, 5 * (TILE + GAP) + GAP, 3)
    for view in range(2):
        drawn = draw_keypoints(images[view], answer["uv"][view], size=TILE)
        np.testing.assert_array_equal(tile(panel, view, 0), drawn)
        assert (tile(panel, view, 4) == 255).all()
    mean = [tile(panel, view, 3).mean() / 255 for view in range(2)]
    np.testing.assert_allclose(mean, answer["reconstruction"].mean((1, 2, 3)), atol=0.02)


def test_maps_are_tinted_at_their_peaks_in_the_colors_of_their_keypoints():
    answer = outputs()
    answer["heatmaps"][0, 1, 3, 0] = 0.3
    answer["heatmaps"][0, 4, 10, 1] = 0.01  # shown like the other: relative to its own peak
    answer["gaussian_maps"][1, 2, 2, 0] = 2.0
    answer["gaussian_maps"][1, 5, 8, 1] = 0.2  # a tenth of the highest of its camera: hardly seen
    panel = keypoint_panel(np.zeros((2, 8, 16, 3), np.uint8), answer, tile=TILE)
    heatmaps = tile(panel, 0, 1).astype(int)
    for (row, column), color in zip([(1, 3), (4, 10)], palette(2).astype(int), strict=True):
        distance = np.abs(heatmaps - color).sum(-1)
        np.testing.assert_allclose(
            np.unravel_index(distance.argmin(), distance.shape), (5 * row + 2, 5 * column + 2), atol=2
        )
        assert distance.min() < 60
    gaussians, paper = tile(panel, 1, 2).astype(int), tile(panel, 1, 1)[0, 0].astype(int)
    strong, weak = (np.abs(gaussians[5 * row + 2, 5 * column + 2] - paper).sum() for row, column in [(2, 2), (5, 8)])
    assert strong > 4 * weak > 0


def test_what_is_missing_or_does_not_fit_is_named():
    images, answer = np.zeros((2, 8, 16, 3), np.uint8), outputs()
    with pytest.raises(ValueError, match="target"):
        keypoint_panel(images, {name: values for name, values in answer.items() if name != "target"})
    with pytest.raises(ValueError, match="uv"):
        keypoint_panel(images, answer | {"uv": answer["uv"][:1]})
    with pytest.raises(ValueError, match="heatmaps"):
        keypoint_panel(images, answer | {"heatmaps": np.full((2, 6, 12, 2), np.nan)})
    with pytest.raises(ValueError, match="`camera_names` must hold 2"):
        keypoint_panel(images, answer, camera_names=["left"])
    with pytest.raises(ValueError, match="`images`"):
        keypoint_panel(images[0], answer)
