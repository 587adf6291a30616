"""A ball that moves before a striped wall, filmed by three cameras with lenses: where it is is known exactly."""

import dataclasses
import functools

import numpy as np
from PIL import Image

from tfkeypoints.cameras import views
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.cameras.writing import write_calibration

NAMES = ("left", "right", "top")
SIZES = np.array([[160, 120], [120, 160], [144, 144]])
FOCAL = (150.0, 140.0, 160.0)
EYES = np.array([[4.0, 0.5, 1.0], [-0.5, -4.0, 1.2], [2.0, 2.5, 3.5]])
RADIUS = 0.25
BALL = np.array([230, 60, 40])


@dataclasses.dataclass(frozen=True)
class Film:
    """Where the ball is, `[T, 3]`, and the cameras, in a world with so many units a metre."""

    centres: np.ndarray
    calibration: Calibration
    unit: float

    def write(self, folder, cameras, frames=slice(None), ball=True):
        """Writes PNG images into a sub-folder a camera, and the camera file."""
        for view, name in enumerate(NAMES):
            (folder / name).mkdir(parents=True)
            for number in range(len(self.centres))[frames]:
                centre = self.centres[number] if ball else None
                Image.fromarray(self.image(view, centre)).save(folder / name / f"{number:03d}.png")
        write_calibration(cameras, self.calibration)
        return folder

    @functools.cached_property
    def rays(self):
        """Of each camera, 2 × 2 rays a pixel: unit `[2 H, 2 W, 3]`, camera frame, and their pixels (x, y)."""
        found = []
        for (width, height), matrix, lens in zip(
            SIZES, self.calibration.matrices, self.calibration.lenses, strict=True
        ):
            steps = np.array([-0.25, 0.25])
            rows, columns = (np.add.outer(np.arange(side), steps).ravel() for side in (height, width))
            pixels = np.stack(np.meshgrid(columns, rows), -1)
            rays = views.pixel_rays(pixels, matrix, lens)
            found.append((rays / np.linalg.norm(rays, axis=-1, keepdims=True), pixels))
        return found

    def image(self, view, centre):
        """What a camera sees: of each ray, whether it hits the ball."""
        pixels = self.rays[view][1]
        wall = 120 + 40 * np.sin(pixels[..., :1] / 9 + view) * np.cos(pixels[..., 1:] / 7) + [0, 10, 25]
        if centre is not None:
            wall = np.where(self._hit(view, centre)[..., None], BALL, wall)
        return np.uint8(self._averaged(view, wall).round())

    def mask(self, view, centre):
        """Where a camera sees the ball: uint8, 255 in pixels that show nothing else."""
        return np.uint8((255 * self._averaged(view, self._hit(view, centre)[..., None])[..., 0]).round())

    def _hit(self, view, centre):
        rays, _ = self.rays[view]
        seen = self.calibration.extrinsics[view, :3, :3] @ centre + self.calibration.extrinsics[view, :3, 3]
        return seen @ seen - (rays @ seen) ** 2 < (RADIUS * self.unit) ** 2

    def _averaged(self, view, values):
        width, height = SIZES[view]
        return values.reshape(height, 2, width, 2, -1).mean((1, 3))


def film(count, walk, unit=1.0, names=NAMES):
    """Films a ball that goes around once, and meanwhile across by `walk` metres."""
    turn = np.linspace(0, 2 * np.pi, count)
    across = walk * (turn / np.pi / 2 - 0.5)[:, None] * [0.7, -0.7, 0]
    centres = across + np.stack([0.3 * np.cos(turn), 0.3 * np.sin(turn), 0.5 + 0.2 * np.sin(2 * turn)], -1)
    extrinsics = np.stack([_looking(eye, np.array([0, 0, 0.5])) for eye in EYES])
    extrinsics[:, :3, 3] *= unit
    intrinsics = []
    for (width, height), focal in zip(SIZES, FOCAL, strict=True):
        intrinsics.append(
            [[2 * focal / width, 0, 1 / width + 0.05], [0, 2 * focal / height, 1 / height - 0.04], [0, 0, 1]]
        )
    lenses = (Lens("pinhole", (-0.2, 0.03, 0.001, -0.001)), Lens(), Lens("fisheye", (0.02, -0.01, 0.0, 0.0)))
    return Film(unit * centres, Calibration(names, SIZES, np.array(intrinsics), extrinsics, lenses), unit)


def _looking(eye, target):
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    extrinsics = np.eye(4)
    extrinsics[:3, :3] = right, np.cross(forward, right), forward
    extrinsics[:3, 3] = -extrinsics[:3, :3] @ eye
    return extrinsics
