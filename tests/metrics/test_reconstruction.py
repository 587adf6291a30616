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


def test_ssim_of_flat_images_is_the_ratio_of_their_brightness():
    images = np.full((1, 1, 13, 17, 3), 0.5)
    expected = (2 * 0.5 * 0.3 + 0.01**2) / (0.5**2 + 0.3**2 + 0.01**2)
    np.testing.assert_allclose(reconstruction.ssim(images, np.full_like(images, 0.3)), expected, atol=1e-5)


def test_ssim_of_one_window_is_its_formula_with_gaussian_weights(rng):
    first, second = rng.uniform(size=(2, 1, 1, 11, 11, 1))
    steps = np.exp(-((np.arange(11) - 5.0) ** 2) / (2 * 1.5**2))
    weights = np.outer(steps, steps) / steps.sum() ** 2
    x, y = first[0, 0, ..., 0], second[0, 0, ..., 0]
    mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
    var_x, var_y = (weights * x**2).sum() - mean_x**2, (weights * y**2).sum() - mean_y**2
    covariance = (weights * x * y).sum() - mean_x * mean_y
    expected = (2 * mean_x * mean_y + 1e-4) * (2 * covariance + 9e-4)
    expected /= (mean_x**2 + mean_y**2 + 1e-4) * (var_x + var_y + 9e-4)
    np.testing.assert_allclose(reconstruction.ssim(first, second), expected, atol=1e-4)


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
