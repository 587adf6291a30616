"""How the arguments of models, which are options of their trainings too, are declared. Imports no TensorFlow."""

import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

import tyro

if TYPE_CHECKING:
    import keras


Choice = tyro.conf.FlagConversionOff[bool]
"""Type of an option that is given as True or False."""


def split_arguments(kind: type, args: tuple, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Takes a model's own arguments out of those that its constructor was called with.

    Args:
        kind: Dataclass of the model's arguments.
        args, kwargs: What the constructor was called with.

    Returns:
        The arguments, an instance of `kind`, and what is left for `keras.Model`.
    """
    if "network" in kwargs:
        warnings.warn("`network` is called `backbone` now", FutureWarning, stacklevel=3)
        kwargs = {"backbone": kwargs["network"], **{name: kwargs[name] for name in kwargs if name != "network"}}
    names = {field.name for field in dataclasses.fields(kind)}
    own = {name: value for name, value in kwargs.items() if name in names}
    return kind(*args, **own), {name: value for name, value in kwargs.items() if name not in names}


def config_of(arguments: Any) -> dict[str, Any]:
    """The options of a model as its Keras configuration holds them."""
    return {**vars(arguments), "backbone": config_of_backbone(arguments.backbone)}


def config_of_backbone(backbone: "str | keras.layers.Layer") -> Any:
    """A backbone as a configuration holds it: its name, or the description of a layer."""
    import keras

    return backbone if isinstance(backbone, str) else keras.saving.serialize_keras_object(backbone)


def arguments_from(config: dict[str, Any]) -> dict[str, Any]:
    """What a model's constructor takes, from a Keras configuration that any version of this library wrote."""
    import keras

    config = {{"network": "backbone"}.get(name, name): value for name, value in config.items()}
    if isinstance(config.get("backbone"), dict):
        config["backbone"] = keras.saving.deserialize_keras_object(config["backbone"])
    return config
