"""Agreement between views against loops in plain NumPy and values made by hand."""

import numpy as np
import pytest

from tfkeypoints.metrics import consistency


def project(point, intrinsics, extrinsics):
    x, y, z = extrinsics[:3, :3] @ point + extrinsics[:3, 3]
    return np.array([intrinsics[0, 0] * x / z + intrinsics[0, 2], intrinsics[1, 1] * y / z + intrinsics[1, 2]])


def cameras(examples, views):
    rng = np.random.default_rng(5)
    intrinsics = np.tile(np.diag([3.0, 4.0, 1.0]), (examples, views, 1, 1))
    intrinsics[..., :2, 2] = rng.normal(0, 0.1, (examples, views, 2))
    rotation, _ = np.linalg.qr(rng.normal(size=(examples, views, 3, 3)))
    extrinsics = np.tile(np.eye(4), (examples, views, 1, 1))
    extrinsics[..., :3, :3] = rotation * np.sign(np.linalg.det(rotation))[..., None, None]
    extrinsics[..., 2, 3] = 10
    return intrinsics, extrinsics


def test_spread_of_one_keypoint_is_the_root_mean_square_distance_from_its_mean():
    points = np.zeros((1, 3, 1, 3))
    points[0, :, 0, 0] = [0, 3, 6]
    np.testing.assert_allclose(consistency.spread_3d(points), [np.sqrt(6)])


def test_spread_is_averaged_over_keypoints_and_kept_apart_for_examples():
    points = np.zeros((2, 2, 2, 3))
    points[0, 1, 0] = [0, 2, 0]
    points[0, 1, 1] = [0, 0, 4]
    np.testing.assert_allclose(consistency.spread_3d(points), [1.5, 0])


def test_spacing_is_the_distance_to_the_nearest_other_keypoint_of_the_same_view():
    points = np.zeros((2, 2, 3, 3))
    points[0, :, :, 0] = [[0, 1, 3], [0, 4, 5]]
    np.testing.assert_allclose(consistency.keypoint_spacing(points), [((1 + 1 + 2) / 3 + (4 + 1 + 1) / 3) / 2, 0])


def test_spacing_of_a_single_keypoint_is_refused():
    with pytest.raises(ValueError, match="two or more keypoints"):
        consistency.keypoint_spacing(np.zeros((1, 2, 1, 3)))


def test_disagreement_is_the_mean_distance_from_the_mean_of_the_views():
    points = np.random.default_rng(1).normal(size=(2, 3, 4, 3))
    distances = [
        [np.linalg.norm(points[n, v, k] - points[n, :, k].mean(0)) for v in range(3) for k in range(4)]
        for n in range(2)
    ]
    np.testing.assert_allclose(consistency.view_disagreement(points), np.mean(distances, axis=1))
    np.testing.assert_allclose(consistency.view_disagreement(points[:, :1]), 0)


def test_reprojection_error_agrees_with_a_loop_over_ordered_pairs_of_views():
    rng = np.random.default_rng(0)
    intrinsics, extrinsics = cameras(2, 3)
    points, uv = rng.normal(size=(2, 3, 4, 3)), rng.uniform(-1, 1, (2, 3, 4, 2))
    expected = np.zeros(2)
    for n in range(2):
        distances = [
            np.linalg.norm(
                (project(points[n, source, k], intrinsics[n, view], extrinsics[n, view]) - uv[n, view, k]) * [80, 30]
            )
            for source in range(3)
            for view in range(3)
            for k in range(4)
            if source != view
        ]
        expected[n] = np.mean(distances)
    actual = consistency.reprojection_error(points, uv, intrinsics, extrinsics, width=160, height=60)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_reprojection_error_is_zero_for_one_set_of_world_points():
    rng = np.random.default_rng(1)
    intrinsics, extrinsics = cameras(3, 2)
    points = np.repeat(rng.normal(size=(3, 1, 5, 3)), 2, axis=1)
    uv = np.array(
        [[[project(x, intrinsics[n, v], extrinsics[n, v]) for x in points[n, v]] for v in range(2)] for n in range(3)]
    )
    actual = consistency.reprojection_error(points, uv, intrinsics, extrinsics, 64, 64)
    np.testing.assert_allclose(actual, 0, atol=1e-9)


def test_a_keypoint_hits_the_silhouette_if_its_own_pixel_is_covered():
    alpha = np.zeros((1, 1, 2, 4), np.uint8)
    alpha[0, 0, 1, 2] = 7
    centre = [(2 * 2 + 1) / 4 - 1, (2 * 1 + 1) / 2 - 1]
    uv = [centre, [centre[0] + 0.24, centre[1] + 0.49], [centre[0] + 0.26, centre[1]], [centre[0], centre[1] - 0.51]]
    assert consistency.silhouette_hit_rate([[uv]], alpha).tolist() == [0.5]


def test_keypoints_outside_the_image_miss_even_where_the_border_is_covered():
    uv = [[[[-1.01, 0.0], [0.0, 1.01], [5.0, -5.0], [0.99, -1.0]]]]
    assert consistency.silhouette_hit_rate(uv, np.ones((1, 1, 3, 5))).tolist() == [0.25]


def test_orientation_is_right_when_the_signs_of_prediction_and_projection_agree():
    intrinsics = np.tile(np.diag([3.0, 3.0, 1.0]), (1, 4, 1, 1))
    forward_to_the_right = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 5], [0, 0, 0, 1.0]])
    forward_to_the_left = np.diag([-1.0, -1.0, 1.0, 1.0]) @ forward_to_the_right
    extrinsics = [[forward_to_the_right, forward_to_the_right, forward_to_the_left, forward_to_the_left]]
    right, left = [[0.4, 0.0], [-0.4, 0.9]], [[-0.1, 0.0], [0.2, 0.0]]
    accuracy = consistency.orientation_accuracy([[right, left, left, left]], intrinsics, extrinsics)
    assert accuracy.tolist() == [0.75]


def test_a_single_view_cannot_be_compared():
    intrinsics, extrinsics = cameras(2, 1)
    with pytest.raises(ValueError, match="at least two views"):
        consistency.spread_3d(np.ones((2, 1, 4, 3)))
    with pytest.raises(ValueError, match="at least two views"):
        consistency.reprojection_error(np.ones((2, 1, 4, 3)), np.ones((2, 1, 4, 2)), intrinsics, extrinsics, 8, 8)


def test_sizes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="alpha"):
        consistency.silhouette_hit_rate(np.zeros((2, 2, 3, 2)), np.ones((2, 1, 8, 8)))
    with pytest.raises(ValueError, match="width=0"):
        consistency.reprojection_error(np.ones((1, 2, 4, 3)), np.ones((1, 2, 4, 2)), *cameras(1, 2), 0, 8)
    with pytest.raises(ValueError, match="not empty"):
        consistency.spread_3d(np.ones((0, 2, 4, 3)))
