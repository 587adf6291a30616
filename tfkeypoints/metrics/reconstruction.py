"""How well images are rebuilt: PSNR, SSIM, and the share of the images' change that is rebuilt."""

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.metrics._arrays import as_array

MIN_SQUARED_ERROR = 1e-10
"""Squared errors below this count as this: 100 dB."""

WINDOW = np.exp(-((np.arange(11) - 5.0) ** 2) / (2 * 1.5**2))
WINDOW /= WINDOW.sum()
"""Weights of SSIM's window along each axis: a Gaussian of deviation 1.5 pixels, cut to 11."""


def psnr(images: ArrayLike, reconstructions: ArrayLike) -> np.ndarray:
    """Measures the peak signal-to-noise ratio of each image.

    r = -10 log10(mean squared error)

    Args:
        images: `[N, V, H, W, C]` float in [0, 1].
        reconstructions: The same.

    Returns:
        Decibels, `[N, V]` float64, at most 100.

    Raises:
        ValueError: If a shape does not fit or a value is not finite.
    """
    return -10 * np.log10(np.maximum(_squared_error(images, reconstructions), MIN_SQUARED_ERROR))


def ssim(images: ArrayLike, reconstructions: ArrayLike) -> np.ndarray:
    """Measures the structural similarity of each image, over Gaussian windows of 11 pixels (deviation 1.5).

    r = mean of (2 x̄ ȳ + c1) (2 cov(x, y) + c2) / ((x̄² + ȳ² + c1) (var x + var y + c2)),   c1 = 0.01², c2 = 0.03²

    over all windows that lie inside the image, and over the channels. In float64: in float32 the variance of a flat
    image comes out as rounding of about 1e-7, which beside c2 is 1e-4 of the result.

    Args:
        images: `[N, V, H, W, C]` float in [0, 1], at least 11 pixels high and wide.
        reconstructions: The same.

    Returns:
        At most 1, `[N, V]` float64.

    Raises:
        ValueError: If a shape does not fit or a value is not finite.

    Reference: Wang et al., Image Quality Assessment: From Error Visibility to Structural Similarity, 2004.
    """
    images = as_array("images", images, *5 * [None])
    reconstructions = as_array("reconstructions", reconstructions, *images.shape)
    if min(images.shape[2:4]) < WINDOW.size:
        raise ValueError(f"`images` must be 11 pixels or more wide and high. Received: images.shape={images.shape}")
    means = _window_means(images), _window_means(reconstructions)
    product, squares = means[0] * means[1], means[0] ** 2 + means[1] ** 2
    covariance = _window_means(images * reconstructions) - product
    variances = _window_means(images**2 + reconstructions**2) - squares
    similarity = (2 * product + 0.01**2) / (squares + 0.01**2) * (2 * covariance + 0.03**2) / (variances + 0.03**2)
    return similarity.mean((2, 3, 4))


class ReconstructionQuality:
    """Quality of reconstructions over many frames, which come batch by batch.

    explained = 1 - mean |I - Î|² / mean |I - Ī|²

    with Ī the mean image of each view over all frames: 0 is no better than showing the mean image, 1 is perfect. PSNR
    and SSIM are flattered by all that never changes; this is not.
    """

    def __init__(self) -> None:
        self._psnr: list[np.ndarray] = []
        self._ssim: list[np.ndarray] = []
        self._errors: list[np.ndarray] = []
        self._squares: list[np.ndarray] = []
        self._sum: float | np.ndarray = 0.0

    def update(self, images: np.ndarray, reconstructions: np.ndarray) -> None:
        """Adds a batch: `[N, V, H, W, C]` float in [0, 1] each. Images too small for SSIM go without it."""
        self._psnr.append(psnr(images, reconstructions))
        if min(images.shape[2:4]) >= 11:
            self._ssim.append(ssim(images, reconstructions))
        self._errors.append(_squared_error(images, reconstructions))
        images = np.asarray(images, np.float64)
        self._squares.append((images**2).mean((2, 3, 4)))
        self._sum = self._sum + images.sum(0)

    @property
    def error(self) -> np.ndarray:
        """Mean squared error of each view, `[V]`."""
        return np.concatenate(self._errors).mean(0)

    @property
    def variance(self) -> np.ndarray:
        """Mean squared difference of each view's images from their mean image, `[V]`."""
        mean_image = self._sum / sum(map(len, self._squares))
        return np.maximum(np.concatenate(self._squares).mean(0) - np.mean(mean_image**2, (1, 2, 3)), 0)

    def summary(self) -> dict[str, float]:
        """Condenses all frames and views to `psnr_db`, `ssim` and `explained_variance`, floats."""
        summary = {"psnr_db": np.concatenate(self._psnr).mean()}
        if self._ssim:
            summary["ssim"] = np.concatenate(self._ssim).mean()
        variance = self.variance.mean()
        summary["explained_variance"] = 1 - self.error.mean() / variance if variance > MIN_SQUARED_ERROR else np.nan
        return {name: float(value) for name, value in summary.items()}


def _squared_error(images: ArrayLike, reconstructions: ArrayLike) -> np.ndarray:
    images = as_array("images", images, *5 * [None])
    reconstructions = as_array("reconstructions", reconstructions, *images.shape)
    return ((images - reconstructions) ** 2).mean((2, 3, 4))


def _window_means(images: np.ndarray) -> np.ndarray:
    for axis in (2, 3):
        images = np.lib.stride_tricks.sliding_window_view(images, WINDOW.size, axis) @ WINDOW
    return images
