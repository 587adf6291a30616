"""Tests of other windows of the same images: cameras see points where the moved images show them."""

import numpy as np
import pytest

from tests import reference
from tfkeypoints.data.window_augmentation import vary_windows

HEIGHT, WIDTH = 48, 64
CENTRES = np.stack(np.meshgrid((2 * np.arange(WIDTH) + 1) / WIDTH - 1, (2 * np.arange(HEIGHT) + 1) / HEIGHT - 1), -1)
PIXEL = np.array([WIDTH, HEIGHT]) / 2
AMOUNTS = {"turn_degrees": 30.0, "zoom": 0.2, "shift": 0.1}
SIDES = {"intrinsics": 3, "extrinsics": 4}


@pytest.fixture
def example(rng):
    """Two cameras with skew and principal points far outside, as crops have, and a spot that each sees of one point."""
    intrinsics = np.array([[[2.5, 0.1, 1.3], [0, 3.1, -0.7], [0, 0, 1]], [[3.0, 0, -2.0], [0, 4.0, 1.5], [0, 0, 1]]])
    extrinsics = reference.random_cameras(rng, (2,))[1]
    uv = np.array([[0.2, -0.1], [-0.3, 0.25]])
    rays = np.einsum("vij,vj->vi", np.linalg.inv(intrinsics), np.concatenate([uv, np.ones((2, 1))], 1))
    points = np.einsum("vji,vj->vi", extrinsics[:, :3, :3], 4.2 * rays - extrinsics[:, :3, 3])
    spots = np.exp(-(((CENTRES - uv[:, None, None]) * PIXEL) ** 2).sum(-1) / (2 * 3.0**2))[..., None].repeat(3, -1)
    images = np.float32(spots)
    cameras = {"intrinsics": np.float32(intrinsics), "extrinsics": np.float32(extrinsics)}
    return {"image": images, "background": images[::-1], **cameras, "instance": "a"}, points


@pytest.mark.parametrize("seed", range(8))
def test_cameras_follow(example, seed):
    example, points = example
    moved = {name: np.asarray(value) for name, value in vary_windows(example, [0, seed], **AMOUNTS).items()}
    weight = moved["image"][..., :1]
    found = (weight * CENTRES).sum((1, 2)) / weight.sum((1, 2))
    for view in range(2):
        expected, _ = reference.project(points[view], moved["intrinsics"][view], moved["extrinsics"][view])
        # A spot of 3 pixels, interpolated linearly and cut off at most 3 deviations from its middle.
        np.testing.assert_allclose(found[view] * PIXEL, expected * PIXEL, atol=0.1)
    rotation = moved["extrinsics"][:, :3, :3]
    np.testing.assert_allclose(rotation @ rotation.swapaxes(1, 2), np.tile(np.eye(3), (2, 1, 1)), atol=1e-5)
    np.testing.assert_array_equal(moved["intrinsics"][:, 1, 0], 0)
    np.testing.assert_array_equal(moved["intrinsics"][:, 2], [[0, 0, 1]] * 2)


def test_amounts_are_kept_and_views_differ(example):
    example, _ = example
    before = np.linalg.norm(example["intrinsics"][:, 1, 1])
    scales = []
    for seed in range(50):
        moved = vary_windows(example, [1, seed], **AMOUNTS)
        turn = moved["extrinsics"].numpy()[:, :3, :3] @ example["extrinsics"][:, :3, :3].swapaxes(1, 2)
        angle = np.degrees(np.arctan2(turn[:, 1, 0], turn[:, 0, 0]))
        assert np.abs(angle).max() <= 30.001
        assert abs(angle[0] - angle[1]) > 1e-3
        scales.append(moved["intrinsics"].numpy()[:, 1, 1] / example["intrinsics"][:, 1, 1])
    assert before > 0
    assert 1 / 1.2001 <= np.min(scales) < 0.9
    assert 1.1 < np.max(scales) <= 1.2001


def test_nothing_asked_for_is_nothing_done(example):
    example, _ = example
    same = vary_windows(example, [0, 0])
    for name in ("image", "background", "intrinsics", "extrinsics"):
        np.testing.assert_allclose(same[name], example[name], atol=1e-5)
    assert same["instance"] == "a"


def test_light_changes_image_and_background_alike_and_keeps_the_type(example):
    example, _ = example
    example = {
        **example,
        "image": np.full((2, 8, 8, 3), 100, np.uint8),
        "background": np.full((2, 8, 8, 3), 50, np.uint8),
    }
    lit = vary_windows(example, [0, 3], light=0.3)
    images, backgrounds = lit["image"].numpy(), lit["background"].numpy()
    assert images.dtype == np.uint8
    assert 70 <= images.min() < images.max() <= 130
    assert np.abs(images / 2 - backgrounds).max() <= 1
    assert (images == images[:, :1, :1]).all()
    assert not (images[0] == images[1]).all()


def test_a_seed_varies_alike(example):
    example, _ = example
    first, again, other = (vary_windows(example, [5, seed], **AMOUNTS, light=0.2) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first["image"], again["image"])
    assert not np.array_equal(first["image"], other["image"])


def test_views_are_left_out_alike_in_images_and_cameras():
    marks = np.arange(5, dtype=np.float32)
    images = np.tile(marks[:, None, None, None] / 10, (1, 8, 8, 3))
    cameras = {name: np.tile(np.eye(side, dtype=np.float32), (5, 1, 1)) for name, side in SIDES.items()}
    cameras["extrinsics"][:, 2, 3] = 1 + marks
    example = {"image": images, "background": images, **cameras, "instance": "a"}
    seen = []
    for seed in range(60):
        fewer = {name: np.asarray(value) for name, value in vary_windows(example, [2, seed], left_out_views=2).items()}
        kept = fewer["extrinsics"][:, 2, 3] - 1
        assert kept.shape == (3,)
        assert (np.diff(kept) > 0).all()
        for name in ("image", "background"):
            np.testing.assert_allclose(fewer[name].mean((1, 2, 3)), kept / 10, atol=1e-6)
        seen.append(tuple(kept))
    assert len(set(seen)) == 10  # all choices of 3 among 5: that 60 draws miss one has a chance of 10 * 0.9 ** 60 = 2 %
    again = vary_windows(example, [2, 7], left_out_views=2)["extrinsics"].numpy()[:, 2, 3] - 1
    np.testing.assert_array_equal(again, seen[7])
