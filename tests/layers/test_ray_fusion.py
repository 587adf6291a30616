import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tests.layers.round_trip import assert_round_trips
from tfkeypoints.layers import RayFusion
from tfkeypoints.layers.ray_fusion import DEPTH_TRUST


@pytest.fixture
def seen(rng):
    """Points `[2, 3, 5, 3]` as three cameras see them, their attention, and the cameras."""
    _, extrinsics = reference.random_cameras(rng, (2, 3))
    return rng.normal(size=(2, 3, 5, 3)), rng.uniform(size=(2, 3, 5)), extrinsics


def eye(extrinsics):
    return -extrinsics[:3, :3].T @ extrinsics[:3, 3]


def test_the_fused_point_is_the_least_squares_one(seen):
    points, attention, extrinsics = seen
    fused = RayFusion()(points, attention, extrinsics)
    for b, k in np.ndindex(2, 5):
        rows, right = [], []
        for n in range(3):
            ray = points[b, n, k] - eye(extrinsics[b, n])
            ray /= np.linalg.norm(ray)
            weigh = np.sqrt(attention[b, n, k]) * (np.eye(3) - (1 - np.sqrt(DEPTH_TRUST)) * np.outer(ray, ray))
            rows.append(weigh)
            right.append(weigh @ points[b, n, k])
        expected = np.linalg.lstsq(np.concatenate(rows), np.concatenate(right), rcond=None)[0]
        np.testing.assert_allclose(fused[b, k], expected, atol=1e-8)


def test_wrong_depths_matter_little_where_rays_meet(rng):
    _, extrinsics = reference.random_cameras(rng, (1, 4))
    truth = np.array([0.2, -0.1, 0.3])
    eyes = np.array([eye(each) for each in extrinsics[0]])
    opinions = eyes + (truth - eyes) * np.array([0.8, 1.2, 0.9, 1.1])[:, None]
    fused = RayFusion()(opinions[None, :, None], np.ones((1, 4, 1)), extrinsics)[0, 0]
    mean = opinions.mean(0)
    assert np.linalg.norm(fused - truth) < 0.3 * max(np.linalg.norm(mean - truth), 0.1)


def test_a_single_view_and_parallel_rays_have_a_point(rng):
    _, extrinsics = reference.random_cameras(rng, (2, 1))
    points = rng.normal(size=(2, 1, 5, 3)).astype("float32")
    single = RayFusion()(points, np.full((2, 1, 5), 1e-5, "float32"), extrinsics.astype("float32"))
    np.testing.assert_allclose(single, points[:, 0], atol=1e-5)
    same = np.eye(4, dtype="float32")[None, None].repeat(2, 1)
    opinions = np.array([[[[0, 0, 2.0]], [[0, 0, 4.0]]]], "float32")
    np.testing.assert_allclose(RayFusion()(opinions, np.ones((1, 2, 1), "float32"), same)[0, 0], [0, 0, 3], atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 1e-45, 1e-20, 1.0])
def test_gradients_are_finite_without_attention_and_on_the_camera_itself(seen, value):
    points, _, extrinsics = (tf.constant(each, tf.float32) for each in seen)
    at_eye = tf.constant(np.array([[eye(e) for e in each] for each in seen[2]])[:, :, None], tf.float32)
    points = tf.concat([points, at_eye], 2)
    attention = tf.fill([2, 3, 6], tf.constant(value, tf.float32))
    with tf.GradientTape() as tape:
        tape.watch([points, attention])
        fused = RayFusion()(points, attention, extrinsics)
    assert np.isfinite(fused.numpy()).all()
    assert all(np.isfinite(each.numpy()).all() for each in tape.gradient(fused, [points, attention]))


def test_it_survives_saving(seen, tmp_path):
    assert_round_trips(RayFusion(), seen, tmp_path)
