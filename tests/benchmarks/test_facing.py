"""Tests of what decides the facing of two views together."""

import numpy as np

from tests import reference


def test_points_that_are_turned_and_moved_fit(rng):
    import facing

    points = rng.normal(size=(5, 8, 3))
    rotations = reference.random_cameras(rng, (5,))[1][:, :3, :3]
    moved = points @ rotations.swapaxes(1, 2) + rng.normal(size=(5, 1, 3))
    np.testing.assert_allclose(facing.misfit(points, moved), 0, atol=1e-6)
    mirrored = moved * [1, 1, -1]
    assert facing.misfit(points, mirrored).min() > 0.1


def test_the_facings_whose_points_fit_are_chosen_unless_the_views_say_otherwise(rng):
    import facing

    points = rng.normal(size=(2, 1, 2, 8, 3))
    points[0, 0, 0] = points[1, 0, 1]  # the first view told right, and the second left
    undecided = np.zeros((1, 2))
    assert facing.together(undecided, points, weight=1.0).tolist() == [[True, False]]
    sure = np.array([[-1.0, 1.0]])
    assert facing.together(sure, points, weight=0.0).tolist() == [[True, False]]
    assert facing.together(sure, points, weight=9.0).tolist() == [[False, True]]
