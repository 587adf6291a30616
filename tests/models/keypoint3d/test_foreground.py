import numpy as np
import pytest

from tfkeypoints.models.keypoint3d.foreground import foreground, pixel_weights


def bright_corner():
    """One example of one view, grey, 4 × 4 pixels: the first pixel is white, the second a little brighter than grey."""
    background = np.full((1, 1, 4, 4, 3), 0.5, "float32")
    target = background.copy()
    target[0, 0, 0, 0], target[0, 0, 0, 1] = 1.0, 0.55
    return {"target": target, "background": background}


def test_pixels_that_differ_count_more_and_the_mean_is_one():
    weights = pixel_weights(bright_corner(), 4.0).numpy()[0, 0, ..., 0]
    assert weights[0, 0] == pytest.approx(3 * weights[3, 3])
    assert weights.mean() == pytest.approx(1)


def test_without_a_weight_all_pixels_count_alike():
    assert pixel_weights(bright_corner(), 0.0) is None


def test_a_cell_is_foreground_by_the_share_of_its_pixels_that_differ():
    cells = foreground(bright_corner(), 2).numpy()[0, 0]
    np.testing.assert_allclose(cells, [[(1 + 0.5) / 4, 0], [0, 0]], atol=1e-5)
