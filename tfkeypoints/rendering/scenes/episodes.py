"""Turns one episode into examples, a frame each. What rendering workers run: NumPy and trimesh, no TensorFlow."""

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints.rendering.render import Renderer
from tfkeypoints.rendering.scenes import arm, bodies
from tfkeypoints.rendering.scenes.cameras import standing_cameras, swaying_cameras
from tfkeypoints.rendering.scenes.motion import LANDMARK_NAMES, Motion, draw_motion
from tfkeypoints.rendering.shapes.parts import Assembly, placed

if TYPE_CHECKING:
    import trimesh

    from tfkeypoints.rendering.examples import Job


def episode_examples(job: "Job", image_size: int, num_views: int, moving_cameras: bool) -> list[dict[str, Any]]:
    """Draws an episode and renders it.

    Args:
        job: `examples.Job`; `job.num_examples` frames.
        image_size: Height and width in pixels.
        num_views: Number of cameras, V.
        moving_cameras: Whether the cameras sway over time.

    Returns:
        List of dicts, frame after frame: image uint8 `[V, H, W, 3]`, intrinsics float32 `[V, 3, 3]`, extrinsics float32
        `[V, 4, 4]`, landmarks float32 `[L, 3]` in the order of `LANDMARK_NAMES`, instance, and frame int32.
    """
    motion_generator, camera_generator = job.generators()
    motion = draw_motion(motion_generator, job.num_examples)
    if moving_cameras:
        cameras = list(zip(*swaying_cameras(camera_generator, num_views, job.num_examples), strict=True))
    else:
        cameras = [standing_cameras(num_views)] * job.num_examples
    examples = []
    for frame, (intrinsics, extrinsics) in enumerate(cameras):
        if moving_cameras or frame == 0:
            table = table_images(intrinsics, extrinsics, image_size)
        things = _render(Renderer(frame_mesh(motion, frame)), intrinsics, extrinsics, image_size)
        examples.append(
            {
                "image": np.rint(_over(things, table)).astype(np.uint8),
                "intrinsics": intrinsics,
                "extrinsics": extrinsics,
                "landmarks": motion.landmarks(frame),
                "instance": job.instance,
                "frame": np.int32(frame),
            }
        )
    return examples


def background_example(image_size: int, num_views: int) -> dict[str, Any]:
    """Returns one example without arm, box and ball, through the cameras where they stand; its landmarks are zeros."""
    intrinsics, extrinsics = standing_cameras(num_views)
    return {
        "image": np.rint(table_images(intrinsics, extrinsics, image_size)).astype(np.uint8),
        "intrinsics": intrinsics,
        "extrinsics": extrinsics,
        "landmarks": np.zeros((len(LANDMARK_NAMES), 3), np.float32),
        "instance": "background",
        "frame": np.int32(0),
    }


def frame_mesh(motion: Motion, frame: int) -> "trimesh.Trimesh":
    """Returns all that moves, and the arm's foot, as one `trimesh.Trimesh`."""
    assembly = Assembly()
    for surface, color in arm.surfaces(motion.tip[frame], motion.opening[frame]):
        assembly.add(surface, color)
    for (surface, color), rotation, position in [
        (bodies.box_surface(), motion.box_rotation, motion.box),
        (bodies.ball_surface(), motion.ball_rotation, motion.ball),
    ]:
        assembly.add(placed(surface, rotation[frame], position[frame]), color)
    return assembly.mesh()


def table_images(intrinsics: np.ndarray, extrinsics: np.ndarray, image_size: int) -> np.ndarray:
    """Returns the table before the backdrop, `[V, H, W, 3]` float, 0 to 255."""
    return _over(_render(_table(), intrinsics, extrinsics, image_size, samples=3), 255 * bodies.BACKDROP)


@functools.cache
def _table() -> Renderer:
    return Renderer(bodies.table_mesh())


def _render(
    renderer: Renderer, intrinsics: np.ndarray, extrinsics: np.ndarray, image_size: int, samples: int = 2
) -> np.ndarray:
    views = zip(intrinsics, extrinsics, strict=True)
    return np.stack([renderer.render(*camera, image_size, image_size, samples) for camera in views])


def _over(rgba: np.ndarray, behind: np.ndarray) -> np.ndarray:
    """Lays images `[..., 4]` over what is behind them."""
    alpha = rgba[..., 3:] / 255
    return alpha * rgba[..., :3] + (1 - alpha) * behind
