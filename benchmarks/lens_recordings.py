"""Episodes of `moving_shapes` as cameras with strong lenses record them, and as ideal ones do."""

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


def cameras(lenses=(), names=NAMES, size=None):
    """The cameras of `moving_shapes`, as many as names, with lenses."""
    intrinsics, extrinsics = standing_cameras(len(names))
    return Calibration(names, np.full([len(names), 2], size or SIZE), intrinsics, extrinsics, lenses)


def episode(split, number, frames):
    """The motion of an episode as the data set has it."""
    return draw_motion(Job(f"arm/{split}/{number:05d}", "arm", frames, seed=0).generators()[0], frames)


class Studio:
    """Films scenes by cameras that stand in the same places, with several kinds of lenses.

    Args:
        rigs: Name to `Calibration`: of the same names, square sizes and places.
        source_size: Side in pixels of the rendered images that the recorded ones are taken from.
        samples: Rays along each side of a rendered pixel.
        behind: From intrinsics `[V, 3, 3]`, extrinsics `[V, 4, 4]` and a size to what stands still, `[V, S, S, 3]`.
    """

    def __init__(self, rigs, source_size, samples=2, behind=table_images):
        self.rigs, self.source_size, self.samples = rigs, source_size, samples
        one = next(iter(rigs.values()))
        self.wide = dataclasses.replace(one, intrinsics=_wide(rigs.values()), lenses=())
        self.behind = behind(self.wide.intrinsics, self.wide.extrinsics, source_size)
        self.warps = {name: [self._warp(*each) for each in _parts(rig)] for name, rig in rigs.items()}

    def film(self, mesh):
        """What each camera of each rig sees of a mesh before what stands still: name to V images, uint8 `[S, S, 3]`."""
        renderer = Renderer(mesh)
        sources = [
            over(renderer.render(k, pose, self.source_size, self.source_size, self.samples), behind)
            for k, pose, behind in zip(self.wide.intrinsics, self.wide.extrinsics, self.behind, strict=True)
        ]
        return {name: self._recorded(sources, name) for name in self.rigs}

    def rest(self, name):
        """What the cameras of a rig see of what stands still: V images."""
        return self._recorded(self.behind, name)

    def _recorded(self, sources, name):
        return [look_up(*each) for each in zip(sources, self.warps[name], strict=True)]

    def _warp(self, size, matrix, lens):
        """Where in the rendered image each part of each recorded pixel looks: rows and columns, `[2, S, S]`."""
        places = (np.arange(size[0] * SUBPIXELS) + 0.5) / SUBPIXELS - 0.5
        rays = views.pixel_rays(np.stack(np.meshgrid(places, places), -1), matrix, lens)
        uv = rays[..., :2] / rays[..., 2:] * self.wide.intrinsics[0, 0, 0]
        return np.moveaxis(((uv + 1) * self.source_size - 1) / 2, -1, 0)[::-1]


def write(folder, episodes):
    """Renders test episodes, and writes them in one recording after another.

    Args:
        folder: Is filled with `ideal_images`, `lens_images`, `ideal_videos`, `lens_videos`, and `landmarks.npy`,
            `[T, L, 3]`.
        episodes: Number of episodes.
    """
    studio = Studio({"ideal": cameras(), "lens": cameras(LENSES)}, SOURCE_SIZE)
    landmarks, frames = [], []
    for number in range(episodes):
        motion = episode("test", number, FRAMES)
        for time in range(FRAMES):
            landmarks.append(motion.landmarks(time))
            frames.append(studio.film(frame_mesh(motion, time)))
    with files.whole(folder) as partial:
        for name in studio.rigs:
            for view, camera in enumerate(NAMES):
                images = partial / f"{name}_images" / camera
                images.mkdir(parents=True)
                for number, frame in enumerate(frames):
                    Image.fromarray(frame[name][view]).save(images / f"frame_{number:04d}.png")
                write_video(partial / f"{name}_videos" / f"{camera}.mp4", [frame[name][view] for frame in frames])
        np.save(partial / "landmarks.npy", np.stack(landmarks))


def write_video(path, images):
    """Writes a camera's images as a video."""
    with video_writer(path, FPS) as add:
        for image in images:
            add(image)


def _parts(rig):
    return zip(rig.sizes, rig.matrices, rig.lenses, strict=True)


def _wide(rigs):
    """Intrinsics of ideal cameras that see all that these cameras see, `[V, 3, 3]`."""
    rays = np.concatenate([_corner_rays(rig) for rig in rigs])
    focal = 1 / (1.02 * np.abs(rays[..., :2] / rays[..., 2:]).max())
    return np.tile(np.diag([focal, focal, 1.0]), (len(next(iter(rigs)).names), 1, 1))


def _corner_rays(rig):
    corners = [np.array([[0, 0], [w, 0], [0, h], [w, h]]) - 0.5 for w, h in rig.sizes]
    return np.stack([views.pixel_rays(each, k, lens) for each, (_, k, lens) in zip(corners, _parts(rig), strict=True)])


def over(rgba, behind):
    """Lays images `[..., 4]` over what is behind them."""
    alpha = rgba[..., 3:] / 255
    return alpha * rgba[..., :3] + (1 - alpha) * behind


def look_up(source, warp):
    """Takes each part of each pixel from where in an image `warp` `[2, S, S]` has it: rows and columns."""
    channels = [
        ndimage.map_coordinates(channel, warp, order=1, mode="nearest") for channel in np.moveaxis(source, -1, 0)
    ]
    size = warp.shape[1] // SUBPIXELS
    parts = np.stack(channels, -1).reshape(size, SUBPIXELS, size, SUBPIXELS, len(channels))
    return np.rint(parts.mean((1, 3))).astype(np.uint8)
