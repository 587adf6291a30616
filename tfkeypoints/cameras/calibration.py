"""A rig of calibrated cameras: from world points to pixels as recorded, and between these and an ideal image.

NumPy float64 throughout. The model sees ideal images, which a pinhole camera of the same intrinsics would have taken.
"""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.cameras import views
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.cameras.undistortion import Undistorter

FAR = 10
"""An origin that is farther off than this many times the greatest distance between cameras."""


@dataclasses.dataclass(frozen=True)
class Calibration:
    """Cameras that do not move.

    Attributes:
        names: V names, in the order of the views.
        sizes: `[V, 2]` int, width and height of the images in pixels; 0 × 0 where the file does not say.
        intrinsics: `[V, 3, 3]` float64, camera to normalised image coordinates of the ideal image. Without a size these
            are those of an image of 2 × 2 pixels, until `with_sizes` tells it.
        extrinsics: `[V, 4, 4]` float64, world to camera, rigid; in the file's length unit.
        lenses: V lenses; ideal ones if none are given.
    """

    names: tuple[str, ...]
    sizes: np.ndarray
    intrinsics: np.ndarray
    extrinsics: np.ndarray
    lenses: tuple[Lens, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "intrinsics", np.asarray(self.intrinsics, np.float64))
        object.__setattr__(self, "extrinsics", np.asarray(self.extrinsics, np.float64))
        object.__setattr__(self, "lenses", tuple(self.lenses) or (Lens(),) * len(self.names))

    @classmethod
    def from_cameras(cls, cameras: Sequence[Camera]) -> "Calibration":
        """Makes a calibration of cameras in pixels."""
        sizes = np.array([camera.size or (0, 0) for camera in cameras])
        return cls(
            names=tuple(camera.name for camera in cameras),
            sizes=sizes,
            intrinsics=_normalised(np.array([camera.matrix for camera in cameras]), sizes),
            extrinsics=np.array([camera.extrinsics for camera in cameras]),
            lenses=tuple(camera.lens for camera in cameras),
        )

    @property
    def matrices(self) -> np.ndarray:
        """`[V, 3, 3]` float64, camera to pixels; the centre of the first pixel is (0, 0)."""
        extent = _extent(self.sizes)
        focal = self.intrinsics[:, :2, :2] * extent / 2
        centre = ((self.intrinsics[:, :2, 2:] + 1) * extent - 1) / 2
        return np.concatenate([np.concatenate([focal, centre], -1), self.intrinsics[:, 2:]], 1)

    def project(self, points_world: ArrayLike) -> np.ndarray:
        """Projects world points into the images as recorded.

        Args:
            points_world: `[N, 3]`, in the world and unit of the extrinsics.

        Returns:
            float64 `[V, N, 2]`, pixels x and y, lens included; the centre of the first pixel is (0, 0). NaN behind a
            camera and where its lens has no image.

        Raises:
            ValueError: If the points have another shape.
        """
        points = np.asarray(points_world, np.float64)
        if points.ndim != 2 or points.shape[1] != 3:
            raise ValueError(f"`points_world` must have shape [N, 3]. Received: points_world.shape={points.shape}")
        known = points[np.isfinite(points).all(1)]
        middle = known.mean(0) if len(known) else np.zeros(3)
        local = views.about(self.extrinsics, middle)
        points_camera = (points - middle) @ np.swapaxes(local[:, :3, :3], 1, 2) + local[:, None, :3, 3]
        images = [lens.image(each) for lens, each in zip(self.lenses, points_camera, strict=True)]
        return np.stack([_affine(matrix, image) for matrix, image in zip(self.matrices, images, strict=True)])

    def to_recorded(self, uv: ArrayLike) -> np.ndarray:
        """Takes places in the ideal images to those in the images as recorded.

        Args:
            uv: `[V, ..., 2]`, normalised image coordinates.

        Returns:
            float64 `[V, ..., 2]` pixels, the centre of the first pixel at (0, 0); NaN past a lens' fold.
        """
        uv = self._each("uv", uv)
        cameras = zip(self.intrinsics, self.lenses, self.matrices, uv, strict=True)
        return np.stack([_affine(k, lens.distort(_inverse(ideal, each))) for ideal, lens, k, each in cameras])

    def to_ideal(self, pixels: ArrayLike) -> np.ndarray:
        """Takes places in the images as recorded to those in the ideal images; the inverse of `to_recorded`.

        Args:
            pixels: `[V, ..., 2]`, the centre of the first pixel at (0, 0).

        Returns:
            float64 `[V, ..., 2]`, normalised image coordinates; NaN where a lens has no image, or shows what is 90° or
            more off the optical axis.
        """
        pixels = self._each("pixels", pixels)
        cameras = zip(self.intrinsics, self.lenses, self.matrices, pixels, strict=True)
        return np.stack([_affine(ideal, lens.undistort(_inverse(k, each))) for ideal, lens, k, each in cameras])

    def undistort(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Makes ideal images, which pinhole cameras of the same intrinsics would have taken, of those as recorded.

        Args:
            images: V arrays `[H, W]` or `[H, W, C]` of the cameras' sizes.

        Returns:
            V arrays like them, interpolated linearly; 0 where a lens shows nothing. Images of an ideal lens are
            returned as they are.

        Raises:
            ValueError: If there are more or fewer images than cameras, or one has another size than its camera.
        """
        if len(images) != len(self.names):
            raise ValueError(f"`images` should be {len(self.names)}, one a camera. Received: len(images)={len(images)}")
        for name, (width, height), image in zip(self.names, self.sizes, images, strict=True):
            if np.shape(image)[:2] != (height, width):
                raise ValueError(
                    f"`images` of camera `{name}` should have shape [{height}, {width}, ...]. "
                    f"Received: shape={np.shape(image)}"
                )
        return [undistort(image) for undistort, image in zip(self.undistorters, images, strict=True)]

    @functools.cached_property
    def undistorters(self) -> tuple[Undistorter, ...]:
        """What undistorts each camera's images; they keep what they find out with the first one."""
        return tuple(map(Undistorter, self.sizes.tolist(), self.matrices, self.lenses))

    def equals(self, other: "Calibration") -> bool:
        """Whether both have the same names, sizes, intrinsics, extrinsics and lenses, to the last bit."""
        arrays = ("sizes", "intrinsics", "extrinsics")
        same = all(np.array_equal(getattr(self, each), getattr(other, each)) for each in arrays)
        return same and (self.names, self.lenses) == (other.names, other.lenses)

    def resized(self, sizes: ArrayLike) -> "Calibration":
        """The same cameras with their images scaled to other sizes, `[V, 2]`, width and height in pixels."""
        return dataclasses.replace(self, sizes=np.asarray(sizes))

    def redrawn(self, to_calibrated: ArrayLike, sizes: ArrayLike) -> "Calibration":
        """The same cameras for images that were scaled or cut out of theirs.

        Args:
            to_calibrated: `[V, 2, 3]`, takes pixels of the new images to those of the old ones.
            sizes: `[V, 2]`, width and height of the new images.
        """
        rows = np.broadcast_to([[[0.0, 0.0, 1.0]]], (len(self.names), 1, 3))
        matrices = np.linalg.solve(np.concatenate([to_calibrated, rows], 1), self.matrices)
        sizes = np.asarray(sizes)
        return dataclasses.replace(self, sizes=sizes, intrinsics=_normalised(matrices, sizes))

    def with_sizes(self, sizes: ArrayLike) -> "Calibration":
        """Takes the images' sizes from a recording, `[V, 2]`, for the cameras whose file does not say them."""
        known = np.where(self.sizes.all(1, keepdims=True), self.sizes, sizes)
        return dataclasses.replace(self, sizes=known, intrinsics=_normalised(self.matrices, known))

    def recentred(self) -> tuple["Calibration", np.ndarray]:
        """Moves the world's origin to the middle of the cameras, for who goes on in float32.

        Returns:
            The calibration, and the offset `[3]` float64 that takes its world to this one: x_here = x_there + offset.
        """
        offset = views.centres(self.extrinsics).mean(0)
        return dataclasses.replace(self, extrinsics=views.about(self.extrinsics, offset)), offset

    def near_origin(self) -> tuple["Calibration", np.ndarray]:
        """Does as `recentred` where the origin is `FAR` times the rig's span off; otherwise leaves all as it is."""
        local, offset = self.recentred()
        far = np.linalg.norm(offset) > FAR * views.span(self.extrinsics)
        return (local, offset) if far else (self, np.zeros(3))

    def _each(self, name: str, values: ArrayLike) -> np.ndarray:
        values = np.asarray(values, np.float64)
        if values.ndim < 2 or values.shape[0] != len(self.names) or values.shape[-1] != 2:
            raise ValueError(
                f"`{name}` must have shape [{len(self.names)}, ..., 2], a camera each. "
                f"Received: {name}.shape={values.shape}"
            )
        return values


def _extent(sizes: np.ndarray) -> np.ndarray:
    return np.where(sizes > 0, sizes, 2)[:, :, None]


def _normalised(matrices: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    extent = _extent(sizes)
    focal, centre = 2 * matrices[:, :2, :2] / extent, (2 * matrices[:, :2, 2:] + 1) / extent - 1
    return np.concatenate([np.concatenate([focal, centre], -1), matrices[:, 2:]], 1)


def _affine(matrix: np.ndarray, xy: np.ndarray) -> np.ndarray:
    return xy @ matrix[:2, :2].T + matrix[:2, 2]


def _inverse(matrix: np.ndarray, xy: np.ndarray) -> np.ndarray:
    y = (xy[..., 1] - matrix[1, 2]) / matrix[1, 1]
    return np.stack([(xy[..., 0] - matrix[0, 2] - matrix[0, 1] * y) / matrix[0, 0], y], -1)
