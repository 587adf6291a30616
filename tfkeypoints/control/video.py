"""Episodes as pictures: what all cameras see of a policy at work, with its keypoints where it has some."""

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from tfkeypoints.arguments import check_positive_integers
from tfkeypoints.geometry import camera
from tfkeypoints.visualization.episode import episode_frames
from tfkeypoints.visualization.overlay import compose

if TYPE_CHECKING:
    import gymnasium

    from tfkeypoints.control.agent import Agent


TILE = 320


def record(agent: "Agent", envs: "gymnasium.vector.VectorEnv", episodes: int = 3, seed: int = 0) -> np.ndarray:
    """Plays episodes, deterministically, and draws them.

    Args:
        agent: `Agent`.
        envs: Vector environment with one environment, whose observations also have `image`, `intrinsics` and
            `extrinsics`.
        episodes: Number of episodes.
        seed: Of the environment.

    Returns:
        uint8 RGB `[T, h, w, 3]`.

    Raises:
        ValueError: If `episodes` is no positive integer.
    """
    check_positive_integers(episodes=episodes)
    act = tf.function(lambda observations: agent.act(observations, deterministic=True)["environment_action"])
    seen: list[dict[str, np.ndarray]] = []
    ends: list[int] = []
    observations, _ = envs.reset(seed=seed)
    while len(ends) < episodes:
        seen.append({name: observations[name][0, -1] for name in ("image", "intrinsics", "extrinsics")})
        observations, _, terminated, truncated, _ = envs.step(act(observations).numpy())
        if terminated[0] or truncated[0]:
            ends.append(len(seen))
    frames = {name: np.stack([each[name] for each in seen]) for name in seen[0]}
    detector = getattr(agent.features, "detector", None)
    if detector is None:
        return np.stack([np.concatenate([compose(view, TILE) for view in image], 1) for image in frames["image"]])
    find = tf.function(lambda views: detector.detect(views)["keypoints"])
    batches = [slice(first, first + 32) for first in range(0, len(seen), 32)]
    keypoints = np.concatenate([find({name: values[part] for name, values in frames.items()}) for part in batches])
    uv, _ = camera.project(keypoints[:, None], frames["intrinsics"], frames["extrinsics"])
    each = zip(np.split(frames["image"], ends[:-1]), np.split(uv.numpy(), ends[:-1]), strict=True)
    return np.concatenate([episode_frames(images, points, tile=TILE) for images, points in each])
