"""An object of four balls in four colors, photographed by cameras with lenses: where each ball is, is known exactly."""

import dataclasses
import json

import numpy as np
from PIL import Image

from tests import reference
from tfkeypoints.cameras import views
from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.cameras.writing import write_calibration

CENTRES = np.array([[0.0, 0.0, 0.0], [-0.55, 0.0, 0.35], [-0.5, 0.0, 0.8], [0.6, 0.15, -0.3]])
RADII = np.array([0.45, 0.3, 0.2, 0.3])
COLORS = np.array([[200, 200, 190], [230, 40, 40], [40, 60, 220], [40, 190, 60]])
LENS = Lens("pinhole", (-0.2, 0.03, 0.002, -0.001))
SIZE = (80, 104)
"""Width and height of the photos."""
FLIP = np.diag([1.0, -1.0, -1.0, 1.0])


@dataclasses.dataclass(frozen=True)
class Object:
    """The balls in the frame and unit of the camera file, and the cameras."""

    centres: np.ndarray
    radii: np.ndarray
    calibration: Calibration

    @property
    def box(self):
        """Its bounding box: low, high."""
        return (self.centres - self.radii[:, None]).min(0), (self.centres + self.radii[:, None]).max(0)

    def photo(self, view):
        """uint8 `[H, W, 4]`, 2 × 2 rays a pixel."""
        (width, height), lens = SIZE, self.calibration.lenses[view]
        steps = np.array([-0.25, 0.25])
        rows, columns = (np.add.outer(np.arange(side), steps).ravel() for side in (height, width))
        rays = views.pixel_rays(np.stack(np.meshgrid(columns, rows), -1), self.calibration.matrices[view], lens)
        rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
        seen = self.centres @ self.calibration.extrinsics[view, :3, :3].T + self.calibration.extrinsics[view, :3, 3]
        along = rays @ seen.T
        under = along**2 - (seen**2).sum(-1) + self.radii**2
        depth = np.where(under > 0, along - np.sqrt(np.maximum(under, 0)), np.inf)
        hit = np.isfinite(depth.min(-1))
        colors = np.where(hit[..., None], COLORS[depth.argmin(-1)], 0)
        blocks = (height, 2, width, 2)
        count = hit.reshape(blocks).sum((1, 3))
        mean = colors.reshape(*blocks, 3).sum((1, 3)) / np.maximum(count, 1)[..., None]
        return np.uint8(np.rint(np.concatenate([mean, 63.75 * count[..., None]], -1)))

    def write(self, folder, form="transforms", masks=False, suffix="png"):
        """Writes images/, masks/ where they are asked for, and the cameras."""
        (folder / "images").mkdir(parents=True)
        names = [f"{name}.{suffix}" for name in self.calibration.names]
        for view, name in enumerate(names):
            photo = self.photo(view)
            if masks:
                (folder / "masks").mkdir(exist_ok=True)
                Image.fromarray(photo[..., 3]).save(folder / "masks" / f"{self.calibration.names[view]}.png")
                photo = np.where(photo[..., 3:] > 0, photo[..., :3], np.uint8([90, 120, 150]))
            Image.fromarray(photo).save(folder / "images" / name)
        named = dataclasses.replace(self.calibration, names=tuple(names))
        if form == "transforms":
            (folder / "transforms.json").write_text(json.dumps(transforms(named)))
        else:
            write_calibration(folder / {"native": "cameras.json", "colmap": "sparse/0"}[form], named)
        return folder


def make(seed=0, photos=8, unit=1.0, place=(0.0, 0.0, 0.0), turn=0.0, lens=LENS, lean=None, stretch=1.0):
    """An object in a frame in which it is turned by degrees about the vertical axis, of some size, somewhere.

    Cameras stand around it at differing distances and see it off the middle of their photos.
    """
    rng = np.random.default_rng(seed)
    frame = reference.axis_rotation([0, 0, 1], np.deg2rad(turn)) if lean is None else lean
    azimuths = 2 * np.pi * (np.arange(photos) + rng.uniform(-0.2, 0.2, photos)) / photos
    heights = rng.uniform(0.1, 0.7, photos)
    eyes = np.stack([np.cos(azimuths), np.sin(azimuths), heights], -1)
    eyes *= rng.uniform(3.5, 5, (photos, 1)) / np.linalg.norm(eyes, axis=1, keepdims=True)
    middle = rng.uniform(-0.3, 0.3, (photos, 3)) * [1, 1, 0.5]
    focal = 31 * np.linalg.norm(eyes, axis=1)
    extrinsics = np.stack([looking(*each) for each in zip(eyes, middle, strict=True)])
    extrinsics[:, :3, :3] = extrinsics[:, :3, :3] @ frame.T
    extrinsics[:, :3, 3] = unit * extrinsics[:, :3, 3] - extrinsics[:, :3, :3] @ np.asarray(place)
    size = np.array(SIZE)
    intrinsics = np.zeros((photos, 3, 3))
    intrinsics[:, 0, 0], intrinsics[:, 1, 1], intrinsics[:, 2, 2] = 2 * focal / SIZE[0], 2 * focal / SIZE[1], 1
    intrinsics[:, :2, 2] = 2 * np.array([1.5, -2.0]) / size
    names = tuple(f"p{number:02d}" for number in range(photos))
    calibration = Calibration(names, np.tile(size, (photos, 1)), intrinsics, extrinsics, (lens,) * photos)
    centres = CENTRES * [1, 1, stretch]
    return Object(unit * centres @ frame.T + place, unit * RADII, calibration)


def looking(eye, target):
    """World to camera, z up in the image."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    extrinsics = np.eye(4)
    extrinsics[:3, :3] = right, np.cross(forward, right), forward
    extrinsics[:3, 3] = -extrinsics[:3, :3] @ eye
    return extrinsics


def transforms(calibration):
    """Camera to world, y up and looking along -z, the corner of the first pixel at (0, 0)."""
    frames = []
    for name, matrix, extrinsics, lens in zip(
        calibration.names, calibration.matrices, calibration.extrinsics, calibration.lenses, strict=True
    ):
        k1, k2, p1, p2 = (*lens.coefficients, 0, 0, 0, 0)[:4]
        pose = np.linalg.inv(extrinsics) @ FLIP
        frames.append(
            {"file_path": f"images/{name}", "w": SIZE[0], "h": SIZE[1], "fl_x": matrix[0, 0], "fl_y": matrix[1, 1]}
            | {"cx": matrix[0, 2] + 0.5, "cy": matrix[1, 2] + 0.5, "k1": k1, "k2": k2, "p1": p1, "p2": p2}
            | {"transform_matrix": pose.tolist()}
        )
    return {"camera_model": "OPENCV", "frames": frames}


def find(image, ball):
    """The mean place, in pixels (x, y), of what has a ball's color; None if it is not seen."""
    near = (np.abs(image[..., :3].astype(int) - COLORS[ball]).max(-1) < 40) & (image[..., 3] > 200)
    return None if near.sum() < 4 else np.argwhere(near).mean(0)[::-1]
