"""The methods that are compared: what each sees of an environment, and the agent that it makes of that."""

from typing import TYPE_CHECKING

from tfkeypoints.control.actions import actions_for
from tfkeypoints.control.agent import Agent
from tfkeypoints.control.detector import build_detector
from tfkeypoints.control.features import KeypointFeatures, PixelFeatures, StateFeatures

if TYPE_CHECKING:
    import gymnasium


KEYS = {
    "state": StateFeatures.keys,
    "pixel": PixelFeatures.keys,
    "rad": PixelFeatures.keys,
    "keypoint3d": KeypointFeatures.keys,
}
"""Method to the entries that it needs of an observation."""


def build_agent(
    method: str,
    envs: "gymnasium.vector.VectorEnv",
    *,
    seed: int,
    crop_size: int | None = None,
    initial_std: float = 1.0,
    joint: bool = False,
    detector_learning_rate: float = 4e-3,
    num_keypoints: int = 8,
) -> Agent:
    """Makes an agent for environments, built for their observations.

    Args:
        method: One of `KEYS`.
        envs: Vector environment whose observations have the method's entries.
        seed: Of all draws of the agent.
        crop_size: Side of the window that "rad" (by default 7/8 of the image) and "keypoint3d" (the whole) see.
        initial_std: Of actions in a box, see `GaussianActions`.
        joint, detector_learning_rate, num_keypoints: Of "keypoint3d".

    Returns:
        `Agent`; with "keypoint3d", `agent.features.detector` is a compiled `Keypoint3D`.

    Raises:
        ValueError: If the actions are of a kind that is not known, or images are too small.
    """
    observations, _ = envs.reset(seed=seed)
    if method == "state":
        features = StateFeatures()
    elif method == "keypoint3d":
        detector = build_detector(
            observations,
            detector_learning_rate,
            num_keypoints=num_keypoints,
            crop_size=crop_size,
            seed=seed,
        )
        features = KeypointFeatures(detector, joint)
    else:
        size = min(observations["image"].shape[3:5])
        window = (crop_size or size * 7 // 8) if method == "rad" else None
        if (window or size) < 36:
            raise ValueError(
                f"`image_size` and `crop_size` must be 36 or more for the convolutions of {method}. "
                f"Received: image_size={size}, crop_size={crop_size}"
            )
        features = PixelFeatures(window, seed=seed)
    agent = Agent(features, actions_for(envs.single_action_space, initial_std), seed=seed)
    agent.act(observations)
    return agent
