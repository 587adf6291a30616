"""Where the cameras of views stand, and that rendering imports no TensorFlow."""

import subprocess
import sys

import numpy as np
import pytest

from tfkeypoints.rendering import views


def eyes_of(extrinsics):
    return np.einsum("vji,vj->vi", -extrinsics[:, :3, :3].astype(float), extrinsics[:, :3, 3])


def test_extrinsics_are_rigid():
    _, extrinsics = views.sample_cameras(np.random.default_rng(0), 50, roll=np.pi)
    rotation = extrinsics[:, :3, :3]
    np.testing.assert_allclose(rotation @ rotation.transpose(0, 2, 1), np.tile(np.eye(3), (50, 1, 1)), atol=1e-6)
    np.testing.assert_allclose(np.linalg.det(rotation), 1, atol=1e-6)
    np.testing.assert_array_equal(extrinsics[:, 3], np.tile([0, 0, 0, 1], (50, 1)))


def test_camera_looks_from_its_distance_at_a_point_near_the_origin():
    _, extrinsics = views.sample_cameras(np.random.default_rng(1), 200, distance=7.0, shift=0.2)
    target = eyes_of(extrinsics) + 7.0 * extrinsics[:, 2, :3]
    assert np.abs(target).max() <= 0.2 + 1e-5
    assert np.abs(target).max() > 0.15


def test_cameras_cover_the_upper_hemisphere_evenly():
    _, extrinsics = views.sample_cameras(np.random.default_rng(2), 4000, shift=0.0, distance=1.0)
    eyes = eyes_of(extrinsics)
    assert eyes[:, 2].min() >= -1e-6
    np.testing.assert_allclose(np.histogram(eyes[:, 2], 10, (0, 1))[0], 400, atol=80)
    azimuth = np.arctan2(eyes[:, 1], eyes[:, 0])
    np.testing.assert_allclose(np.histogram(azimuth, 8, (-np.pi, np.pi))[0], 500, atol=90)


def test_max_elevation_bounds_the_elevation():
    _, extrinsics = views.sample_cameras(np.random.default_rng(2), 500, shift=0.0, distance=1.0, max_elevation=0.5)
    elevation = np.arcsin(np.clip(eyes_of(extrinsics)[:, 2], -1, 1))
    assert 0.45 < elevation.max() <= 0.5 + 1e-5


def test_world_up_points_up_in_the_image_without_roll():
    _, extrinsics = views.sample_cameras(np.random.default_rng(3), 100)
    np.testing.assert_allclose(extrinsics[:, 0, 2], 0, atol=1e-6)
    assert (extrinsics[:, 1, 2] <= 0).all()


def test_same_seed_gives_the_same_cameras():
    first, second = (views.sample_cameras(np.random.default_rng(9), 3, roll=0.3) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert first[0].dtype == first[1].dtype == np.float32


def test_orbit_starts_in_front_and_goes_to_the_left():
    _, extrinsics = views.orbit_cameras(4, elevation=0.0, distance=2.0)
    np.testing.assert_allclose(eyes_of(extrinsics), [[2, 0, 0], [0, 2, 0], [-2, 0, 0], [0, -2, 0]], atol=1e-6)


@pytest.mark.parametrize("arguments", [{"num_views": 0}, {"max_elevation": 2.0}, {"max_elevation": -0.1}])
def test_bad_arguments_raise(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        views.sample_cameras(np.random.default_rng(0), **arguments)


def test_rendering_never_imports_tensorflow():
    program = (
        "import sys, numpy as np; from tfkeypoints.rendering import meshes, render, shapes, views; "
        "render.Renderer(shapes.make('chairs', np.random.default_rng(0)).mesh); "
        "assert not any(name.split('.')[0] in ('tensorflow', 'keras') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
