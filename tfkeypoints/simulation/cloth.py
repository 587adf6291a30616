"""The scene of a scarf on a table that a hand folds in half: its cameras and landmarks."""

from typing import TYPE_CHECKING

import numpy as np

from tfkeypoints.simulation import cameras, opengl
from tfkeypoints.simulation.folding import POINTS
from tfkeypoints.simulation.scene import Scene

if TYPE_CHECKING:
    import mujoco


WORLD_AXES = "+x towards the scarf's loose end, +y to the left of that, +z up; the table's top is at z = 0"
CAMERAS = cameras.ring(
    azimuths=np.deg2rad([-60.0, 60.0, 180.0]),
    elevation=np.deg2rad(48.0),
    distance=0.88,
    target=(0.0, 0.0, 0.05),
    field_of_view=np.deg2rad(50.0),
)
LANDMARKS = {"gripper": ("site", "fingertips")} | {name: ("body", body) for name, body in POINTS.items()}


def make(image_size: int = 128) -> Scene:
    """Makes the scene.

    Args:
        image_size: Height and width of the images in pixels.

    Returns:
        `Scene`; its `env` is a `tfkeypoints.simulation.scarf.FoldScarf`.
    """
    opengl.prepare("gymnasium")
    from tfkeypoints.simulation.scarf import HAND_BODIES, FoldScarf

    def add_cameras(spec: "mujoco.MjSpec") -> None:
        for camera in CAMERAS:
            cameras.add_camera(spec.worldbody, camera)

    return Scene(
        FoldScarf(add_cameras),
        camera_names=[camera.name for camera in CAMERAS],
        landmarks=LANDMARKS,
        moving=HAND_BODIES,
        image_size=image_size,
    )
