"""Animated scenes in metres, seen by several cameras over time: an arm that pushes a box while a ball rolls by."""

from tfkeypoints.rendering.scenes.episodes import background_example, episode_examples
from tfkeypoints.rendering.scenes.motion import LANDMARK_NAMES

__all__ = ["LANDMARK_NAMES", "background_example", "episode_examples"]
