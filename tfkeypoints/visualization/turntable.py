"""An object that turns before the camera, with the keypoints that a model finds in each frame by itself."""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from tfkeypoints.visualization.overlay import draw_keypoints

if TYPE_CHECKING:
    import trimesh


def turntable_frames(
    mesh: "trimesh.Trimesh",
    predict: Callable[[dict[str, np.ndarray]], Mapping[str, np.ndarray]],
    image_size: int,
    num_frames: int = 72,
    size: int = 384,
    elevation: float = math.pi / 7,
) -> np.ndarray:
    """Renders a turning mesh and draws the keypoints that are predicted from each frame alone.

    Args:
        mesh: `trimesh.Trimesh` in the object's frame.
        predict: Maps an example dict (`image` uint8 `[F, 1, S, S, 4]`, `intrinsics`, `extrinsics`) to a dict with
            `uv` `[F, 1, K, 2]` and, if the keypoints are to fade with it, `confidence` `[F, 1, K]`.
        image_size: Side S of the images that `predict` sees, in pixels.
        num_frames: Frames F of a whole turn.
        size: Side of the frames in pixels; they are rendered anew at this size.
        elevation: Of the camera above the ground plane, radians.

    Returns:
        uint8 RGB `[F, size, size, 3]`, for `write_animation`.

    Raises:
        ValueError: If `num_frames` is less than 1 or the prediction's `uv` does not fit.

    Example:
        frames = turntable_frames(mesh, lambda example: model.predict(example, verbose=0), image_size=64)
    """
    from tfkeypoints.rendering.render import Renderer
    from tfkeypoints.rendering.views import orbit_cameras

    if num_frames < 1:
        raise ValueError(f"`num_frames` must be 1 or more. Received: num_frames={num_frames}")
    renderer = Renderer(mesh)
    intrinsics, extrinsics = orbit_cameras(num_frames, elevation)
    cameras = list(zip(intrinsics, extrinsics, strict=True))
    seen = np.stack([renderer.render(*camera, image_size, image_size) for camera in cameras])
    answer = predict({"image": seen[:, None], "intrinsics": intrinsics[:, None], "extrinsics": extrinsics[:, None]})
    uv = np.asarray(answer["uv"])
    if uv.ndim != 4 or uv.shape[:2] != (num_frames, 1):
        raise ValueError(f"`predict` must return uv [{num_frames}, 1, K, 2]. Received: uv.shape={uv.shape}")
    confidence = np.asarray(answer.get("confidence", np.ones(uv.shape[:-1])))
    shown = (renderer.render(*camera, size, size) for camera in cameras)
    drawn = [draw_keypoints(*each, size=size) for each in zip(shown, uv[:, 0], confidence[:, 0], strict=True)]
    return np.stack(drawn)
