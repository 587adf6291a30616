"""Environments by name: this library's own, and any that Gymnasium knows or can import."""

from collections.abc import Sequence

import gymnasium

from tfkeypoints.control.environments.adapter import Adapter
from tfkeypoints.control.environments.schema import VISIBLE_KEYS
from tfkeypoints.simulation.catalog import SCENES

ENVIRONMENTS = {
    "point_reach": "tfkeypoints/PointReach-v0",
    **{name: f"tfkeypoints/{name.title().replace('_', '')}-v0" for name in SCENES},
}
"""Short name to the name under which Gymnasium knows it."""

IMAGE_SIZE = 64
"""Height and width of this library's environments' images, unless another size is asked for."""

gymnasium.register(ENVIRONMENTS["point_reach"], "tfkeypoints.control.environments.point_reach:PointReach")
for _name in SCENES:
    gymnasium.register(
        ENVIRONMENTS[_name], "tfkeypoints.control.environments.robot:Robot", kwargs={"robot_scene": _name}
    )


def make(
    name: str,
    keys: Sequence[str] = VISIBLE_KEYS,
    image_size: int | None = None,
    frame_stack: int = 1,
    drawing: str | None = None,
) -> gymnasium.Env:
    """Makes one environment.

    Args:
        name: One of `ENVIRONMENTS`, Gymnasium's name of another one, or "module:name": then the module is imported,
            which should register the environment.
        keys: Entries of an observation.
        image_size: Height and width of the images; by default `IMAGE_SIZE`, or what an environment that is not this
            library's draws by itself.
        frame_stack: Frames in an observation, S.
        drawing: How a robot scene is drawn, see `Robot`; None: as that has it by default.

    Returns:
        `gymnasium.Env`.

    Raises:
        ValueError: If there is no such environment, it has no such entries, or it is not drawn in such ways.
    """
    if drawing is not None and name not in SCENES:
        raise ValueError(f"`drawing` should be left out: {name} is no robot scene. Received: drawing={drawing!r}")
    if name in ENVIRONMENTS:
        options = {"keys": tuple(keys), "image_size": image_size or IMAGE_SIZE}
        options |= {} if drawing is None else {"drawing": drawing}
        env = gymnasium.make(ENVIRONMENTS[name], disable_env_checker=True, **options)
        return gymnasium.wrappers.FrameStackObservation(env, frame_stack)
    return adapted(open_foreign(name, keys, image_size), keys, frame_stack)


def adapted(env: gymnasium.Env, keys: Sequence[str], frame_stack: int) -> gymnasium.Env:
    """Lets an environment that is not this library's look like one, see `Adapter`; its frames are stacked."""
    return gymnasium.wrappers.FrameStackObservation(Adapter(env, keys), frame_stack)


def open_foreign(name: str, keys: Sequence[str], image_size: int | None = None) -> gymnasium.Env:
    """Makes an environment that is not this library's, as it is.

    Args:
        name, keys: As for `make`.
        image_size: Handed to the environment as its argument `image_size`, if images are needed and it is not None.

    Raises:
        ValueError: If there is no such environment, or it takes no `image_size`.
    """
    options = {} if image_size is None or "image" not in keys else {"image_size": image_size}
    try:
        return gymnasium.make(name, disable_env_checker=True, **options)
    except (gymnasium.error.Error, ModuleNotFoundError) as error:
        raise ValueError(
            f"`env` should be one of {', '.join(ENVIRONMENTS)}, known to Gymnasium, or MODULE:ENVIRONMENT, where "
            f"importing MODULE registers ENVIRONMENT ({error}). Received: env={name}"
        ) from error
    except TypeError as error:
        if "unexpected keyword argument 'image_size'" not in str(error):
            raise
        raise ValueError(
            f"`image_size` should be left out: the environment takes no such argument. Received: "
            f"image_size={image_size}, for env={name}"
        ) from error
