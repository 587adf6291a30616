"""MuJoCo's scenes as environments: Meta-World's tasks, the scarf, the ant. Runs in workers, beside no TensorFlow."""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np

from tfkeypoints.control.environments.schema import VISIBLE_KEYS, observation_space
from tfkeypoints.simulation.catalog import SCENES
from tfkeypoints.simulation.meshes import simplify

DRAWINGS = ("fast", "opengl")
"""Ways in which a scene is drawn."""


class Robot(gymnasium.Env):
    """A robot scene with its own reward.

    Meta-World tasks and the scarf: actions `[4]` in [-1, 1] (velocity of the hand x, y, z; gripper), proprioception is
    the gripper's opening, reward and success what the task says; once is enough to succeed, and ends the scarf's
    episode, not the others'. Where a goal cannot be seen otherwise, it is drawn.
    Ant: actions are 8 torques, proprioception the angles and speeds of its joints, reward that of Ant-v5 (it does not
    end when the ant falls over), success to be 5 m ahead of the start, at the end. Its cameras ride along, and so does
    the origin of the world that `extrinsics` lead to: it lies in the torso, its axes stand still.

    Meshes are drawn without what is smaller than half a pixel, which takes less than half the time.

    Args:
        robot_scene: One of `tfkeypoints.simulation.catalog.SCENES`.
        keys: Entries of an observation, see `tfkeypoints.control.environments`.
        image_size: Height and width of the images in pixels.
        repeat: Simulated steps an action; their rewards are added.
        max_steps: Simulated steps after which an episode is cut off.
        render_mode: "rgb_array" or None.
        drawing: One of `DRAWINGS`. "fast": a `Compositor` draws scenes whose cameras stand, all but ant and scarf.
            "opengl": MuJoCo draws everything.

    Raises:
        ValueError: If there is no such way of drawing.
        ImportError: If MuJoCo or OpenGL is missing, or TensorFlow is in this process.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 20}  # noqa: RUF012

    def __init__(
        self,
        robot_scene: str,
        keys: Sequence[str] = VISIBLE_KEYS,
        image_size: int = 64,
        repeat: int = 2,
        max_steps: int = 400,
        render_mode: str | None = None,
        drawing: str = "fast",
    ) -> None:
        if drawing not in DRAWINGS:
            raise ValueError(f"`drawing` should be one of {DRAWINGS}. Received: drawing={drawing!r}")
        self.render_mode = render_mode
        self._keys, self._repeat, self._max_steps = tuple(keys), repeat, max_steps
        self._described = SCENES[robot_scene]
        self._own = list(self._described.proprioception)
        self._scene = self._described.make(image_size)
        simplify(self._scene.model, self._described.cameras[0].width / image_size / 2)
        for site in self._described.goal_sites:
            self._scene.show_site(site)
        if drawing == "fast":
            self._scene.draw_fast()
        self.action_space = self._scene.env.action_space
        self.observation_space = observation_space(
            keys,
            self._described.num_views,
            image_size,
            proprioception=len(self._own),
            state=self._scene.env.observation_space.shape[0],
        )

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        super().reset(seed=seed)
        state, _ = self._scene.reset(seed=int(self.np_random.integers(2**31)))
        self._steps, self._succeeded = 0, False
        return self._observation(state), {"success": False}

    def step(self, action: np.ndarray) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        total = 0.0
        for _ in range(self._repeat):
            state, reward, terminated, _, info = self._scene.env.step(np.clip(action, -1, 1))
            total += float(reward)
            self._steps += 1
            self._succeeded = self._described.succeeded(self._succeeded, info)
            if terminated or self._steps >= self._max_steps:
                break
        cut_off = not terminated and self._steps >= self._max_steps
        return self._observation(state), total, bool(terminated), cut_off, {"success": self._succeeded}

    def render(self) -> np.ndarray:
        """Draws what the first camera sees, uint8 `[H, W, 3]`."""
        return self._scene.images()[0]

    def close(self) -> None:
        self._scene.close()

    def _observation(self, state: np.ndarray) -> dict[str, np.ndarray]:
        shown: dict[str, np.ndarray] = {}
        if {"intrinsics", "extrinsics"} & set(self._keys):
            shown["intrinsics"], extrinsics = self._scene.cameras()
            if self._described.ridden:
                origin = self._scene.data.body(self._described.ridden).xpos
                extrinsics[:, :3, 3] += extrinsics[:, :3, :3] @ origin
            shown["extrinsics"] = extrinsics
        every = {
            "image": self._scene.images,
            "intrinsics": lambda: shown["intrinsics"],
            "extrinsics": lambda: shown["extrinsics"],
            "proprioception": lambda: state[self._own].astype(np.float32),
            "state": lambda: state.astype(np.float32),
        }
        return {name: every[name]() for name in self._keys}
