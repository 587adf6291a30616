"""The ablations of Keypoint3D, without their trainings."""

import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tests.rounding import NETWORK
from tfkeypoints.evaluation import collection

OPTIONS = {"image_size": (16, 16), "filters": 4, "levels": 2, "mean_depth": 3.5}


@pytest.fixture
def scenes(rng):
    """Two scenes before two cameras each."""
    intrinsics, extrinsics = (values.astype("float32") for values in reference.random_cameras(rng, (2, 2)))
    image = rng.integers(0, 256, (2, 2, 16, 16, 3), dtype=np.uint8)
    return {"image": image, "intrinsics": intrinsics, "extrinsics": extrinsics}


def test_2d_keypoints_lie_at_the_mean_depth_wherever_they_are_seen(scenes):
    import keypoint3d_ablations

    model = keypoint3d_ablations.FlatKeypoint3D(num_keypoints=4, num_views=2, **OPTIONS)
    outputs = model(scenes)
    np.testing.assert_allclose(outputs["points_camera"][..., 2], 3.5, **NETWORK)
    assert np.ptp(outputs["uv"], axis=(1, 2)).min() > 0


def test_points_of_views_that_are_not_fused_are_measured_side_by_side(scenes):
    import keypoint3d_ablations

    model = keypoint3d_ablations.Keypoint3D(num_keypoints=4, num_views=2, fusion="none", **OPTIONS)
    points = model(scenes)["points_world"]
    measured = collection.collect(
        keypoint3d_ablations.ViewsApart(model), tf.data.Dataset.from_tensor_slices(scenes), batch_size=1
    )
    assert measured["keypoints"].shape == (2, 8, 3)
    np.testing.assert_allclose(measured["keypoints"][1, 5], points[1, 1, 1], **NETWORK)
    np.testing.assert_allclose(measured["attention"].sum(-1), 1, rtol=1e-6)
