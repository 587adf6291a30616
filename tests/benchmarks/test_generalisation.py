"""What the benchmark of generalisation does to images and cameras is what it says."""

import numpy as np
import pytest

pytest.importorskip("embreex", reason="embreex is not installed (extra `rendering`)")

from tfkeypoints.geometry import poses


@pytest.mark.parametrize("share", [0.0, 0.1, 0.4])
def test_a_square_hides_the_share_of_the_object_that_is_asked_for(rng, share):
    import disturbed

    mask = np.zeros((48, 64))
    mask[5:40, 10:30] = 255
    mask[20:25, 30:60] = 127
    for _ in range(20):
        part = disturbed.square(mask, share, rng)
        assert part.min() >= 0
        assert part.max() <= 1
        assert (part * mask).sum() / mask.sum() == pytest.approx(share, abs=1e-9)


def test_what_is_hidden_is_of_the_color_or_transparent(rng):
    import disturbed

    image = rng.integers(1, 256, (32, 32, 4), np.uint8)
    image[..., 3] = 255
    rgba = disturbed.hidden(image, image[..., 3], None, 0.3, np.random.default_rng(5))
    np.testing.assert_array_equal(rgba[..., :3], image[..., :3])
    # Rounded at the square's four sides alone: by 1/2 of 255 at each of 4 · 32 pixels at most.
    assert rgba[..., 3].sum() / image[..., 3].sum() == pytest.approx(0.7, abs=4 * 32 * 0.5 / 255 / 32**2)
    color = np.array([10.0, 200.0, 90.0])
    rgb = disturbed.hidden(image[..., :3], image[..., 3], color, 0.3, np.random.default_rng(5))
    np.testing.assert_array_equal(rgb[rgba[..., 3] == 0], np.tile(color, ((rgba[..., 3] == 0).sum(), 1)))
    np.testing.assert_array_equal(rgb[rgba[..., 3] == 255], image[rgba[..., 3] == 255][:, :3])


def test_cameras_turn_by_the_angle_and_stay_where_they_are(rng):
    import disturbed

    eyes = rng.normal(size=(4, 3)) + [0, 0, 5]
    _, extrinsics = poses.cameras_at(eyes, np.zeros(3), 1.0)
    turned = disturbed.turned(extrinsics, 0.5, rng)
    relative = turned[:, :3, :3].astype(float) @ np.swapaxes(extrinsics[:, :3, :3], 1, 2)
    # |R - 1|_F = 2 √2 sin(angle / 2), of matrices in float32.
    angles = 2 * np.arcsin(np.linalg.norm(relative - np.eye(3), axis=(1, 2)) / np.sqrt(8))
    np.testing.assert_allclose(np.degrees(angles), 0.5, atol=1e-4)
    assert np.ptp(relative[:, 0, 1]) > 1e-3  # each about an axis of its own
    centres = -np.einsum("vji,vj->vi", turned[:, :3, :3], turned[:, :3, 3])
    np.testing.assert_allclose(centres, eyes, atol=1e-5)


def test_focal_lengths_are_wrong_by_the_share_in_either_direction(rng):
    import disturbed

    intrinsics = np.tile(np.array([[2.0, 0, 0.1], [0, 3.0, 0.2], [0, 0, 1]]), (30, 2, 1, 1))
    ratio = disturbed.zoomed(intrinsics, 5, rng)[..., :2, :2] / np.maximum(intrinsics[..., :2, :2], 1)
    np.testing.assert_allclose(ratio[..., 0, 0], ratio[..., 1, 1], rtol=1e-6)
    assert {round(float(each), 5) for each in ratio[..., 0, 0].ravel()} == {0.95, 1.05}
    assert len(np.unique(ratio[:, 0, 0, 0] / ratio[:, 1, 0, 0])) > 1  # each camera by itself


@pytest.mark.parametrize("factor", [0.1, 0.5, 2.0])
def test_an_object_is_seen_as_large_from_farther_with_a_longer_focal_length(factor):
    import disturbed

    distance, field_of_view = disturbed.farther(3.0, 0.8, factor)
    usual, changed = (poses.perspective(angle)[1, 1] / away for angle, away in ((0.8, 3.0), (field_of_view, distance)))
    assert distance == pytest.approx(3.0 * factor)
    assert changed == pytest.approx(usual)


def test_a_lens_moves_the_middle_of_a_border_inwards_by_the_share():
    import disturbed

    size, side = 100, 400
    u = (2 * np.arange(side) + 1) / side - 1
    stripe = np.abs(u - 1 / disturbed.WIDE) < 0.01  # what an ideal camera has in the middle of the right border
    source = np.zeros((side, side, 3), np.uint8)
    source[:, stripe] = 255
    seen = disturbed.through_lens(source, 6, size)[size // 2, :, 0].astype(float)
    place = (seen * ((2 * np.arange(size) + 1) / size - 1)).sum() / seen.sum()
    assert place == pytest.approx(1 - 0.06, abs=0.5 * 2 / size)
    straight = disturbed.through_lens(np.full((side, side, 4), 200, np.uint8), 0, size)
    np.testing.assert_allclose(straight.astype(int), 200, atol=1)


def test_cameras_are_some_of_the_trained_ones_or_all_and_more():
    import generalisation_subjects

    assert generalisation_subjects.choices(1) == [(0,), (2,), (4,)]
    assert generalisation_subjects.choices(3) == [(0, 2, 4)]
    assert generalisation_subjects.choices(5) == [(0, 1, 2, 3, 4), (0, 1, 2, 4, 5), (0, 2, 3, 4, 5)]
    trained, many = generalisation_subjects.ring(3), generalisation_subjects.ring(6)
    np.testing.assert_allclose(trained[1], many[1][::2], atol=1e-6)


def test_a_point_that_is_kept_is_not_measured_again(tmp_path):
    import generalisation

    point = ("keypoint3d", "turned", 0.5)
    generalisation.Points(tmp_path / "points.json").measure(point, lambda value: [{"tracking": value}])
    again = generalisation.Points(tmp_path / "points.json")
    again.measure(point, lambda value: pytest.fail("measured again"))
    assert again.found == {"keypoint3d turned 0.5": [{"tracking": 0.5}]}
