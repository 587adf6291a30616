"""PSNR, SSIM and the explained share of the variance against formulas written out."""

import numpy as np
import pytest

from tfkeypoints.metrics import reconstruction
from tfkeypoints.metrics.reconstruction import ReconstructionQuality


@pytest.fixture
def images(rng):
    return rng.uniform(size=(6, 2, 12, 16, 3)).astype(np.float32)


def test_psnr_of_a_constant_error_is_its_decibels(images):
    shifted = images + np.array([0.1, 0.01], np.float32)[:, None, None, None]
    np.testing.assert_allclose(reconstruction.psnr(images, shifted), np.tile([20, 40], (6, 1)), atol=1e-3)
    np.testing.assert_allclose(reconstruction.psnr(images, images), 100)


# SSIM is computed in float64: some 100 roundings of 2e-16 each, divided by what keeps its denominator above 0, 9e-4.
SSIM_ROUNDING = 1e-10


def test_ssim_of_flat_images_is_the_ratio_of_their_brightness():
    images = np.full((1, 1, 13, 17, 3), 0.5)
    expected = (2 * 0.5 * 0.3 + 0.01**2) / (0.5**2 + 0.3**2 + 0.01**2)
    np.testing.assert_allclose(reconstruction.ssim(images, np.full_like(images, 0.3)), expected, atol=SSIM_ROUNDING)


def _ssim_of_one_window(x, y):
    steps = np.exp(-((np.arange(11) - 5.0) ** 2) / (2 * 1.5**2))
    weights = np.outer(steps, steps) / steps.sum() ** 2
    mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
    var_x, var_y = (weights * (x - mean_x) ** 2).sum(), (weights * (y - mean_y) ** 2).sum()
    covariance = (weights * (x - mean_x) * (y - mean_y)).sum()
    expected = (2 * mean_x * mean_y + 1e-4) * (2 * covariance + 9e-4)
    return expected / ((mean_x**2 + mean_y**2 + 1e-4) * (var_x + var_y + 9e-4))


def test_ssim_is_the_mean_of_its_formula_over_windows_and_channels(rng):
    first = rng.uniform(size=(2, 3, 12, 14, 2))
    second = first + rng.normal(0, 0.1, first.shape)
    for n, v in np.ndindex(2, 3):
        expected = [
            _ssim_of_one_window(*(images[n, v, i : i + 11, j : j + 11, c] for images in (first, second)))
            for i, j, c in np.ndindex(2, 4, 2)
        ]
        answer = reconstruction.ssim(first, second)[n, v]
        np.testing.assert_allclose(answer, np.mean(expected), atol=SSIM_ROUNDING)
    assert (reconstruction.ssim(first, first) == 1).all()


def test_the_mean_image_explains_nothing_and_the_truth_all(images):
    mean_image = np.broadcast_to(images.mean(0), images.shape)
    halfway = (images + mean_image) / 2
    for answer, expected in ((mean_image, 0), (images, 1), (halfway, 0.75)):
        quality = ReconstructionQuality()
        for part in (slice(0, 4), slice(4, 6)):
            quality.update(images[part], answer[part])
        assert quality.summary()["explained_variance"] == pytest.approx(expected, abs=1e-5)
    np.testing.assert_allclose(quality.variance, images.var(0).mean((1, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(quality.error, ((images - halfway) ** 2).mean((0, 2, 3, 4)), rtol=1e-5)


def test_images_that_never_change_leave_nothing_to_explain(images):
    quality = ReconstructionQuality()
    quality.update(np.repeat(images[:1], 3, 0), images[:3])
    assert np.isnan(quality.summary()["explained_variance"])
    assert (quality.variance < 1e-9).all()


def test_tiny_images_go_without_ssim(images):
    quality = ReconstructionQuality()
    quality.update(images[:, :, :8], images[:, :, :8])
    assert set(quality.summary()) == {"psnr_db", "explained_variance"}
    with pytest.raises(ValueError, match="11 pixels"):
        reconstruction.ssim(images[:, :, :8], images[:, :, :8])
