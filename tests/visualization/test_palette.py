"""Colors are distinct, saturated and stable."""

import itertools

import numpy as np
import pytest

from tfkeypoints.visualization import palette


def test_color_k_does_not_depend_on_the_number_of_keypoints():
    np.testing.assert_array_equal(palette(10), palette(32)[:10])


def test_every_two_of_32_colors_differ_visibly():
    colors = palette(32).astype(float)
    assert colors.shape == (32, 3)
    assert min(np.abs(a - b).sum() for a, b in itertools.combinations(colors, 2)) > 40


def test_no_color_is_grey():
    assert np.ptp(palette(32).astype(int), axis=1).min() > 60


def test_changing_the_answer_does_not_change_the_next_one():
    palette(4)[:] = 0
    assert palette(4).any()


def test_no_keypoints_is_an_error():
    with pytest.raises(ValueError, match="num_keypoints=0"):
        palette(0)
