"""Tests of crops: pixels are copied, cameras follow."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tfkeypoints.geometry.crop import box_of, centre_corner, crop, random_corners, to_whole

SIZE = 5, 8


@pytest.fixture
def inputs(rng):
    """Two examples of three views, 9 pixels high and 12 wide."""
    intrinsics, extrinsics = reference.random_cameras(rng, (2, 3))
    image = rng.integers(0, 255, (2, 3, 9, 12, 3)).astype("uint8")
    return {"image": image, "intrinsics": intrinsics.astype("float32"), "extrinsics": extrinsics.astype("float32")}


@pytest.fixture
def corner(rng):
    return rng.integers(0, 5, (2, 3, 2))  # all of 0 to 4 fit, in rows and in columns


def test_windows_are_copies_of_the_pixels(inputs, corner):
    cropped = crop(inputs, corner, SIZE)["image"]
    assert cropped.dtype == tf.uint8
    for b, v in np.ndindex(2, 3):
        top, left = corner[b, v]
        np.testing.assert_array_equal(cropped[b, v], inputs["image"][b, v, top : top + 5, left : left + 8])


def test_the_camera_of_a_window_sees_points_at_their_pixels(inputs, corner, rng):
    cropped = crop(inputs, corner, SIZE)
    for b, v in np.ndindex(2, 3):
        point = rng.uniform(-1, 1, 3)
        whole, depth = reference.project(point, inputs["intrinsics"][b, v], inputs["extrinsics"][b, v])
        found, found_depth = reference.project(point, cropped["intrinsics"][b, v].numpy(), cropped["extrinsics"][b, v])
        top, left = corner[b, v]
        pixel = ((whole + 1) * [12, 9] - 1) / 2 - [left, top]
        np.testing.assert_allclose(((found + 1) * [8, 5] - 1) / 2, pixel, atol=1e-4)
        np.testing.assert_allclose(found_depth, depth)


def test_image_points_of_a_window_return_to_the_whole_image(inputs, corner, rng):
    points = rng.uniform(-1, 1, (2, 3, 4, 3))
    cropped = crop(inputs, corner, SIZE)
    uv = np.zeros((2, 3, 4, 2), "float32")
    expected = np.zeros_like(uv)
    for b, v, k in np.ndindex(2, 3, 4):
        extrinsics = inputs["extrinsics"][b, v]
        uv[b, v, k], _ = reference.project(points[b, v, k], cropped["intrinsics"][b, v].numpy(), extrinsics)
        expected[b, v, k], _ = reference.project(points[b, v, k], inputs["intrinsics"][b, v], extrinsics)
    np.testing.assert_allclose(to_whole(uv, box_of(corner, SIZE, 9, 12)), expected, atol=1e-5)


def test_convention_first_pixel_of_a_window_is_the_pixel_at_its_corner():
    box = box_of([3, 4], (2, 4), 6, 16)
    np.testing.assert_allclose(box, [-0.5, 0.0, 0.0, 2 / 3], atol=1e-6)
    first = np.array([[-1 + 1 / 4, -1 + 1 / 2]], "float32")
    np.testing.assert_allclose(to_whole(first, box), [[(2 * 4 + 1) / 16 - 1, (2 * 3 + 1) / 6 - 1]], atol=1e-6)


def test_the_central_window_leaves_equal_margins(inputs):
    corner = centre_corner(9, 12, (5, 6))
    assert corner == (2, 3)
    np.testing.assert_array_equal(crop(inputs, corner, (5, 6))["image"], inputs["image"][:, :, 2:7, 3:9])


def test_a_window_of_the_whole_image_changes_nothing(inputs):
    cropped = crop(inputs, [0, 0], (9, 12))
    np.testing.assert_array_equal(cropped["image"], inputs["image"])
    np.testing.assert_allclose(cropped["intrinsics"], inputs["intrinsics"], rtol=1e-6)


def test_other_keys_pass_through_and_the_input_is_left_alone(inputs, corner):
    inputs["instance"] = "episode"
    cropped = crop(inputs, corner, SIZE)
    assert cropped["instance"] == "episode"
    assert cropped["extrinsics"] is inputs["extrinsics"]
    assert inputs["image"].shape == (2, 3, 9, 12, 3)


def test_crops_inside_a_graph_take_any_batch_and_number_of_views(inputs):
    generator = keras.random.SeedGenerator(0)

    @tf.function(input_signature=[tf.TensorSpec([None, None, 9, 12, 3], tf.uint8), tf.TensorSpec([None, None, 3, 3])])
    def step(image, intrinsics):
        corner = random_corners(tf.shape(image), SIZE, generator)
        cropped = crop({"image": image, "intrinsics": intrinsics}, corner, SIZE)
        assert cropped["image"].shape[2:] == (5, 8, 3)
        return corner, cropped["image"]

    for views in (1, 3):
        image, intrinsics = inputs["image"][:, :views], inputs["intrinsics"][:, :views]
        corner, cropped = step(image, intrinsics)
        top, left = corner[1, -1].numpy()
        assert cropped.shape == (2, views, 5, 8, 3)
        np.testing.assert_array_equal(cropped[1, -1], image[1, -1, top : top + 5, left : left + 8])


def test_random_corners_are_uniform_over_all_windows_that_fit():
    corners = random_corners((2000, 3, 9, 15, 3), SIZE, keras.random.SeedGenerator(0)).numpy()
    assert corners.shape == (2000, 3, 2)
    for axis, windows in enumerate((5, 8)):
        frequencies = np.bincount(corners[..., axis].ravel()) / 6000
        np.testing.assert_allclose(frequencies, np.full(windows, 1 / windows), atol=0.02)
    assert len(np.unique(corners[0], axis=0)) > 1


def test_the_seed_fixes_a_stream_of_corners():
    first, again = (keras.random.SeedGenerator(3) for _ in range(2))
    draws = [random_corners((4, 2, 99, 99, 3), SIZE, first).numpy() for _ in range(2)]
    np.testing.assert_array_equal(random_corners((4, 2, 99, 99, 3), SIZE, again), draws[0])
    assert (draws[0] != draws[1]).any()


@pytest.mark.parametrize(("corner", "size"), [((0, 0), (10, 4)), ((0, 9), (4, 4)), ((-1, 0), (4, 4))])
def test_windows_that_do_not_fit_are_refused(inputs, corner, size):
    with pytest.raises(ValueError, match=r"`size` must fit .* Received: size="):
        crop(inputs, corner, size)
