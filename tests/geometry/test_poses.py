"""NumPy's cameras: where they look, that bad ones are refused, and that TensorFlow's versions agree with them."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tfkeypoints.geometry import camera, poses

UP = np.array([0.0, 0.0, 1.0])
ROUNDING = 1e-12  # float64, a few dozen operations on numbers up to about 30


@pytest.fixture
def eyes_and_targets(rng):
    return rng.normal(size=(20, 3)) * 9, rng.normal(size=(20, 3))


def test_the_target_is_seen_in_the_middle_at_its_distance_and_what_is_above_it_above(eyes_and_targets):
    intrinsics = poses.perspective(np.deg2rad(40.0), aspect=1.5)
    for eye, target in zip(*eyes_and_targets, strict=True):
        extrinsics = poses.look_at(eye, target)
        middle, depth = reference.project(target, intrinsics, extrinsics)
        above, _ = reference.project(target + 0.1 * UP, intrinsics, extrinsics)
        np.testing.assert_allclose(middle, 0, atol=ROUNDING)
        np.testing.assert_allclose(depth, np.linalg.norm(eye - target))
        assert above[1] < 0 and abs(above[0]) < ROUNDING
        np.testing.assert_allclose(extrinsics[:3, :3] @ extrinsics[:3, :3].T, np.eye(3), atol=ROUNDING)
        assert np.linalg.det(extrinsics[:3, :3]) > 0


def test_look_at_agrees_with_the_one_that_has_gradients(eyes_and_targets):
    eyes, targets = eyes_and_targets
    expected = np.stack([poses.look_at(*pair) for pair in zip(eyes, targets, strict=True)])
    np.testing.assert_allclose(camera.look_at(eyes, targets, UP), expected, atol=ROUNDING)


@pytest.mark.parametrize("height", [30.0, -4.0])
def test_straight_above_and_below_both_let_x_point_up(height):
    eye, target = np.array([0.1, 0.2, height]), np.array([0.1, 0.2, 0.0])
    extrinsics = poses.look_at(eye, target)
    np.testing.assert_allclose(extrinsics[:3, :3] @ [0, 0, -np.sign(height)], [0, 0, 1], atol=ROUNDING)
    np.testing.assert_allclose(extrinsics[:3, :3] @ [1, 0, 0], [0, -1, 0], atol=ROUNDING)
    np.testing.assert_allclose(camera.look_at(eye, target, UP), extrinsics, atol=ROUNDING)


def test_roll_turns_the_image_about_its_centre():
    eye = np.array([3.0, 1, 2])
    plain, rolled = (poses.look_at(eye, np.zeros(3), roll)[:3, :3] for roll in (0.0, 0.4))
    turn = rolled @ plain.T
    np.testing.assert_allclose(turn[2], [0, 0, 1], atol=ROUNDING)
    np.testing.assert_allclose(np.arctan2(turn[0, 1], turn[0, 0]), 0.4)  # the image's x axis goes towards its y axis


@pytest.mark.parametrize(("degrees", "aspect"), [(5.0, 1.0), (50.0, 1.5), (120.0, 0.5)])
def test_perspective_shows_the_field_of_view_and_agrees_with_tensorflow(degrees, aspect):
    intrinsics = poses.perspective(np.deg2rad(degrees), aspect)
    height = np.tan(np.deg2rad(degrees) / 2)
    np.testing.assert_allclose(intrinsics @ [aspect * height, height, 1], [1, 1, 1])
    in_graph = camera.intrinsics_from_fov(*tf.constant([np.deg2rad(degrees), aspect], tf.float64))
    np.testing.assert_allclose(in_graph, intrinsics, atol=ROUNDING)


def test_points_on_circles_have_their_azimuth_radius_and_height():
    azimuths = np.deg2rad([0.0, 90.0, 200.0])
    points = poses.on_circle(azimuths, np.array([1.0, 2.0, 3.0]), 0.5)
    np.testing.assert_allclose(points[1], [0, 2, 0.5], atol=ROUNDING)
    np.testing.assert_allclose(np.hypot(*points[:, :2].T), [1, 2, 3])
    np.testing.assert_allclose(np.rad2deg(np.arctan2(points[2, 1], points[2, 0])), -160.0)
    np.testing.assert_array_equal(points[:, 2], 0.5)
    np.testing.assert_allclose(np.rad2deg(poses.even_azimuths(3)), [0, 120, 240])


def test_cameras_may_share_a_target_or_have_one_each(eyes_and_targets):
    eyes, targets = eyes_and_targets
    rolls = np.linspace(-1, 1, len(eyes))
    intrinsics, extrinsics = poses.cameras_at(eyes, targets, 0.7, 1.5, rolls)
    assert intrinsics.dtype == extrinsics.dtype == np.float32
    np.testing.assert_array_equal(intrinsics, np.tile(np.float32(poses.perspective(0.7, 1.5)), (len(eyes), 1, 1)))
    np.testing.assert_array_equal(extrinsics[3], np.float32(poses.look_at(eyes[3], targets[3], rolls[3])))
    _, shared = poses.cameras_at(eyes, targets[0], 0.7)
    np.testing.assert_array_equal(shared[3], np.float32(poses.look_at(eyes[3], targets[0])))


def test_impossible_cameras_are_refused():
    with pytest.raises(ValueError, match=r"`eye` and `target` must differ. Received: eye=\[1. 2. 3.\]"):
        poses.look_at([1, 2, 3], [1, 2, 3])
    with pytest.raises(ValueError, match=r"`eye` and `target` must differ. Received: eye=.*nan"):
        poses.look_at([1, 2, np.nan], [1, 2, 3])
    for wrong in (0.0, np.pi, 50.0, np.nan):
        with pytest.raises(ValueError, match=f"`field_of_view` must lie between 0 and π .*field_of_view={wrong}"):
            poses.perspective(wrong)


def test_they_never_import_tensorflow():
    program = (
        "import sys; from tfkeypoints.geometry.poses import look_at; look_at([1, 0, 0], [0, 0, 0]); "
        "assert not any(name.split('.')[0] in ('tensorflow', 'keras') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
