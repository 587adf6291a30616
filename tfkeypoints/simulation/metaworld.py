"""The eight Meta-World tasks of the Keypoint3D paper: a Sawyer arm over a table, three cameras about 1 m away."""

import dataclasses
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints.simulation import cameras, opengl
from tfkeypoints.simulation.scene import Scene, viewed

if TYPE_CHECKING:
    import mujoco


STEPS_PER_SECOND = 80
WORLD_AXES = "+x to the robot's right, +y ahead of the robot, +z up; the table's top is at z = 0"
CAMERAS = cameras.ring(
    azimuths=np.deg2rad([158.0, 90.0, 22.0]),
    elevation=np.deg2rad(36.0),
    distance=1.0,
    target=(0.0, 0.6, 0.15),
    field_of_view=np.deg2rad(50.0),
)
PROPRIOCEPTION = (3,)
"""Of the observation: the gripper's opening."""

ROBOT_BODIES = ("base", "mocap")
ROBOT_LANDMARKS = {
    "end_effector": ("body", "hand"),
    "right_finger": ("site", "rightEndEffector"),
    "left_finger": ("site", "leftEndEffector"),
}


@dataclasses.dataclass(frozen=True)
class Task:
    """A task's objects.

    Attributes:
        landmarks: Landmarks on objects, beside those on the robot: name to (kind, name in the model).
        bodies: Bodies that move, or that stand elsewhere in each episode.
        steps_per_frame: Control steps from one recorded frame to the next, for 48 frames to show the task done.
        goal_sites: Sites that show where to bring the object, where nothing else does.
    """

    landmarks: dict[str, tuple[str, str]]
    bodies: tuple[str, ...]
    steps_per_frame: int = 3
    goal_sites: tuple[str, ...] = ()


TASKS = {
    "hammer": Task(
        {"hammer": ("body", "hammer"), "hammer_head": ("geom", "HammerHead"), "nail": ("body", "nail_link")},
        ("hammerbody", "box"),
    ),
    "drawer_close": Task({"drawer_handle": ("geom", "objGeom")}, ("drawer",), steps_per_frame=2),
    "push_wall": Task({"puck": ("geom", "objGeom")}, ("obj",), goal_sites=("goal",)),
    "box_close": Task({"lid": ("body", "top_link"), "box": ("body", "boxbody")}, ("boxbody", "boxbodytop")),
    "door_open": Task({"door_handle": ("geom", "handle")}, ("door",)),
    "peg_unplug_side": Task({"peg_head": ("site", "pegHead"), "peg_end": ("site", "pegEnd")}, ("plug1", "box")),
    "window_open": Task({"window_handle": ("site", "handleOpenStart")}, ("window",)),
    "pick_place": Task({"puck": ("geom", "objGeom")}, ("obj",), steps_per_frame=2, goal_sites=("goal",)),
}


def make(task: str, image_size: int = 128) -> Scene:
    """Makes the scene of a task. The goal is part of the observation, as the scripted policies need it.

    Args:
        task: One of `TASKS`.
        image_size: Height and width of the images in pixels.

    Returns:
        `Scene`; its `env` takes actions `[4]` in [-1, 1] (hand velocity x, y, z; gripper) and observes `[39]`.
    """
    name = _official_name(task)
    opengl.prepare("metaworld")
    import mujoco
    from metaworld.env_dict import ALL_V3_ENVIRONMENTS

    def add_cameras(spec: "mujoco.MjSpec") -> None:
        for camera in CAMERAS:
            cameras.add_camera(spec.worldbody, camera)

    class SeededEnv(viewed(ALL_V3_ENVIRONMENTS[name], add_cameras)):  # type: ignore[misc]  # made for each task
        """Draws each episode's start from the seed of `reset`, as Gymnasium has it."""

        def reset(
            self, seed: int | None = None, options: dict[str, Any] | None = None
        ) -> tuple[np.ndarray, dict[str, Any]]:
            if seed is not None:
                self.seed(seed)
            mujoco.mj_resetData(self.model, self.data)
            return super().reset(options=options)

    env = SeededEnv()
    env._set_task_called, env._freeze_rand_vec, env.seeded_rand_vec = True, False, True
    env._partially_observable = False
    env.max_path_length = sys.maxsize  # how long an episode is, its caller says
    env.__dict__.pop("sawyer_observation_space", None)  # cached while the goal was hidden: it would clip it to zero
    chosen = TASKS[task]
    return Scene(
        env,
        camera_names=[camera.name for camera in CAMERAS],
        landmarks=ROBOT_LANDMARKS | chosen.landmarks,
        moving=ROBOT_BODIES + chosen.bodies,
        image_size=image_size,
    )


def scripted_policy(task: str) -> Callable[[np.ndarray], np.ndarray]:
    """Returns Meta-World's scripted policy of a task: observation `[39]` to action `[4]` in [-1, 1]."""
    name = _official_name(task)
    from metaworld.policies import ENV_POLICY_MAP

    policy = ENV_POLICY_MAP[name]()

    def act(observation: np.ndarray) -> np.ndarray:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Constant")
            return np.clip(policy.get_action(observation), -1, 1)

    return act


def _official_name(task: str) -> str:
    if task not in TASKS:
        raise ValueError(f"`task` must be one of {sorted(TASKS)}. Received: task={task!r}")
    return f"{task.replace('_', '-')}-v3"
