"""A body that moves before three cameras with lenses, and its exact outlines."""

import dataclasses

import numpy as np
from PIL import Image, ImageDraw
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from tfkeypoints.cameras.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.inspection.outlines import Outlines

SIZES = ((320, 240), (240, 320), (320, 240))
LENSES = (
    Lens("pinhole", (-0.2, 0.05, 0.001, -0.001)),
    Lens(),
    Lens("fisheye", (0.05, -0.01, 0.0, 0.0)),
)
EYES = np.array([[3.0, 0.2, 1.5], [-0.6, 2.8, 1.2], [-2.0, -2.2, 1.8]])


def rig() -> Calibration:
    cameras = []
    for number, (size, lens, eye) in enumerate(zip(SIZES, LENSES, EYES, strict=True)):
        width, height = size
        matrix = np.array([[300.0, 0, width / 2], [0, 300.0, height / 2], [0, 0, 1]])
        extrinsics = _looking(eye, np.array([0.0, 0, 0.3]))
        cameras.append(Camera(name=f"cam{number}", matrix=matrix, extrinsics=extrinsics, size=size, lens=lens))
    return Calibration.from_cameras(cameras)


def _looking(eye: np.ndarray, target: np.ndarray) -> np.ndarray:
    """World to camera: z forward, x to the right, the world's z up."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    return np.concatenate([np.concatenate([rotation, -rotation @ eye[:, None]], 1), [[0, 0, 0, 1]]])


def body(count: int = 90) -> np.ndarray:
    """`[T, P, 3]`: corners of a body that turns and wanders."""
    rng = np.random.default_rng(0)
    corners = rng.normal(size=(24, 3)) * (0.12, 0.2, 0.3)
    time = np.linspace(0, 2 * np.pi, count)
    turned = Rotation.from_rotvec(1.5 * time[:, None] * np.array([0.3, 0.2, 1.0])).as_matrix()
    way = np.stack([0.35 * np.sin(time), 0.3 * np.sin(2 * time), 0.3 + 0.15 * np.cos(3 * time)], -1)
    return corners @ np.swapaxes(turned, 1, 2) + way[:, None]


def outlines(calibration: Calibration, points: np.ndarray) -> list[Outlines]:
    """What each camera sees of it, without images and so exactly."""
    pixels = calibration.project(points.reshape(-1, 3)).reshape(len(calibration.names), *points.shape[:2], 2)
    found = []
    for size, own in zip(calibration.sizes.tolist(), pixels, strict=True):
        hulls = [each[ConvexHull(each).vertices] for each in own]
        frames = np.repeat(np.arange(len(points)), [len(hull) for hull in hulls])
        joined = np.concatenate(hulls)
        cut = ((joined < 0) | (joined > np.array(size) - 1)).any(1)
        found.append(Outlines(tuple(size), len(points), frames, joined, cut))
    return found


def later(seen: Outlines, frames: int) -> Outlines:
    """The same camera, started so many frames later."""
    kept = seen.frames >= frames
    parts = {name: getattr(seen, name)[kept] for name in ("frames", "points", "cut")}
    return dataclasses.replace(seen, **parts | {"frames": parts["frames"] - frames})


def write(folder, calibration: Calibration, points: np.ndarray) -> None:
    """Draws the body, bright on a dark noisy ground, as images of each camera."""
    rng = np.random.default_rng(1)
    seen = outlines(calibration, points)
    for name, each in zip(calibration.names, seen, strict=True):
        (folder / name).mkdir(parents=True)
        ground = rng.integers(20, 40, each.size[::-1], np.uint8)
        for frame in range(each.count):
            image = Image.fromarray(ground + rng.integers(0, 3, ground.shape, np.uint8))
            ImageDraw.Draw(image).polygon([tuple(point) for point in each.points[each.frames == frame]], fill=200)
            image.save(folder / name / f"{frame:04d}.png")
