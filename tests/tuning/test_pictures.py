import pytest

pytest.importorskip("keras_tuner", reason="keras-tuner is not installed (extra `tuning`)")

import numpy as np

from tfkeypoints.tuning.pictures import keypoint_rows, objective_curve


def test_the_curve_marks_the_elbow():
    scores = {4: [9.0, 10.0], 8: [4.0, 5.0], 16: [4.0]}
    plain, marked = objective_curve(scores, "val_loss"), objective_curve(scores, "val_loss", 8)
    assert plain.dtype == np.uint8
    assert plain.shape == marked.shape
    assert (plain != marked).any()


def test_every_row_shows_the_same_images():
    images = np.zeros((3, 16, 16, 3), np.uint8)
    rows = {"K = 2": (np.zeros((3, 2, 2)), np.ones((3, 2))), "K = 5": (np.zeros((3, 5, 2)), np.ones((3, 5)))}
    picture = keypoint_rows(images, rows, tile=32)
    assert picture.shape == (2 * (20 + 32), 3 * 32, 3)
