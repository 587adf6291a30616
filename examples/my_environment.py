"""An environment of your own to train on: roll a red ball over a table onto a blue mark, before three cameras.

    cd examples
    tfkeypoints control train --env my_environment:RollBall-v0 --method keypoint3d --run runs/roll --steps 20000
    tfkeypoints control evaluate runs/roll
    tfkeypoints control video runs/roll

docs/control.md, "Your own environment", says what an observation must have.
"""

import gymnasium
import numpy as np
from gymnasium import spaces

from tfkeypoints.geometry import poses

TABLE, REACHED, SPEED = 0.7, 0.12, 0.1  # metres
THINGS = ((0.1, (0.1, 0.3, 0.9)), (0.12, (0.9, 0.15, 0.1)))  # radius and color of the mark and of the ball


class RollBall(gymnasium.Env):
    """The action `[2]` in [-1, 1] moves the ball along the world's x and y by up to 10 cm a step."""

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(self, image_size=64):
        self.size = image_size
        eyes = poses.on_circle(poses.even_azimuths(3), radius=1.6, height=1.4)
        self.intrinsics, self.extrinsics = poses.cameras_at(eyes, np.zeros(3), np.deg2rad(60.0))
        centres = (2 * np.arange(image_size) + 1) / image_size - 1  # of the pixels: the image spans [-1, 1]
        self.u, self.v = np.meshgrid(centres, centres)
        self.action_space = spaces.Box(-1, 1, (2,), np.float32)
        self.observation_space = spaces.Dict(
            {
                "image": spaces.Box(0, 255, (3, image_size, image_size, 3), np.uint8),
                "intrinsics": spaces.Box(-np.inf, np.inf, (3, 3, 3), np.float32),
                "extrinsics": spaces.Box(-np.inf, np.inf, (3, 4, 4), np.float32),
                "proprioception": spaces.Box(-1, 1, (2,), np.float32),  # what the robot knows of itself: its last step
                "state": spaces.Box(-np.inf, np.inf, (6,), np.float32),  # the truth, for --method state
            }
        )

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.ball, self.mark = (np.array([*self.np_random.uniform(-TABLE, TABLE, 2), 0.0]) for _ in range(2))
        self.moved = np.zeros(2)
        return self.observation(), {"success": False}

    def step(self, action):
        before = np.linalg.norm(self.ball - self.mark)
        start = self.ball.copy()
        self.ball[:2] = np.clip(start[:2] + SPEED * np.clip(action, -1, 1), -TABLE, TABLE)
        self.moved = (self.ball - start)[:2] / SPEED
        left = np.linalg.norm(self.ball - self.mark)
        success = bool(left < REACHED)
        return self.observation(), 10 * (before - left + success), success, False, {"success": success}

    def observation(self):
        cameras = zip(self.intrinsics, self.extrinsics, strict=True)
        return {
            "image": np.stack([self.draw(*camera) for camera in cameras]),
            "intrinsics": self.intrinsics,
            "extrinsics": self.extrinsics,
            "proprioception": self.moved.astype(np.float32),
            "state": np.concatenate([self.ball, self.mark]).astype(np.float32),
        }

    def draw(self, intrinsics, extrinsics):
        """What a camera sees, uint8 [H, W, 3]: discs, the ball over the mark, where their centres project to."""
        image = np.full((self.size, self.size, 3), 0.7)
        for place, (radius, color) in zip((self.mark, self.ball), THINGS, strict=True):
            x, y, depth = intrinsics @ (extrinsics[:3, :3] @ place + extrinsics[:3, 3])
            image[np.hypot(self.u - x / depth, self.v - y / depth) < intrinsics[1, 1] * radius / depth] = color
        return np.rint(255 * image).astype(np.uint8)


gymnasium.register("RollBall-v0", entry_point="my_environment:RollBall", max_episode_steps=40)
