"""The ablations of Keypoint3D, without their trainings."""

import types

import numpy as np

from tests import reference
from tests.rounding import NETWORK


def test_2d_keypoints_lie_at_the_mean_depth_wherever_they_are_seen(rng):
    import keypoint3d_ablations

    intrinsics, extrinsics = (values[None].astype("float32") for values in reference.random_cameras(rng, (2,)))
    options = {"image_size": (16, 16), "filters": 4, "levels": 2, "mean_depth": 3.5}
    model = keypoint3d_ablations.FlatKeypoint3D(num_keypoints=4, num_views=2, **options)
    image = rng.integers(0, 256, (1, 2, 16, 16, 3), dtype=np.uint8)
    outputs = model({"image": image, "intrinsics": intrinsics, "extrinsics": extrinsics})
    np.testing.assert_allclose(outputs["points_camera"][..., 2], 3.5, **NETWORK)
    assert np.ptp(outputs["uv"], axis=(1, 2)).min() > 0


def test_points_of_views_that_are_not_fused_are_measured_side_by_side():
    import keypoint3d_ablations

    points = np.arange(2 * 3 * 4 * 3.0).reshape(2, 3, 4, 3)
    answer = {"points_world": points, "attention": np.full((2, 3, 4), 1 / 4)}
    model = keypoint3d_ablations.ViewsApart(types.SimpleNamespace(predict_on_batch=lambda inputs: answer))
    measured = model.predict_on_batch({})
    assert measured["keypoints"].shape == (2, 12, 3)
    np.testing.assert_array_equal(measured["keypoints"][1, 4], points[1, 1, 0])
    np.testing.assert_allclose(measured["attention"].sum(-1), 1)
