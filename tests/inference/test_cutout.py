"""An object before a plain background is cut out; before another one that is refused with the reason."""

import numpy as np
import pytest
from PIL import Image

from tfkeypoints.inference.cutout import cut_out

HEIGHT, WIDTH = 240, 360


def ring(outer=80, inner=30, x=190, y=110):
    """Where a ring lies."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    distance = np.hypot(columns - x, rows - y)
    return (distance < outer) & (distance > inner)


def photo(mask, background, color=(170, 60, 40), scatter=3.0):
    """Pixels with the noise of a camera; the object is shaded from left to right."""
    rng = np.random.default_rng(0)
    shade = np.linspace(1.0, 0.6, WIDTH)[None, :, None]
    pixels = np.where(mask[..., None], shade * color, background)
    return Image.fromarray(np.uint8(np.clip(pixels + rng.normal(size=pixels.shape) * scatter, 0, 255)))


def lit():
    """A blue wall that a lamp lights on the left: twice as bright there as at the right."""
    return np.array([120.0, 160.0, 230.0]) * np.linspace(1.0, 0.5, WIDTH)[None, :, None] ** np.ones((HEIGHT, 1, 1))


@pytest.mark.parametrize("background", [[245, 245, 245], [128, 128, 128], [20, 24, 20], "lit"])
def test_what_stands_out_is_kept_with_its_holes_and_colors(background):
    mask = ring()
    image = photo(mask, lit() if background == "lit" else np.float64(background))
    result = cut_out(image)
    assert result.mode == "RGBA" and result.size == image.size
    pixels = np.asarray(result)
    np.testing.assert_array_equal(pixels[..., :3], np.asarray(image))
    found = pixels[..., 3] > 127
    assert not found[110, 190]  # the ring's middle is background
    # An edge of a pixel on either side of 690 pixels of outline, of 17,300.
    assert (found != mask).sum() < 700
    assert set(np.unique(pixels[~ring(90, 20), 3])) == {0}


def test_an_object_may_stand_on_the_images_edge():
    mask = ring(outer=100, inner=0, y=200)
    found = np.asarray(cut_out(photo(mask, np.float64([235, 235, 225]))))[..., 3] > 127
    assert (found != mask).mean() < 0.01


def test_dust_and_highlights_are_no_objects_and_no_holes():
    mask = ring(inner=0)
    background = np.full((HEIGHT, WIDTH, 3), 240.0)
    background[20:24, 20:24] = 60
    image = np.asarray(photo(mask, background)).copy()
    image[100:106, 180:186] = 240
    found = np.asarray(cut_out(Image.fromarray(image)))[..., 3] > 127
    assert not found[:40, :40].any() and found[103, 183]


def test_a_large_photo_is_cut_at_its_own_size():
    image = photo(ring(), np.float64([240, 240, 240])).resize((3 * WIDTH, 3 * HEIGHT), Image.Resampling.BICUBIC)
    found = np.asarray(cut_out(image))[..., 3] > 127
    assert found.shape == (3 * HEIGHT, 3 * WIDTH)
    assert np.mean(found[1::3, 1::3] != ring()) < 0.02


def test_a_background_that_is_not_plain_is_refused():
    rng = np.random.default_rng(1)
    grass = np.array([90, 140, 60]) + 40 * rng.normal(size=(HEIGHT, WIDTH, 1))
    halves = np.where(np.arange(HEIGHT)[:, None, None] < 120, 230.0, [90.0, 60.0, 40.0]) * np.ones((1, WIDTH, 1))
    for background in (grass, halves):
        with pytest.raises(ValueError, match=r"background is not plain: \d+% of the image's border differ"):
            cut_out(photo(ring(), background))


def test_where_nothing_stands_out_or_nearly_all_does_that_is_said():
    for mask in (np.zeros((HEIGHT, WIDTH), bool), ring(outer=10, inner=0)):
        with pytest.raises(ValueError, match=r"differs from the plain background covers 0\.\d% of the image"):
            cut_out(photo(mask, np.float64([240, 240, 240])))
    most = np.zeros((HEIGHT, WIDTH), bool)
    most[11:-11, 11:-11] = True
    with pytest.raises(ValueError, match=r"covers [89]\d\.\d% of the image"):
        cut_out(photo(most, np.float64([240, 240, 240])))
