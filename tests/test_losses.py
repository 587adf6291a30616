import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tfkeypoints import losses


@pytest.fixture
def views(rng):
    """Three examples of four views of seven points, with their cameras; points agree over the views."""
    intrinsics, extrinsics = reference.random_cameras(rng, (3, 4))
    points = rng.uniform(-1, 1, (3, 7, 3))
    uv, depth = np.zeros((3, 4, 7, 2)), np.zeros((3, 4, 7, 1))
    for b, v, k in np.ndindex(3, 4, 7):
        uv[b, v, k], depth[b, v, k] = reference.project(points[b, k], intrinsics[b, v], extrinsics[b, v])
    return points, uv, depth, intrinsics, extrinsics


def camera_points(points, extrinsics):
    return np.einsum("bvij,bkj->bvki", extrinsics[..., :3, :3], points) + extrinsics[:, :, None, :3, 3]


def gradient_of(function, array):
    variable = tf.constant(array)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        value = tf.reduce_sum(function(variable))
    return tape.gradient(value, variable).numpy()


def test_reconstruction_is_the_mean_squared_error_of_each_example(rng):
    images, rebuilt = rng.uniform(size=(2, 2, 3, 4, 5, 3))
    expected = [np.mean([(a - b) ** 2 for a, b in zip(images[i].flat, rebuilt[i].flat, strict=True)]) for i in (0, 1)]
    np.testing.assert_allclose(losses.reconstruction(images, rebuilt), expected)


def test_reconstruction_counts_each_pixel_by_its_weight(rng):
    images, rebuilt = rng.uniform(size=(2, 2, 3, 4, 5, 3))
    weights = rng.uniform(0, 4, (2, 3, 4, 5, 1))
    expected = np.zeros(2)
    for b, v, i, j in np.ndindex(2, 3, 4, 5):
        error = images[b, v, i, j] - rebuilt[b, v, i, j]
        expected[b] += weights[b, v, i, j, 0] * (error @ error) / (3 * 4 * 5 * 3)
    np.testing.assert_allclose(losses.reconstruction(images, rebuilt, weights), expected)
    np.testing.assert_allclose(losses.reconstruction(images, rebuilt, 2.0), 2 * losses.reconstruction(images, rebuilt))


def test_views_that_agree_are_consistent(rng):
    points = np.repeat(rng.normal(size=(2, 1, 5, 3)), 4, axis=1)
    np.testing.assert_array_equal(losses.multiview_consistency(points), [0, 0])


def test_consistency_is_the_mean_squared_distance_over_ordered_pairs_of_views(rng):
    points = rng.normal(size=(2, 4, 5, 3))
    expected = np.zeros(2)
    for b, n, m, k in np.ndindex(2, 4, 4, 5):
        expected[b] += np.linalg.norm(points[b, n, k] - points[b, m, k]) ** 2 / (4 * 3) / 5
    np.testing.assert_allclose(losses.multiview_consistency(points), expected)
    np.testing.assert_array_equal(losses.multiview_consistency(points[:, :1]), [0, 0])


def test_consistency_pulls_each_view_towards_the_others_held_fixed(rng):
    points = rng.normal(size=(1, 3, 5, 3))
    pull = [sum(points[:, n] - points[:, m] for m in range(3)) for n in range(3)]
    expected = 2 * np.stack(pull, 1) / (3 * 2) / 5
    np.testing.assert_allclose(gradient_of(losses.multiview_consistency, points), expected)


def test_inverse_separation_is_the_mean_over_all_pairs(rng):
    points = rng.normal(0, 0.3, (2, 4, 3))
    expected = np.zeros(2)
    for b, i, j in np.ndindex(2, 4, 4):
        expected[b] += 1 / (20 * np.linalg.norm(points[b, i] - points[b, j]) ** 2 + 1) / 16
    np.testing.assert_allclose(losses.separation_inverse(points, sharpness=20.0), expected)


def test_inverse_separation_is_one_where_points_coincide_and_has_a_finite_gradient():
    points = np.ones((2, 3, 3), "float32")
    np.testing.assert_allclose(losses.separation_inverse(points), [1, 1])
    np.testing.assert_array_equal(gradient_of(losses.separation_inverse, points), 0 * points)
    np.testing.assert_allclose(losses.separation_inverse(1e6 * np.eye(3)[None]), [1 / 3], rtol=1e-6)


def test_reprojection_of_agreeing_views_costs_nothing(views):
    _, uv, depth, *cameras = views
    np.testing.assert_allclose(losses.reprojection_consistency(uv, depth, *cameras), np.zeros(3), atol=1e-20)


def test_reprojection_is_the_sum_over_ordered_pairs_of_views(views, rng):
    _, uv, depth, intrinsics, extrinsics = views
    uv = uv + rng.normal(0, 0.1, uv.shape)
    expected = np.zeros(3)
    for b, n, m, k in np.ndindex(3, 4, 4, 7):
        point = reference.unproject(uv[b, n, k], depth[b, n, k, 0], intrinsics[b, n], extrinsics[b, n])
        found, _ = reference.project(point, intrinsics[b, m], extrinsics[b, m])
        expected[b] += (n != m) * ((found - uv[b, m, k]) ** 2).sum() / 7 / 3
    np.testing.assert_allclose(losses.reprojection_consistency(uv, depth, intrinsics, extrinsics), expected)


def test_reprojection_of_a_single_view_costs_nothing(views):
    single = [each[:, :1] for each in views[1:]]
    np.testing.assert_allclose(losses.reprojection_consistency(*single), np.zeros(3), atol=1e-20)


def test_a_single_view_costs_nothing_even_behind_the_camera_or_where_points_lie_on_a_line(views, rng):
    _, uv, depth, *cameras = [each[:, :1] for each in views]
    np.testing.assert_array_equal(losses.reprojection_consistency(uv, -depth, *cameras), np.zeros(3))
    two_points = rng.normal(size=(4, 1, 2, 3))
    np.testing.assert_array_equal(losses.relative_pose(two_points, np.tile(np.eye(4), (4, 1, 1, 1))), np.zeros(4))


def test_true_points_imply_the_true_pose(views):
    points, *_, extrinsics = views
    np.testing.assert_allclose(losses.relative_pose(camera_points(points, extrinsics), extrinsics), 0, atol=1e-6)


def test_pose_error_is_the_mean_angle_over_pairs(views, rng):
    points, *_, extrinsics = views
    found = camera_points(points, extrinsics) + rng.normal(0, 0.3, (3, 4, 7, 3))
    expected = np.zeros(3)
    for b in range(3):
        for n in range(4):
            for m in range(n):
                truth = extrinsics[b, m, :3, :3] @ extrinsics[b, n, :3, :3].T
                expected[b] += reference.rotation_angle(reference.kabsch(found[b, n], found[b, m]), truth) / 6
    np.testing.assert_allclose(losses.relative_pose(found, extrinsics), expected, rtol=1e-6)


def test_pose_of_a_turned_view_is_off_by_the_turn(views):
    points, *_, extrinsics = views
    found = camera_points(points, extrinsics)[:, :2]
    found[:, 1] = found[:, 1] @ reference.axis_rotation([1, 1, 0], 0.25).T
    np.testing.assert_allclose(losses.relative_pose(found, extrinsics[:, :2]), 0.25, atol=1e-6)


@pytest.mark.parametrize("shape", ["coincident", "collinear"])
def test_pose_of_degenerate_points_has_a_finite_gradient(views, shape):
    extrinsics = views[-1].astype("float32")
    points = np.ones((3, 4, 7, 3), "float32")
    if shape == "collinear":
        points *= np.arange(7, dtype="float32")[:, None]
    gradient = gradient_of(lambda x: losses.relative_pose(x, extrinsics), points)
    assert np.isfinite(losses.relative_pose(points, extrinsics)).all()
    assert np.isfinite(gradient).all()


def test_gradients_agree_with_finite_differences(views, rng):
    uv, depth, intrinsics, extrinsics = (each[:1, :2] for each in views[1:])
    points = rng.uniform(-1, 1, (1, 2, 5, 3))
    cameras = intrinsics, extrinsics
    for function, array in [
        (lambda x: losses.reprojection_consistency(x, depth, *cameras)[0], uv + 0.1),
        (lambda x: losses.relative_pose(x, extrinsics)[0], points),
        (lambda x: losses.reconstruction(x, x[..., ::-1], x[:, :1])[0], points),
        (lambda x: losses.separation_hinge(x, delta=2.0)[0], points[0, :1]),
        (lambda x: losses.separation_inverse(x, sharpness=3.0)[0], points[0, :1]),
        (lambda x: losses.volume(x)[0], points[0, :1]),
        (lambda x: losses.variance(x)[0], points[..., :1]),
        (lambda x: losses.orientation(x, *cameras)[0], points[:, :, :2, :2]),
    ]:
        numeric = reference.numeric_gradient(function, array)
        np.testing.assert_allclose(gradient_of(function, array), numeric, rtol=1e-5, atol=1e-7)


def test_separation_by_hand():
    points = np.array([[[0, 0, 0], [0.1, 0, 0], [0, 0.2, 0], [5, 5, 5]]], "float32")
    close = (0.05 - 0.01) + (0.05 - 0.04) + 0  # pairs 01, 02; 12 lies exactly at √0.05
    np.testing.assert_allclose(losses.separation_hinge(points, delta=0.05), [close / 4], atol=1e-7)


def test_separation_of_coincident_points_is_delta_a_pair_and_has_a_finite_gradient():
    points = np.ones((2, 3, 3), "float32")
    np.testing.assert_allclose(losses.separation_hinge(points, delta=0.2), [0.2, 0.2], rtol=1e-6)
    assert np.isfinite(gradient_of(losses.separation_hinge, points)).all()


def test_volume_is_minus_the_log_of_the_product_of_the_deviations_along_the_principal_axes(rng):
    points = rng.normal(size=(2, 9, 3)) * [1, 2, 3]
    deviations = [np.linalg.svd(each - each.mean(0), compute_uv=False) / 3 for each in points]
    np.testing.assert_allclose(losses.volume(points), -np.log(deviations).sum(1), rtol=1e-3)
    turned = points @ reference.random_rotation(rng).T + [5, 6, 7]
    np.testing.assert_allclose(losses.volume(turned), losses.volume(points), rtol=1e-6)


@pytest.mark.parametrize("deviations", [(1, 1, 1e-3), (1, 0, 0), (0, 0, 0)])
def test_volume_of_flat_points_is_finite_and_its_gradient_pulls_them_apart(deviations, rng):
    points = rng.normal(size=(1, 6, 3)) * deviations
    assert np.isfinite(losses.volume(points)).all()
    gradient = gradient_of(losses.volume, points)
    assert np.isfinite(gradient).all()
    apart = points - points.mean(1, keepdims=True)
    assert (np.sum(gradient * apart, 1) <= 0).all()


def test_silhouette_is_the_mean_log_of_the_mass_on_the_object(rng):
    heatmaps = rng.uniform(size=(2, 3, 4, 5, 6))
    heatmaps /= heatmaps.sum((2, 3), keepdims=True)
    mask = (rng.uniform(size=(2, 3, 4, 5)) > 0.4).astype(float)
    expected = [
        np.mean([-np.log((heatmaps[b, v, :, :, k] * mask[b, v]).sum()) for v in range(3) for k in range(6)])
        for b in range(2)
    ]
    np.testing.assert_allclose(losses.silhouette(heatmaps, mask), expected, rtol=1e-4)


def test_silhouette_of_heatmaps_off_the_object_is_finite_with_finite_gradient():
    heatmaps = np.zeros((1, 1, 4, 4, 2), "float32")
    heatmaps[:, :, 0, 0] = 1
    mask = np.zeros((1, 1, 4, 4), "float32")
    np.testing.assert_allclose(losses.silhouette(heatmaps, mask), [-np.log(losses.LOG_GUARD)], rtol=1e-5)
    assert np.isfinite(gradient_of(lambda x: losses.silhouette(x, mask), heatmaps)).all()


def test_coverage_is_the_mean_log_of_the_mixture_around_each_cell_of_the_object(rng):
    heatmaps = rng.uniform(size=(2, 3, 4, 5, 6))
    heatmaps /= heatmaps.sum((2, 3), keepdims=True)
    mask = rng.uniform(size=(2, 3, 4, 5))
    expected = np.zeros(2)
    for b in range(2):
        for v, row, column in np.ndindex(3, 4, 5):
            around = heatmaps[b, v, max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2].mean()
            expected[b] -= mask[b, v, row, column] * np.log(around) / mask[b].sum()
    np.testing.assert_allclose(losses.coverage(heatmaps, mask), expected)


def test_a_part_that_no_heatmap_has_found_still_pulls():
    logits = np.zeros((1, 1, 6, 6, 2), "float32")
    logits[:, :, 0, 0] = 50
    mask = np.zeros((1, 1, 6, 6), "float32")
    mask[:, :, 0, 0] = mask[:, :, 5, 5] = 1

    def loss(logits):
        return losses.coverage(tf.reshape(tf.nn.softmax(tf.reshape(logits, [1, 1, 36, 2]), 2), logits.shape), mask)

    gradient = gradient_of(loss, logits)
    assert np.isfinite(gradient).all()
    assert (gradient[0, 0, 4:, 4:] < -0.01).all()


def test_coverage_without_an_object_is_nothing():
    heatmaps = np.full((2, 1, 4, 4, 3), 1 / 16, "float32")
    mask = np.zeros((2, 1, 4, 4), "float32")
    np.testing.assert_array_equal(losses.coverage(heatmaps, mask), [0, 0])
    assert np.isfinite(gradient_of(lambda x: losses.coverage(x, mask), heatmaps)).all()


def test_variance_is_the_mean_squared_spread():
    std = np.array([[[[0.1], [0.3]]], [[[0.0], [2.0]]]])
    np.testing.assert_allclose(losses.variance(std), [0.05, 2.0])


def test_orientation_is_the_mean_squared_distance_to_the_projected_axis(views, rng):
    *_, intrinsics, extrinsics = views
    uv_axis = rng.uniform(-1, 1, (3, 4, 2, 2))
    expected = np.zeros(3)
    for b, v, end in np.ndindex(3, 4, 2):
        truth, _ = reference.project(np.array([1.0 - 2 * end, 0, 0]), intrinsics[b, v], extrinsics[b, v])
        expected[b] += ((truth - uv_axis[b, v, end]) ** 2).sum() / 8
    np.testing.assert_allclose(losses.orientation(uv_axis, intrinsics, extrinsics), expected)
