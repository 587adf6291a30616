"""Test episodes of `moving_shapes` as cameras with strong lenses record them, and as ideal ones do."""

import dataclasses

import numpy as np
from PIL import Image
from scipy import ndimage

from tfkeypoints import files
from tfkeypoints.calibration import Calibration
from tfkeypoints.cameras import views
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.rendering.examples import Job
from tfkeypoints.rendering.render import Renderer
from tfkeypoints.rendering.scenes.cameras import standing_cameras
from tfkeypoints.rendering.scenes.episodes import frame_mesh, table_images
from tfkeypoints.rendering.scenes.motion import draw_motion
from tfkeypoints.visualization.video import video_writer

NAMES = ("front", "left", "right")
SIZE, SOURCE_SIZE = 256, 768
"""Side in pixels of the recorded images, and of the rendered ones that they are taken from."""
FRAMES, FPS = 25, 10
SUBPIXELS = 2
"""Places along each side of a recorded pixel at which the rendered image is looked up."""
LENSES = (
    Lens("pinhole", (-0.3, 0.08, 0.0, 0.0, 0.0)),
    Lens("pinhole", (-0.3, 0.08, 0.004, -0.006, 0.0)),
    Lens("fisheye", (-0.02, 0.005, 0.0, 0.0)),
)


def cameras(lenses=()):
    """The cameras of `moving_shapes`, with lenses."""
    intrinsics, extrinsics = standing_cameras(len(NAMES))
    return Calibration(NAMES, np.full([len(NAMES), 2], SIZE), intrinsics, extrinsics, lenses)


def write(folder, episodes):
    """Renders test episodes, and writes them in one recording after another.

    Args:
        folder: Is filled with `ideal_images`, `lens_images`, `ideal_videos`, `lens_videos`, and `landmarks.npy`,
            `[T, L, 3]`.
        episodes: Number of episodes.
    """
    rigs = {"ideal": cameras(), "lens": cameras(LENSES)}
    warps = {name: [_warp(*each) for each in _parts(rig)] for name, rig in rigs.items()}
    wide = dataclasses.replace(cameras(), intrinsics=_wide())
    table = table_images(wide.intrinsics, wide.extrinsics, SOURCE_SIZE)
    landmarks, frames = [], []
    for motion in map(_motion, range(episodes)):
        for time in range(FRAMES):
            renderer = Renderer(frame_mesh(motion, time))
            sources = [
                _over(renderer.render(k, pose, SOURCE_SIZE, SOURCE_SIZE), behind)
                for k, pose, behind in zip(wide.intrinsics, wide.extrinsics, table, strict=True)
            ]
            landmarks.append(motion.landmarks(time))
            frames.append(
                {name: [_look_up(*each) for each in zip(sources, warp, strict=True)] for name, warp in warps.items()}
            )
    with files.whole(folder) as partial:
        for name in rigs:
            for view, camera in enumerate(NAMES):
                images = partial / f"{name}_images" / camera
                images.mkdir(parents=True)
                for number, frame in enumerate(frames):
                    Image.fromarray(frame[name][view]).save(images / f"frame_{number:04d}.png")
                with video_writer(partial / f"{name}_videos" / f"{camera}.mp4", FPS) as add:
                    for frame in frames:
                        add(frame[name][view])
        np.save(partial / "landmarks.npy", np.stack(landmarks))


def _motion(number):
    """The motion of an episode of the test split."""
    return draw_motion(Job(f"arm/test/{number:05d}", "arm", FRAMES, seed=0).generators()[0], FRAMES)


def _parts(rig):
    return zip(rig.matrices, rig.lenses, strict=True)


def _wide():
    """Intrinsics of ideal cameras that see all that a camera with a lens sees, `[V, 3, 3]`."""
    corners = np.array([[0, 0], [SIZE, 0], [0, SIZE], [SIZE, SIZE]]) - 0.5
    rays = np.stack([views.pixel_rays(corners, *each) for each in _parts(cameras(LENSES))])
    focal = 1 / (1.02 * np.abs(rays[..., :2] / rays[..., 2:]).max())
    return np.tile(np.diag([focal, focal, 1.0]), (len(NAMES), 1, 1))


def _warp(matrix, lens):
    """Where in the rendered image each part of each recorded pixel looks: rows and columns, `[2, S, S]`."""
    places = (np.arange(SIZE * SUBPIXELS) + 0.5) / SUBPIXELS - 0.5
    rays = views.pixel_rays(np.stack(np.meshgrid(places, places), -1), matrix, lens)
    uv = rays[..., :2] / rays[..., 2:] * _wide()[0, 0, 0]
    return np.moveaxis(((uv + 1) * SOURCE_SIZE - 1) / 2, -1, 0)[::-1]


def _over(rgba, behind):
    alpha = rgba[..., 3:] / 255
    return alpha * rgba[..., :3] + (1 - alpha) * behind


def _look_up(source, warp):
    channels = [
        ndimage.map_coordinates(channel, warp, order=1, mode="nearest") for channel in np.moveaxis(source, -1, 0)
    ]
    parts = np.stack(channels, -1).reshape(SIZE, SUBPIXELS, SIZE, SUBPIXELS, 3)
    return np.rint(parts.mean((1, 3))).astype(np.uint8)
