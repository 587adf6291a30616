"""Angular error against rotations that are known by construction."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tfkeypoints.metrics import pose


def random_extrinsics(rng, examples, views):
    extrinsics = np.tile(np.eye(4), (examples, views, 1, 1))
    extrinsics[..., :3, :3] = Rotation.random(examples * views, rng).as_matrix().reshape(examples, views, 3, 3)
    extrinsics[..., :3, 3] = rng.normal(size=(examples, views, 3))
    return extrinsics


def to_camera(points_world, extrinsics):
    return np.einsum("nvij,nkj->nvki", extrinsics[..., :3, :3], points_world) + extrinsics[..., None, :3, 3]


def test_is_zero_for_the_same_rigid_points_in_every_view():
    rng = np.random.default_rng(0)
    extrinsics = random_extrinsics(rng, 5, 3)
    errors = pose.angular_error(to_camera(rng.normal(size=(5, 6, 3)), extrinsics), extrinsics)
    assert errors.shape == (5,)
    np.testing.assert_allclose(errors, 0, atol=1e-5)


def test_is_the_angle_by_which_the_points_of_one_view_are_turned():
    rng = np.random.default_rng(1)
    extrinsics = random_extrinsics(rng, 4, 2)
    points = to_camera(rng.normal(size=(4, 7, 3)), extrinsics)
    angles = np.array([1.0, 25.0, 90.0, 179.0])
    axes = rng.normal(size=(4, 3))
    axes /= np.linalg.norm(axes, axis=-1, keepdims=True)
    turn = Rotation.from_rotvec(np.radians(angles)[:, None] * axes).as_matrix()
    points[:, 1] = np.einsum("nij,nkj->nki", turn, points[:, 1]) + 3.0
    np.testing.assert_allclose(pose.angular_error(points, extrinsics), angles, atol=1e-5)


def test_is_the_mean_over_unordered_pairs_of_views():
    rng = np.random.default_rng(2)
    points = np.repeat(rng.normal(size=(1, 1, 5, 3)), 3, axis=1)
    points[0, 2] = points[0, 2] @ Rotation.from_euler("z", 30, degrees=True).as_matrix().T
    errors = pose.angular_error(points, np.tile(np.eye(4), (1, 3, 1, 1)))
    np.testing.assert_allclose(errors, [(0 + 30 + 30) / 3], atol=1e-5)


def test_agrees_with_scipy_on_unrelated_points():
    rng = np.random.default_rng(3)
    extrinsics = random_extrinsics(rng, 6, 2)
    points = rng.normal(size=(6, 2, 8, 3))
    expected = []
    for example in range(6):
        first, second = (each - each.mean(0) for each in points[example])
        implied, _ = Rotation.align_vectors(second, first)
        true = extrinsics[example, 1, :3, :3] @ extrinsics[example, 0, :3, :3].T
        expected.append(np.degrees((implied * Rotation.from_matrix(true).inv()).magnitude()))
    np.testing.assert_allclose(pose.angular_error(points, extrinsics), expected, atol=1e-5)


def test_stays_finite_when_all_points_coincide():
    assert np.isfinite(pose.angular_error(np.ones((2, 2, 4, 3)), np.tile(np.eye(4), (2, 2, 1, 1)))).all()


@pytest.mark.parametrize(
    ("points", "extrinsics", "message"),
    [
        (np.ones((2, 1, 4, 3)), np.tile(np.eye(4), (2, 1, 1, 1)), "at least two views"),
        (np.ones((2, 2, 4, 2)), np.tile(np.eye(4), (2, 2, 1, 1)), "points_camera.shape"),
        (np.ones((2, 2, 4, 3)), np.tile(np.eye(4), (2, 3, 1, 1)), "extrinsics.shape"),
        (np.full((2, 2, 4, 3), np.nan), np.tile(np.eye(4), (2, 2, 1, 1)), "2 of 2 examples"),
    ],
)
def test_bad_input_is_named(points, extrinsics, message):
    with pytest.raises(ValueError, match=message):
        pose.angular_error(points, extrinsics)


def test_summary_is_mean_and_median():
    assert pose.summary([1.0, 2.0, 9.0]) == {"mean": 4.0, "median": 2.0}
