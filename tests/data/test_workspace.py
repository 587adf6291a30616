import numpy as np
import pytest

from tests import reference
from tfkeypoints.data.workspace import Workspace, workspace


def cameras_around(rng, centre, distance, focal, views=3):
    """Cameras at `distance` from `centre` that look at it, turned by chance."""
    extrinsics = np.tile(np.eye(4), (views, 1, 1))
    for view in extrinsics:
        view[:3, :3] = reference.random_rotation(rng)
        view[:3, 3] = [0, 0, distance] - view[:3, :3] @ centre
    return np.tile(np.diag([focal, focal, 1]), (views, 1, 1))[None], extrinsics[None]


def test_the_centre_is_where_the_axes_meet_and_the_radius_what_is_seen_there(rng):
    found = workspace(*cameras_around(rng, np.array([0.3, -0.2, 1.0]), distance=4.0, focal=2.0))
    np.testing.assert_allclose(found.centre, [0.3, -0.2, 1.0], atol=1e-9)
    assert (found.distance, found.radius) == (pytest.approx(4), pytest.approx(2))
    assert found.model_sizes() == {"mean_depth": 4, "world_scale": 1}


def test_moving_cameras_are_averaged_over_examples(rng):
    rigs = [cameras_around(rng, np.array([x, 0, 0]), distance=d, focal=1.0) for x, d in ((0.0, 2.0), (1.0, 4.0))]
    found = workspace(*(np.concatenate(each) for each in zip(*rigs, strict=True)))
    np.testing.assert_allclose(found.centre, [0.5, 0, 0], atol=1e-9)
    assert found.distance == pytest.approx(3)


def test_parallel_cameras_are_refused(rng):
    extrinsics = np.tile(np.eye(4), (1, 2, 1, 1))
    extrinsics[0, 1, 0, 3] = 1.0
    with pytest.raises(ValueError, match="parallel"):
        workspace(np.tile(np.eye(3), (1, 2, 1, 1)), extrinsics)


def test_sizes_survive_a_world_of_kilometres():
    sizes = [Workspace(np.zeros(3), unit * 1.23456, unit * 0.8).model_sizes() for unit in (1.0, 1e-3)]
    assert sizes[0] == {"mean_depth": 1.235, "world_scale": 0.4}
    assert sizes[1] == {"mean_depth": 0.00123, "world_scale": 0.0004}
