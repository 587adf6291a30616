"""Cutting an object out of a photo whose background is plain."""

import numpy as np
from PIL import Image

SIDE = 512
"""Longer side at which an image is looked at, in pixels."""
BORDER = 0.03
"""Width of the border that is taken for background, as a share of the longer side."""
NEAR = 0.06
"""Distance of a color from the background's, of black to white 1 in each channel (Euclidean), that still belongs."""
PLAIN = 0.75
"""Share of the border that must be background; the object may stand on the rest."""
NOISE = 0.03
"""The background's own scatter, as a standard deviation of that distance, up to which it is plain."""
LEAST, MOST = 0.01, 0.85
"""Share of the image that an object covers."""
SPECK = 0.02
"""Parts of less than this share of the largest one are dust, not the object."""
HOLE = 0.001
"""Enclosed places of the background's color that cover less than this share of the image are highlights, not gaps."""

RIDGE = 1e-9
"""Keeps the fit solvable where all of the border is of the object's color; far less than it has of each term."""


def cut_out(image: Image.Image) -> Image.Image:
    """Makes what lies around an object transparent, by the color of the image's border.

    The background is a smooth color, b(x, y) = a polynomial of degree 2 for each channel, fitted to the border so that
    an object which touches it does not count. What differs from it by more than the background scatters is the object,
    without dust; what does not is background, between a chair's legs too. A shadow belongs to the object.

    Args:
        image: RGB, any size.

    Returns:
        RGBA of the same size and colors; alpha 0 is background.

    Raises:
        ValueError: If the background is not plain, or nothing stands out from it; the message says which.
    """
    from scipy import ndimage

    small = image.convert("RGB")
    small.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    colors = np.asarray(small, np.float32) / 255
    border = np.ones(colors.shape[:2], bool)
    width = max(2, round(BORDER * max(colors.shape)))
    border[width:-width, width:-width] = False
    away = np.linalg.norm(colors - _background(colors, border), axis=-1)
    around = away[border]
    plain = float((around < NEAR).mean())
    noise = float(np.sqrt(np.mean(around[around < NEAR] ** 2))) if plain else np.inf
    if plain < PLAIN or noise > NOISE:
        raise ValueError(
            f"the background is not plain: {1 - plain:.0%} of the image's border differ from its color, which scatters "
            f"by {noise:.1%}"
        )
    object_ = ndimage.binary_opening(away >= max(NEAR, 4 * noise), np.ones((2, 2)))
    sizes, parts = _parts(object_)
    mask = (sizes >= SPECK * sizes.max(initial=0))[parts] & object_
    sizes, parts = _parts(~mask)
    mask |= ((sizes > 0) & (sizes < HOLE * mask.size))[parts]
    if not LEAST <= mask.mean() <= MOST:
        raise ValueError(f"what differs from the plain background covers {mask.mean():.1%} of the image")
    alpha = ndimage.gaussian_filter(mask.astype(np.float32), 0.6)
    whole = Image.fromarray(np.uint8(np.round(255 * alpha))).resize(image.size, Image.Resampling.BICUBIC)
    result = image.convert("RGB")
    result.putalpha(whole)
    return result


def _parts(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sizes of connected parts, and the number of each pixel's part; 0, of size 0, for what is in none."""
    from scipy import ndimage

    parts, _ = ndimage.label(mask)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return sizes, parts


def _background(colors: np.ndarray, border: np.ndarray) -> np.ndarray:
    """The color that a smooth background has everywhere, `[H, W, 3]`, by Tukey's weights over its border."""
    height, width = border.shape
    y, x = (each / max(height, width) - 0.5 for each in np.indices(border.shape, np.float32))
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1)
    inside, seen = terms[border].astype(np.float64), colors[border].astype(np.float64)
    away = np.linalg.norm(seen - np.median(seen, 0), axis=-1)
    for reach in (8 * NEAR, 4 * NEAR, 2 * NEAR, 2 * NEAR, 2 * NEAR):
        weighted = np.clip(1 - (away / reach) ** 2, 0, None)[:, None] ** 2 * inside
        fit = np.linalg.solve(weighted.T @ inside + RIDGE * len(inside) * np.eye(6), weighted.T @ seen)
        away = np.linalg.norm(seen - inside @ fit, axis=-1)
    return terms @ fit
