import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tests.layers.round_trip import assert_round_trips
from tfkeypoints.layers import PerspectiveProjection, PerspectiveUnprojection


@pytest.fixture
def cameras(rng):
    return reference.random_cameras(rng, (2, 4))


def test_projection_agrees_with_one_point_at_a_time(cameras, rng):
    points = rng.uniform(-1, 1, (2, 4, 3, 3))
    uv, depth = PerspectiveProjection()(points, *cameras)
    for b, v, k in np.ndindex(2, 4, 3):
        expected_uv, expected_depth = reference.project(points[b, v, k], cameras[0][b, v], cameras[1][b, v])
        np.testing.assert_allclose(uv[b, v, k], expected_uv, atol=1e-9)
        np.testing.assert_allclose(depth[b, v, k], [expected_depth], atol=1e-9)


def test_unprojection_undoes_projection(cameras, rng):
    points = rng.uniform(-1, 1, (2, 4, 3, 3))
    uv, depth = PerspectiveProjection()(points, *cameras)
    np.testing.assert_allclose(PerspectiveUnprojection()(uv, depth, *cameras), points, atol=1e-9)


def test_half_precision_points_are_lifted_in_float32(cameras):
    cameras = [each.astype("float16") for each in cameras]
    layer = PerspectiveUnprojection(dtype="mixed_float16")
    assert layer(np.zeros((2, 4, 3, 2), "float16"), np.ones((2, 4, 3, 1), "float16"), *cameras).dtype == tf.float32


def test_projection_round_trips(cameras, rng, tmp_path):
    assert_round_trips(PerspectiveProjection(), [rng.uniform(-1, 1, (2, 4, 3, 3)), *cameras], tmp_path)


def test_unprojection_round_trips(cameras, rng, tmp_path):
    inputs = [rng.uniform(-1, 1, (2, 4, 3, 2)), rng.uniform(1, 2, (2, 4, 3, 1)), *cameras]
    assert_round_trips(PerspectiveUnprojection(), inputs, tmp_path)
