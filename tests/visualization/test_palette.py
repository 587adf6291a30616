"""Colours are distinct, saturated and stable."""

import itertools

import numpy as np
import pytest

from tfkeypoints.visualization import palette


def test_colour_k_does_not_depend_on_the_number_of_keypoints():
    np.testing.assert_array_equal(palette(10), palette(32)[:10])


def test_every_two_of_32_colours_differ_visibly():
    colours = palette(32).astype(float)
    assert colours.shape == (32, 3)
    assert min(np.abs(a - b).sum() for a, b in itertools.combinations(colours, 2)) > 40


def test_no_colour_is_grey():
    assert np.ptp(palette(32).astype(int), axis=1).min() > 60


def test_changing_the_answer_does_not_change_the_next_one():
    palette(4)[:] = 0
    assert palette(4).any()


def test_no_keypoints_is_an_error():
    with pytest.raises(ValueError, match="num_keypoints=0"):
        palette(0)
