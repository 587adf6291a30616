"""All robot scenes by name. What is written here is known without MuJoCo, so that TensorFlow's process may ask."""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tfkeypoints.simulation import ant, cloth, folding, metaworld
from tfkeypoints.simulation.cameras import Camera


@dataclasses.dataclass(frozen=True)
class RobotScene:
    """A scene that can be made and acted in.

    Attributes:
        make: Function of the image size that returns a `Scene`; needs MuJoCo.
        policy: Function of a `numpy.random.Generator` that returns an episode's policy: observation to action.
        landmark_names: Names of the L landmarks.
        cameras: The V cameras, all looking at the same; relative to `ridden` if they ride along.
        steps_per_second: Control steps a second of simulated time.
        steps_per_frame: Control steps from one recorded frame to the next, for 48 frames to show the whole task.
        world_axes: What the world's axes mean.
        proprioception: Which components of the environment's observation a robot knows of its own body.
        succeeded: Function of whether an episode was a success before a step, and of that step's `info`, that tells
            whether it is one now.
        ridden: The body on which the cameras ride without turning; None if they stand.
        goal_sites: Sites that show an episode's goal, where nothing else in the scene does.
    """

    make: Callable
    policy: Callable
    landmark_names: tuple[str, ...]
    cameras: tuple[Camera, ...]
    steps_per_second: int
    steps_per_frame: int
    world_axes: str
    proprioception: tuple[int, ...]
    succeeded: Callable
    ridden: str | None = None
    goal_sites: tuple[str, ...] = ()

    @property
    def num_views(self) -> int:
        """Number of cameras, V."""
        return len(self.cameras)


def _table(task: str) -> RobotScene:
    return RobotScene(
        make=functools.partial(metaworld.make, task),
        policy=lambda rng: metaworld.scripted_policy(task),
        landmark_names=(*metaworld.ROBOT_LANDMARKS, *metaworld.TASKS[task].landmarks),
        cameras=metaworld.CAMERAS,
        steps_per_second=metaworld.STEPS_PER_SECOND,
        steps_per_frame=metaworld.TASKS[task].steps_per_frame,
        world_axes=metaworld.WORLD_AXES,
        proprioception=metaworld.PROPRIOCEPTION,
        succeeded=_once,
        goal_sites=metaworld.TASKS[task].goal_sites,
    )


def _ant(colored: bool) -> RobotScene:
    return RobotScene(
        make=functools.partial(ant.make, colored=colored),
        policy=lambda rng: ant.gait(heading=rng.uniform(-np.pi, np.pi)),
        landmark_names=tuple(ant.LANDMARKS),
        cameras=ant.CAMERAS,
        steps_per_second=ant.STEPS_PER_SECOND,
        steps_per_frame=1,
        world_axes=ant.WORLD_AXES,
        proprioception=ant.PROPRIOCEPTION,
        succeeded=lambda before, info: ant.is_ahead(info),
        ridden=ant.RIDDEN,
    )


def _scarf() -> RobotScene:
    return RobotScene(
        make=cloth.make,
        policy=lambda rng: folding.fold,
        landmark_names=tuple(cloth.LANDMARKS),
        cameras=cloth.CAMERAS,
        steps_per_second=folding.STEPS_PER_SECOND,
        steps_per_frame=3,
        world_axes=cloth.WORLD_AXES,
        proprioception=folding.PROPRIOCEPTION,
        succeeded=_once,
    )


def _once(before: bool, info: Mapping[str, Any]) -> bool:
    """Once is enough to succeed."""
    return before or bool(info["success"])


SCENES = {task: _table(task) for task in metaworld.TASKS} | {
    "ant": _ant(True),
    "ant_plain": _ant(False),
    "scarf": _scarf(),
}
