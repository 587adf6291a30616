"""Resamples an image as recorded into the ideal one: bilinear, with the weights kept as a sparse matrix a camera.

SciPy's sparse product does it: exact weights at any depth of pixel. Measured on one 1088 × 1920 RGB image against
alternatives: 0.17 s; scipy.ndimage and plain NumPy 0.9 s; cv2.remap 0.05 s, with places rounded to 1/32 pixel, and a
package that clashes with the other builds of OpenCV that people have.
"""

import functools
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.cameras.lens import Lens

if TYPE_CHECKING:
    from scipy import sparse


BLOCK = 2**15
"""Pixels whose weights are found at a time, so that what is needed on the way stays in the processor's cache."""


class Undistorter:
    """Makes, of images of one camera, those that a pinhole camera of the same matrix would have taken.

    The weights are found with the first image and kept: 36 bytes a pixel.

    Args:
        size: Width and height of the images in pixels.
        matrix: `[3, 3]`, camera to pixels; the centre of the first pixel is (0, 0).
        lens: The lens.

    Example:
        undistort = Undistorter((1920, 1080), matrix, lens)
        ideal = [undistort(image) for image in recorded]
    """

    def __init__(self, size: tuple[int, int], matrix: ArrayLike, lens: Lens) -> None:
        self.width, self.height = size
        self.matrix, self.lens = np.asarray(matrix, np.float64), lens

    def __call__(self, image: ArrayLike) -> np.ndarray:
        """Undistorts an image.

        Args:
            image: `[height, width]` or `[height, width, C]`, integer or float.

        Returns:
            An array like `image`; 0 where the lens shows nothing. The image itself where the lens is ideal.
        """
        image = np.asarray(image)
        if self.lens.ideal:
            return image
        flat = self._weights @ image.reshape(self.height * self.width, -1).astype(np.float32)
        if np.issubdtype(image.dtype, np.integer):
            flat = np.rint(flat)
        return flat.astype(image.dtype).reshape(image.shape)

    @functools.cached_property
    def _weights(self) -> "sparse.csr_array":
        """What each ideal pixel takes of which recorded ones: sparse `[H W, H W]`, float32, four numbers a row."""
        from scipy import sparse

        count = self.height * self.width
        blocks = [self._taken(np.arange(first, min(first + BLOCK, count))) for first in range(0, count, BLOCK)]
        seen, index, parts = (np.concatenate(each) for each in zip(*blocks, strict=True))
        begins = np.concatenate([[0], np.cumsum(4 * seen)])
        return sparse.csr_array((parts.ravel(), index.ravel(), begins), shape=(count, count))

    def _taken(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of ideal pixels `[N]`, counted row by row, which are seen, and of those `[n, 4]` recorded pixels and weights.

        A pixel is a square: up to half a pixel past the outer centres, the outermost pixels go on.
        """
        k, width, height = self.matrix, self.width, self.height
        y = (pixels // width - k[1, 2]) / k[1, 1]
        ideal = np.stack([(pixels % width - k[0, 2] - k[0, 1] * y) / k[0, 0], y], -1)
        places = self.lens.distort(ideal) @ k[:2, :2].T + k[:2, 2]
        with np.errstate(invalid="ignore"):
            seen = np.all((places >= -0.5) & (places <= np.array([width, height]) - 0.5), -1)
        places = np.clip(places[seen], 0, np.array([width, height]) - 1)
        first = np.minimum(places.astype(int), np.maximum([width - 2, height - 2], 0))
        right, down = (places - first).T
        steps = np.array([0, min(width - 1, 1), width * min(height - 1, 1)])
        index = (first @ [1, width])[:, None] + [*steps, steps.sum()]
        parts = np.stack([(1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down], -1)
        return seen, index.astype(np.int32), parts.astype(np.float32)
