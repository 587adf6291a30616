"""Records episodes of a simulated robot as multi-view examples. What rendering workers run: no TensorFlow."""

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints.simulation.catalog import SCENES

if TYPE_CHECKING:
    from tfkeypoints.simulation.scene import Scene


NOISE_MEMORY = 0.9  # share of the action noise that a control step keeps: a random push lasts about ten steps


@dataclasses.dataclass(frozen=True)
class Job:
    """One episode to record.

    Attributes:
        instance: The episode's name. Together with `seed` it fixes all that is drawn by chance, so that the result
            depends neither on other episodes nor on the number of processes.
        robot_scene: One of `catalog.SCENES`.
        image_size: Height and width in pixels.
        num_frames: Frames to record, the first one at the start.
        steps_per_frame: Control steps from one frame to the next.
        action_noise: Standard deviation of the noise that is added to the actions, which lie in [-1, 1].
        seed: Seed of the whole data set, ≥ 0.
    """

    instance: str
    robot_scene: str
    image_size: int
    num_frames: int
    steps_per_frame: int
    action_noise: float
    seed: int

    def generator(self) -> np.random.Generator:
        """Generator of the episode's start and noise."""
        return np.random.default_rng([self.seed, *self.instance.encode()])


def record(job: Job) -> list[dict[str, Any]]:
    """Runs an episode and returns its frames, in order: a list of `num_frames` examples.

    Each holds image uint8 `[V, H, W, 3]`, intrinsics `[V, 3, 3]`, extrinsics `[V, 4, 4]`, landmarks `[L, 3]` in metres,
    instance, and frame, its index within the episode.
    """
    rng = job.generator()
    scene = _scene(job.robot_scene, job.image_size)
    observation, _ = scene.reset(seed=int(rng.integers(2**31)))
    act = SCENES[job.robot_scene].policy(rng)
    noise = np.zeros(scene.env.action_space.shape)
    examples = []
    for frame in range(job.num_frames):
        if frame:
            for _ in range(job.steps_per_frame):
                noise = NOISE_MEMORY * noise + np.sqrt(1 - NOISE_MEMORY**2) * rng.normal(size=noise.shape)
                observation = scene.env.step(np.clip(act(observation) + job.action_noise * noise, -1, 1))[0]
        examples.append(_example(scene, scene.images(), scene.landmarks(), job.instance, frame))
    return examples


def record_background(job: Job) -> dict[str, Any]:
    """Returns one example: an episode's start without what moves. Its landmarks are zeros."""
    scene = _scene(job.robot_scene, job.image_size)
    scene.reset(seed=int(job.generator().integers(2**31)))
    return _example(scene, scene.background(), np.zeros_like(scene.landmarks()), job.instance, 0)


def _example(scene: "Scene", image: np.ndarray, landmarks: np.ndarray, instance: str, frame: int) -> dict[str, Any]:
    intrinsics, extrinsics = scene.cameras()
    return {
        "image": image,
        "intrinsics": intrinsics,
        "extrinsics": extrinsics,
        "landmarks": landmarks,
        "instance": instance,
        "frame": frame,
    }


@functools.lru_cache(maxsize=1)
def _scene(robot_scene: str, image_size: int) -> "Scene":
    """Compiling a scene takes longer than an episode, hence each process keeps the last one."""
    return SCENES[robot_scene].make(image_size)
