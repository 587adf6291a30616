"""Environments by name: this library's own, and any of Gymnasium's whose state is a vector."""

import gymnasium
import numpy as np

from tfkeypoints.control.environments.schema import VISIBLE_KEYS
from tfkeypoints.simulation.catalog import SCENES

ENVIRONMENTS = {
    "point_reach": "tfkeypoints/PointReach-v0",
    **{name: f"tfkeypoints/{name.title().replace('_', '')}-v0" for name in SCENES},
}
"""Short name to the name under which Gymnasium knows it."""

gymnasium.register(ENVIRONMENTS["point_reach"], "tfkeypoints.control.environments.point_reach:PointReach")
for _name in SCENES:
    gymnasium.register(
        ENVIRONMENTS[_name], "tfkeypoints.control.environments.robot:Robot", kwargs={"robot_scene": _name}
    )


def make(name, keys=VISIBLE_KEYS, image_size=64, frame_stack=1):
    """Makes one environment.

    Args:
        name: One of `ENVIRONMENTS`, or Gymnasium's name of another one.
        keys: Entries of an observation. Environments that are not this library's have `state` only.
        image_size: Height and width of the images.
        frame_stack: Frames in an observation, S.

    Returns:
        `gymnasium.Env`.

    Raises:
        ValueError: If there is no such environment, or it has no such entries.
    """
    if name in ENVIRONMENTS:
        env = gymnasium.make(ENVIRONMENTS[name], keys=tuple(keys), image_size=image_size, disable_env_checker=True)
    else:
        env = _with_state(name, keys)
    return gymnasium.wrappers.FrameStackObservation(env, frame_stack)


def _with_state(name, keys):
    try:
        env = gymnasium.make(name)
    except gymnasium.error.Error as error:
        raise ValueError(
            f"`env` should be one of {', '.join(ENVIRONMENTS)}, or known to Gymnasium ({error}). Received: env={name}"
        ) from error
    space = env.observation_space
    if tuple(keys) != ("state",) or not isinstance(space, gymnasium.spaces.Box) or len(space.shape) != 1:
        raise ValueError(
            f"`env` should be one of {', '.join(ENVIRONMENTS)} for methods that see images; others need a state that "
            f"is a vector. Received: env={name}"
        )
    state = gymnasium.spaces.Dict({"state": gymnasium.spaces.Box(-np.inf, np.inf, space.shape, np.float32)})
    return gymnasium.wrappers.TransformObservation(env, lambda values: {"state": values.astype(np.float32)}, state)
