"""A little task on which everything can be tried in minutes: move a ball to a target in 3D, before three cameras."""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from tfkeypoints.control.environments.schema import VISIBLE_KEYS, observation_space
from tfkeypoints.control.environments.spheres import SphereRenderer
from tfkeypoints.geometry.poses import cameras_at, on_circle

REACH = 0.5
"""The ball and its target stay within ±REACH of the origin, along each axis."""

CLOSE = 0.12
"""Distance of ball and target from which the task is solved."""

SPEED = 0.1
"""Way of a step at full speed, along each axis."""

STEPS = 50
RADII = np.array([0.14, 0.11])
AZIMUTHS, ELEVATION = np.deg2rad([0.0, 90.0, 225.0]), np.deg2rad(35.0)
DISTANCE, FIELD_OF_VIEW = 2.2, np.deg2rad(50.0)
EYES = on_circle(AZIMUTHS, DISTANCE * np.cos(ELEVATION), DISTANCE * np.sin(ELEVATION))
COLORS = np.array([[0.9, 0.15, 0.1], [0.1, 0.35, 0.95]])


class PointReach(gymnasium.Env):
    """A red ball is to be moved to where a blue one floats.

    The action `[3]` in [-1, 1] is the ball's velocity along the world's axes (metres; +z up). The reward of a step is
    10 times the distance gained, in metres, and 10 when the balls come closer than 12 cm, which ends the episode; after
    50 steps it is cut off. `info["success"]` tells whether they came so close. Proprioception is the ball's last
    displacement, divided by `SPEED`; the state is the place of the ball and that of the target.

    Three cameras stand around at 2.2 m. Episodes differ in the two places, which are drawn uniformly.

    Args:
        keys: Entries of an observation, see `tfkeypoints.control.environments`.
        image_size: Height and width of the images in pixels.
        render_mode: "rgb_array" or None.

    Example:
        >>> observation, info = PointReach(image_size=64).reset(seed=0)
        >>> observation["image"].shape
        (3, 64, 64, 3)
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012

    def __init__(
        self, keys: Sequence[str] = VISIBLE_KEYS, image_size: int = 64, render_mode: str | None = None
    ) -> None:
        self.render_mode = render_mode
        self._keys = tuple(keys)
        self._cameras = cameras_at(EYES, np.zeros(3), FIELD_OF_VIEW)
        self._renderer = SphereRenderer(*self._cameras, image_size, floor=-0.7, tile=0.4)
        self.action_space = spaces.Box(-1, 1, (3,), np.float32)
        self.observation_space = observation_space(keys, len(AZIMUTHS), image_size, proprioception=3, state=6)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        super().reset(seed=seed)
        self._ball, self._target = self.np_random.uniform(-REACH, REACH, (2, 3))
        while self._distance() < 2 * CLOSE:
            self._target = self.np_random.uniform(-REACH, REACH, 3)
        self._moved, self._steps = np.zeros(3), 0
        return self._observation(), {"success": False}

    def step(self, action: np.ndarray) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        before, place = self._distance(), self._ball
        self._ball = np.clip(place + SPEED * np.clip(action, -1, 1), -REACH, REACH)
        self._moved = (self._ball - place) / SPEED
        self._steps += 1
        success = bool(self._distance() < CLOSE)
        reward = 10 * (before - self._distance()) + 10 * success
        return self._observation(), reward, success, not success and self._steps >= STEPS, {"success": success}

    def render(self) -> np.ndarray:
        """Draws what the first camera sees, uint8 `[H, W, 3]`."""
        return self._image()[0]

    def _distance(self) -> float:
        return float(np.linalg.norm(self._ball - self._target))

    def _image(self) -> np.ndarray:
        return self._renderer.draw(np.stack([self._ball, self._target]), RADII, COLORS)

    def _observation(self) -> dict[str, np.ndarray]:
        intrinsics, extrinsics = self._cameras
        every = {
            "image": self._image,
            "intrinsics": intrinsics.copy,
            "extrinsics": extrinsics.copy,
            "proprioception": lambda: self._moved.astype(np.float32),
            "state": lambda: np.concatenate([self._ball, self._target]).astype(np.float32),
        }
        return {name: every[name]() for name in self._keys}
