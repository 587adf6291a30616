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


def test_a_camera_stands_as_high_as_it_was_placed():
    import facing

    from tfkeypoints.geometry import camera

    degrees = np.array([-10.0, 0.0, 4.0, 60.0])
    up, out = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    positions = 30 * np.stack([0.6 * out, -0.8 * out, up], -1)
    extrinsics = np.stack([camera.look_at(position, np.zeros(3), (0, 0, 1)) for position in positions])
    # float32: 30 units to 1e-7 of each, an angle of some 1e-6
    np.testing.assert_allclose(facing.elevation(extrinsics), degrees, atol=1e-3)


def test_pairs_with_a_view_from_near_the_ground_are_told_from_others():
    import facing

    extrinsics = np.tile(np.eye(4), (3, 2, 1, 1))
    extrinsics[..., :3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]  # upright, towards +y: from a level with the origin
    extrinsics[..., :3, 3] = [0, 0, 10]
    extrinsics[1:, :, :3, 3] = [0, 10, 10]  # 45° above
    rows = facing.by_elevation(np.array([60.0, 2.0, 4.0]), extrinsics).splitlines()[2:]
    assert [row.split(" | ")[1:] for row in rows] == [["1", "60.0", "60.0", "1 |"], ["2", "3.0", "3.0", "0 |"]]
