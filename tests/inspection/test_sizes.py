"""Pixels of images that were scaled, cut or turned, taken back to those of the calibration by hand."""

import numpy as np
import pytest

from tfkeypoints.inspection.sizes import makings


def back(matrix, pixel):
    return (matrix[:, :2] @ pixel + matrix[:, 2]).tolist()


def test_half_the_size_keeps_the_corners_of_the_image():
    way = makings((320, 240), (640, 480))
    assert back(way["resized"], [-0.5, -0.5]) == [-0.5, -0.5]
    assert back(way["resized"], [319.5, 239.5]) == [639.5, 479.5]


def test_a_square_that_was_fitted_into_a_wide_image_has_bars():
    way = makings((160, 100), (200, 200))
    bars = next(matrix for name, matrix in way.items() if "bars of 30.0" in name)
    assert back(bars, [29.5, -0.5]) == [-0.5, -0.5]
    assert back(bars, [129.5, 99.5]) == [199.5, 199.5]


def test_parts_that_were_cut_out_are_shifted():
    ways = makings((100, 80), (120, 80))
    cut = {name: matrix for name, matrix in ways.items() if name.startswith("cut out")}
    assert [back(matrix, [0, 0]) for matrix in cut.values()] == [[10, 0], [0, 0], [20, 0]]


def test_quarter_turns():
    """Of an image of 3 × 2 pixels, the first pixel comes to the right upper corner, or to the left lower one."""
    clockwise, counterclockwise = makings((2, 3), (3, 2)).values()
    assert back(clockwise, [1, 0]) == pytest.approx([0, 0])
    assert back(counterclockwise, [0, 2]) == pytest.approx([0, 0])
    assert np.linalg.det(clockwise[:, :2]) == np.linalg.det(counterclockwise[:, :2]) == 1  # turned, not mirrored
