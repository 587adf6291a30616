"""Resamples an image as recorded into the ideal one: bilinear, with the weights kept as a sparse matrix a camera.

SciPy's sparse product does it: exact weights at any depth of pixel. Measured on one 1088 × 1920 RGB image against
alternatives: 0.17 s; scipy.ndimage and plain NumPy 0.9 s; cv2.remap 0.05 s, with places rounded to 1/32 pixel, and a
package that clashes with the other builds of OpenCV that people have.
"""

import functools

import numpy as np

from tfkeypoints.cameras.lens import Lens


def undistort(image, matrix, lens: Lens) -> np.ndarray:
    """Makes the image that a pinhole camera of the same matrix would have taken.

    Args:
        image: `[H, W]` or `[H, W, C]`, integer or float; it covers the whole sensor.
        matrix: `[3, 3]`, camera to pixels of this image; the centre of the first pixel is (0, 0).
        lens: The lens.

    Returns:
        An array like `image`; 0 where the lens shows nothing. The image itself where the lens is ideal.
    """
    image = np.asarray(image)
    if lens.ideal:
        return image
    height, width = image.shape[:2]
    weights = _weights(width, height, tuple(np.ravel(matrix).tolist()), lens)
    flat = weights @ image.reshape(height * width, -1).astype(weights.dtype)
    if np.issubdtype(image.dtype, np.integer):
        flat = np.rint(flat)
    return flat.astype(image.dtype).reshape(image.shape)


@functools.lru_cache(maxsize=16)
def _weights(width, height, matrix, lens):
    """What each pixel of the ideal image takes of which pixels of the recorded one: sparse `[H W, H W]`, float32.

    A pixel is a square: up to half a pixel past the outer centres, the outermost pixels go on.
    """
    from scipy import sparse

    k = np.array(matrix).reshape(3, 3)
    rows, columns = np.mgrid[:height, :width].astype(np.float64)
    y = (rows - k[1, 2]) / k[1, 1]
    ideal = np.stack([(columns - k[0, 2] - k[0, 1] * y) / k[0, 0], y], -1)
    places = (lens.distort(ideal) @ k[:2, :2].T + k[:2, 2]).reshape(-1, 2)
    with np.errstate(invalid="ignore"):
        seen = np.flatnonzero(((places >= -0.5) & (places <= np.array([width, height]) - 0.5)).all(-1))
    places = np.clip(places[seen], 0, np.array([width, height]) - 1)
    first = np.minimum(places.astype(int), np.maximum([width - 2, height - 2], 0))
    right, down = (places - first).T
    step = np.array([min(width - 1, 1), width * min(height - 1, 1)])
    start = first @ [1, width]
    taken = np.stack([start, start + step[0], start + step[1], start + step.sum()], -1)
    parts = np.stack([(1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down], -1)
    index = (np.repeat(seen, 4), taken.ravel())
    return sparse.csr_array((np.float32(parts).ravel(), index), shape=(height * width,) * 2)
