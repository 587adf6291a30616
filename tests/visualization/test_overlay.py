"""Where keypoints are drawn, and how images are laid over the background."""

import numpy as np
import pytest

from tfkeypoints.visualization import compose, draw_keypoints, palette
from tfkeypoints.visualization.palette import BACKGROUND


def centre_of_color(picture, color):
    rows, columns = np.nonzero((picture == color).all(-1))
    return columns.mean(), rows.mean()


def test_a_transparent_pixel_shows_the_background_and_a_half_covered_one_the_middle():
    image = np.zeros((1, 3, 4), np.uint8)
    image[0, 1] = [200, 100, 0, 255]
    image[0, 2] = [200, 100, 0, 51]
    expected = [BACKGROUND, (200, 100, 0), 0.2 * np.array([200, 100, 0]) + 0.8 * np.array(BACKGROUND)]
    np.testing.assert_array_equal(compose(image)[0], np.round(expected))


def test_float_and_uint8_images_look_the_same():
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    np.testing.assert_array_equal(compose(image / 255.0), image)


def test_size_is_the_longer_side():
    assert compose(np.zeros((20, 40, 3), np.uint8), 100).shape == (50, 100, 3)
    assert compose(np.zeros((40, 20, 3), np.uint8), 100).shape == (100, 50, 3)


def test_discs_are_centred_on_uv_in_an_image_that_is_not_square():
    uv = np.array([[0.0, 0.0], [-0.5, 0.4], [0.75, -0.5]])
    picture = draw_keypoints(np.zeros((30, 60, 4), np.uint8), uv, size=400)
    for (u, v), color in zip(uv, palette(3), strict=True):
        expected = ((u + 1) / 2 * 400 - 0.5, (v + 1) / 2 * 200 - 0.5)
        np.testing.assert_allclose(centre_of_color(picture, color), expected, atol=0.1)


def test_a_keypoint_is_drawn_alike_whatever_the_image_resolution():
    uv = [[0.3, -0.2]]
    pictures = [draw_keypoints(np.zeros((side, side, 4), np.uint8), uv, size=256) for side in (32, 128)]
    np.testing.assert_array_equal(*pictures)


def test_discs_are_laid_over_the_picture_one_after_the_other_also_where_they_are_cut_off(rng):
    """Outline, ring and color of a disc over those before it, pixel by pixel; each disc is rounded to whole numbers."""
    image = rng.integers(0, 256, (40, 60, 3), np.uint8)
    uv, confidence = np.array([[-0.98, 0.3], [0.2, -0.1], [0.25, 0.0], [0.6, 1.02]]), np.array([0.3, 1.0, 0.6, 0.9])
    radius = 0.02 * 60 + 1
    expected = image.astype(float)
    for (x, y), color, sure in zip((uv + 1) / 2 * (60, 40) - 0.5, palette(4), confidence, strict=True):
        distance = np.hypot(np.arange(60) - x, np.arange(40)[:, None] - y)
        for reach, shade in ((1.4 * radius, (32, 32, 36)), (1.25 * radius, (255, 255, 255)), (radius, color)):
            cover = (np.clip(reach + 0.5 - distance, 0, 1) * (0.2 + 0.8 * sure))[..., None]
            expected = expected * (1 - cover) + cover * np.array(shade, float)
    found = draw_keypoints(image, uv, confidence, size=60)
    assert np.abs(found - expected).max() <= 1.01
    assert np.abs(image - expected).max() > 100


def test_an_unsure_keypoint_is_fainter():
    picture = draw_keypoints(np.zeros((8, 8, 4), np.uint8), [[-0.5, 0.0], [0.5, 0.0]], confidence=[0.4, 0.1], size=101)
    colors, background = palette(2).astype(float), np.array(BACKGROUND)
    sure, unsure = picture[50, 25], picture[50, 75]
    np.testing.assert_array_equal(sure, colors[0])
    assert np.abs(unsure - background).sum() < 0.8 * np.abs(colors[1] - background).sum()


def test_keypoints_outside_the_image_leave_it_as_it_is():
    image = np.full((16, 16, 3), 90, np.uint8)
    np.testing.assert_array_equal(draw_keypoints(image, [[3.0, 0.0], [0.0, -2.0]], size=64), compose(image, 64))


def test_numbers_add_ink_beside_the_discs_only():
    image, uv = np.zeros((16, 16, 4), np.uint8), [[0.0, 0.0]]
    changed = (draw_keypoints(image, uv, numbers=True) != draw_keypoints(image, uv)).any(-1)
    rows, columns = np.nonzero(changed)
    assert columns.min() > 128
    assert rows.max() < 128
    assert columns.max() < 170


def test_bad_input_is_named():
    image = np.zeros((8, 8, 4), np.uint8)
    with pytest.raises(ValueError, match=r"image\.shape"):
        draw_keypoints(image[..., :2], [[0.0, 0.0]])
    with pytest.raises(ValueError, match="`uv` must be finite"):
        draw_keypoints(image, [[np.nan, 0.0]])
    with pytest.raises(ValueError, match="`confidence` must hold K=1"):
        draw_keypoints(image, [[0.0, 0.0]], confidence=[1.0, 1.0])
    with pytest.raises(ValueError, match="`image` must be finite"):
        compose(np.full((4, 4, 3), np.nan))
