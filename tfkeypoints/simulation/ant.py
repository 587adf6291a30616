"""Gymnasium's four-legged ant on a floor of one color; three cameras ride along. Also a gait that walks it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints.simulation import cameras, opengl
from tfkeypoints.simulation.scene import Scene, viewed

if TYPE_CHECKING:
    import mujoco


STEPS_PER_SECOND = 20
WORLD_AXES = "+x ahead of the ant as it starts, +y to its left, +z up; the floor is at z = 0"
RIDDEN = "torso"
"""The body on which the cameras are mounted; they do not turn with it."""

CAMERAS = cameras.ring(  # about that body
    azimuths=np.deg2rad([0.0, 120.0, 240.0]),
    elevation=np.deg2rad(35.0),
    distance=3.2,
    target=(0.0, 0.0, -0.2),
    field_of_view=np.deg2rad(50.0),
)
PROPRIOCEPTION = (*range(5, 13), *range(19, 27))
"""Of the observation: angles and speeds of the joints."""

GOAL = 5.0
"""Way ahead of the start, in metres, from which an ant has succeeded."""

LEG_AZIMUTHS = np.deg2rad([45.0, 135.0, 225.0, 315.0])
BEND_SIGNS = np.array([1.0, -1.0, -1.0, 1.0])  # of the ankle's angle, bent downwards
FEET = {  # foot: name of the leg's lowest part, which is a capsule, and that capsule's end in its body's frame
    "front_left_foot": ("left_ankle_geom", (0.4, 0.4, 0.0)),
    "back_left_foot": ("right_ankle_geom", (-0.4, 0.4, 0.0)),
    "back_right_foot": ("third_ankle_geom", (-0.4, -0.4, 0.0)),
    "front_right_foot": ("fourth_ankle_geom", (0.4, -0.4, 0.0)),
}
LANDMARKS = {"torso": ("body", RIDDEN)} | {foot: ("site", foot) for foot in FEET}
LEGS = ("front_left_leg", "front_right_leg", "back_leg", "right_back_leg")  # the model's names, in the order of FEET
LEG_COLORS = ((0.9, 0.1, 0.1, 1.0), (0.1, 0.7, 0.1, 1.0), (0.1, 0.3, 0.9, 1.0), (0.95, 0.8, 0.1, 1.0))
FLOOR_COLOR = (0.6, 0.6, 0.6, 1.0)
STRIDES_PER_SECOND = 1.0
HIP_SWING, ANKLE_BEND, ANKLE_SWING = np.deg2rad([40.0, 50.0, 18.0])
STIFFNESS, DAMPING = 1.0, 0.1  # action per radian, and per radian a second


def make(image_size: int = 128, colored: bool = True) -> Scene:
    """Makes the scene.

    Args:
        image_size: Height and width of the images in pixels.
        colored: Whether each leg has a color of its own, as in the paper.

    Returns:
        `Scene`; its `env` is Gymnasium's Ant-v5, which takes torques `[8]` in [-1, 1] and observes `[105]`.
    """
    opengl.prepare("gymnasium")
    from gymnasium.envs.mujoco.ant_v5 import AntEnv

    def edit(spec: "mujoco.MjSpec") -> None:
        _add_cameras(spec)
        _mark_feet(spec)
        _plain_floor(spec)
        if colored:
            _color_legs(spec)

    env = viewed(AntEnv, edit)(terminate_when_unhealthy=False)
    return Scene(
        env,
        camera_names=[camera.name for camera in CAMERAS],
        landmarks=LANDMARKS,
        moving=[RIDDEN],
        image_size=image_size,
    )


def is_ahead(info: Mapping[str, Any]) -> bool:
    """Tells from a step's `info` whether the ant is `GOAL` ahead of the start."""
    return bool(info["x_position"] > GOAL)


def gait(heading: float) -> Callable[[np.ndarray], np.ndarray]:
    """Returns a policy that trots towards `heading` (radians from the ant's own +x) at about half a metre a second.

    Diagonal legs swing together: with leg i at azimuth a_i and phase p_i = 2 pi t + pi (i mod 2),

        hip_i = -40° sin(a_i - heading) cos p_i        ankle_i = 50° + 18° sin p_i

    and the torques are those of a spring and a damper towards these angles.

    Args:
        heading: Radians.

    Returns:
        Function of the observation, called once a control step from the start of an episode on.
    """
    step = 0

    def act(observation: np.ndarray) -> np.ndarray:
        nonlocal step
        phase = 2 * np.pi * STRIDES_PER_SECOND * step / STEPS_PER_SECOND + np.pi * (np.arange(4) % 2)
        step += 1
        hips = -HIP_SWING * np.sin(LEG_AZIMUTHS - heading) * np.cos(phase)
        ankles = BEND_SIGNS * (ANKLE_BEND + ANKLE_SWING * np.sin(phase))
        angles, speeds = observation[5:13].reshape(4, 2), observation[19:27].reshape(4, 2)
        torques = STIFFNESS * (np.stack([hips, ankles], axis=1) - angles) - DAMPING * speeds
        return np.clip(np.roll(torques, 1, axis=0).ravel(), -1, 1)  # the fourth leg's motors come first

    return act


def _add_cameras(spec: "mujoco.MjSpec") -> None:
    import mujoco

    for camera in CAMERAS:
        cameras.add_camera(spec.body(RIDDEN), camera).mode = mujoco.mjtCamLight.mjCAMLIGHT_TRACK


def _mark_feet(spec: "mujoco.MjSpec") -> None:
    for foot, (geom, end) in FEET.items():
        site = spec.geom(geom).parent.add_site()
        site.name, site.pos = foot, end


def _plain_floor(spec: "mujoco.MjSpec") -> None:
    """Takes the chequers off: seen from cameras that ride along, they would pass by, and outdo the legs."""
    floor = spec.geom("floor")
    floor.material, floor.rgba = "", FLOOR_COLOR


def _color_legs(spec: "mujoco.MjSpec") -> None:
    for leg, color in zip(LEGS, LEG_COLORS, strict=True):
        for geom in spec.body(leg).find_all("geom"):
            geom.rgba = color
