"""A lens: where its camera's image of a direction lies, and which direction a place in the image shows."""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.cameras import fisheye, pinhole, pinhole_inverse

GREATEST = 1e12
"""No lens has such coefficients, and the powers of greater ones overflow."""
SIDEWAYS = 1e-9
"""Directions with less z, at length 1, are 90° off the axis but for rounding."""
COUNTS = {"pinhole": (0, 4, 5, 8, 12, 14), "fisheye": (4,)}
"""How many coefficients each kind of lens takes."""


@dataclasses.dataclass(frozen=True)
class Lens:
    """Lens distortion in OpenCV's two models; the formulas are in `pinhole.py` and `fisheye.py`.

    A place in the image is given in the camera's normalised plane at z = 1, so that a pixel is K (x, y, 1)ᵀ. A lens has
    an image of every direction up to its fold: the first place, going outwards from the axis, where the distortion's
    Jacobian determinant is 0. Past it the image would be covered twice, so what lies there is NaN.

    Attributes:
        kind: "pinhole" or "fisheye".
        coefficients: OpenCV's order k1 k2 p1 p2 k3 k4 k5 k6 s1 s2 s3 s4 τx τy (0, 4, 5, 8, 12 or 14 of them; τ in
            radians); of a fisheye lens k1 k2 k3 k4.

    Raises:
        ValueError: If there is no such kind or number of coefficients, or one of them is no finite number.

    Example:
        >>> Lens("pinhole", (-0.1, 0.0, 0.0, 0.0)).distort([[0.5, 0.0]]).tolist()
        [[0.4875, 0.0]]
    """

    kind: str = "pinhole"
    coefficients: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in COUNTS:
            raise ValueError(f"`kind` should be one of {', '.join(COUNTS)}. Received: kind={self.kind!r}")
        try:
            coefficients = tuple(float(each) for each in self.coefficients)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(
                f"`coefficients` should be numbers. Received: coefficients={self.coefficients!r}"
            ) from error
        counts = COUNTS[self.kind]
        if len(coefficients) not in counts or not all(abs(each) < GREATEST for each in coefficients):
            raise ValueError(
                f"`coefficients` of a {self.kind} lens should be {' or '.join(map(str, counts))} finite numbers. "
                f"Received: coefficients={coefficients}"
            )
        if any(abs(tilt) >= np.pi / 2 for tilt in coefficients[12:]):
            raise ValueError(
                f"`coefficients` τx, τy should be less than π/2. Received: coefficients={coefficients[12:]}"
            )
        object.__setattr__(self, "coefficients", coefficients)

    @property
    def ideal(self) -> bool:
        """Whether the lens leaves every point where a pinhole camera has it."""
        return self.kind == "pinhole" and not any(self.coefficients)

    def image(self, points_camera: ArrayLike) -> np.ndarray:
        """Takes points in front of the lens to their places in the image.

        Args:
            points_camera: `[..., 3]`, camera frame, any unit.

        Returns:
            float64 `[..., 2]`, camera's normalised plane; NaN behind a pinhole camera (z ≤ 0) and past the lens' fold.
        """
        points = np.asarray(points_camera, np.float64)
        with np.errstate(all="ignore"):
            if self.kind == "fisheye":
                return fisheye.image(points, self.coefficients)
            front = points[..., 2:] > 0
            return self.distort(np.where(front, points[..., :2] / points[..., 2:], np.nan))

    def distort(self, xy: ArrayLike) -> np.ndarray:
        """Takes places in the ideal image to places in the lens' image: `[..., 2]` to float64 `[..., 2]`.

        Both are in the camera's normalised plane; NaN past the lens' fold.
        """
        xy = np.asarray(xy, np.float64)
        if self.ideal:
            return xy.copy()
        with np.errstate(all="ignore"):
            if self.kind == "fisheye":
                return fisheye.image(np.concatenate([xy, np.ones_like(xy[..., :1])], -1), self.coefficients)
            return pinhole.distort(xy, self.coefficients)

    def undistort(self, xy_distorted: ArrayLike) -> np.ndarray:
        """Takes places in the lens' image to places in the ideal image; the inverse of `distort`.

        Returns:
            float64 `[..., 2]`; NaN where the lens has no image, and 90° off the axis or more.
        """
        rays = self.rays(xy_distorted)
        with np.errstate(all="ignore"):
            return np.where(rays[..., 2:] > SIDEWAYS, rays[..., :2] / rays[..., 2:], np.nan)

    def rays(self, xy_distorted: ArrayLike) -> np.ndarray:
        """Takes places in the lens' image to the directions that are seen there; the inverse of `image`.

        Args:
            xy_distorted: `[..., 2]`, camera's normalised plane.

        Returns:
            float64 `[..., 3]`, camera frame: with z = 1 of a pinhole lens, of length 1 of a fisheye lens. NaN where the
            lens has no image.
        """
        xy = np.asarray(xy_distorted, np.float64)
        with np.errstate(all="ignore"):
            if self.kind == "fisheye":
                return fisheye.rays(xy, self.coefficients)
            ideal = xy if self.ideal else pinhole_inverse.undistort(xy, self.coefficients)
            return np.concatenate([ideal, np.where(np.isnan(ideal[..., :1]), np.nan, 1.0)], -1)
