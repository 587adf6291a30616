"""Tests of further objects made of those that are there: cameras stay true, colors change alike in all views."""

import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tfkeypoints.data.augmentation import GAIN, mirror, recolor, vary


@pytest.fixture
def example(rng):
    """Three views, 6 pixels high and 10 wide, of cameras with skew and shifted principal points."""
    intrinsics, extrinsics = reference.random_cameras(rng, (3,))
    intrinsics[:, 0, 1:] = rng.uniform(-0.2, 0.2, (3, 2))
    return {
        "image": rng.integers(0, 150, (3, 6, 10, 4)).astype("uint8"),
        "intrinsics": intrinsics.astype("float32"),
        "extrinsics": extrinsics.astype("float32"),
    }


def test_a_mirrored_object_is_seen_where_the_flipped_image_shows_it(example, rng):
    mirrored = mirror(example)
    np.testing.assert_array_equal(mirrored["image"], example["image"][:, :, ::-1])
    for view in range(3):
        point = rng.uniform(-1, 1, 3)
        uv, depth = reference.project(point, example["intrinsics"][view], example["extrinsics"][view])
        cameras = mirrored["intrinsics"][view].numpy(), mirrored["extrinsics"][view].numpy()
        mirrored_uv, mirrored_depth = reference.project(point * [1, -1, 1], *cameras)
        np.testing.assert_allclose(mirrored_uv, uv * [-1, 1], atol=1e-5)
        np.testing.assert_allclose(mirrored_depth, depth, rtol=1e-5)


def test_extrinsics_of_a_mirrored_object_are_rigid(example):
    rotations = mirror(example)["extrinsics"].numpy()[:, :3, :3]
    np.testing.assert_allclose(rotations @ rotations.transpose(0, 2, 1), np.tile(np.eye(3), (3, 1, 1)), atol=1e-5)
    np.testing.assert_allclose(np.linalg.det(rotations), 1, atol=1e-5)


def test_mirrored_twice_is_as_before(example):
    twice = mirror(mirror(example))
    for name, values in example.items():
        np.testing.assert_allclose(twice[name], values, atol=1e-6)


def test_channels_change_places_and_strength_alike_in_all_pixels_and_alpha_stays(example):
    varied = recolor(example["image"], [3, 4]).numpy()
    np.testing.assert_array_equal(varied[..., 3], example["image"][..., 3])
    found = []
    for channel in range(3):
        fits = []
        for source in range(3):
            before, after = example["image"][..., source].astype(float).ravel(), varied[..., channel].ravel()
            gain = after @ before / (before @ before)
            if np.abs(gain * before - after).max() <= 1:
                fits.append((source, gain))
        assert len(fits) == 1
        found += fits
    assert sorted(source for source, _ in found) == [0, 1, 2]
    assert all(1 - GAIN - 0.01 <= gain <= 1 + GAIN + 0.01 for _, gain in found)


def test_bright_channels_saturate_and_do_not_wrap_round():
    images = tf.fill([1, 2, 2, 3], tf.constant(255, tf.uint8))
    values = np.concatenate([recolor(images, [0, seed])[0, 0, 0] for seed in range(20)])
    assert values.max() == 255
    assert values.min() >= int(255 * (1 - GAIN))


def test_the_same_seed_varies_alike_and_about_half_are_mirrored(example):
    flipped = 0
    for seed in range(40):
        varied, again = vary(example, [1, seed]), vary(example, [1, seed])
        np.testing.assert_array_equal(varied["image"], again["image"])
        flipped += not np.allclose(varied["extrinsics"], example["extrinsics"])
    assert 10 <= flipped <= 30
    assert not np.array_equal(vary(example, [1, 0])["image"], vary(example, [1, 1])["image"])


def test_images_of_floats_are_varied_as_those_of_bytes_are(example):
    floats = {**example, "image": (example["image"] / 255).astype("float32")}
    varied = vary(floats, [3, 4])["image"].numpy()
    assert varied.dtype == np.float32
    np.testing.assert_allclose(varied * 255, vary(example, [3, 4])["image"], atol=0.51)


def test_landmarks_are_mirrored_with_their_object_and_change_sides():
    example = {
        "image": tf.zeros([1, 4, 4, 3], tf.uint8),
        "intrinsics": tf.eye(3, batch_shape=[1]),
        "extrinsics": tf.eye(4, batch_shape=[1]),
        "landmarks": tf.constant([[1.0, 2.0, 3.0], [4.0, -5.0, 6.0], [7.0, 0.0, 8.0]]),
    }
    np.testing.assert_array_equal(mirror(example)["landmarks"], [[1, -2, 3], [4, 5, 6], [7, 0, 8]])
    swapped = mirror(example, landmark_order=(1, 0, 2))["landmarks"]
    np.testing.assert_array_equal(swapped, [[4, 5, 6], [1, -2, 3], [7, 0, 8]])
