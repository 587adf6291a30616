"""The methods by name, and what is asked of each. No other place asks what kind a run's model is."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import keras

    from tfkeypoints.training.run import Run


METHODS = {
    "keypointnet": "tfkeypoints.models.keypointnet.recipe.KeypointNetRecipe",
    "keypoint3d": "tfkeypoints.models.keypoint3d.recipe.Keypoint3DRecipe",
    "policy": "tfkeypoints.control.recipe.PolicyRecipe",
}
"""Method, as `model` in a run's configuration names it, to its recipe, which is imported when it is asked for."""


class Method:
    """What the rest of the library asks of a method. A recipe is a subclass; all of these belong to the class.

    Class attributes:
        name: The method's name in `METHODS`.
        command: The command that makes its runs, such as "train".
        outputs: Name to meaning of what its models return, shape first.
        compare_untrained: Whether an evaluation always measures an untrained model too.
    """

    name: ClassVar[str]
    command: ClassVar[str]
    outputs: ClassVar[Mapping[str, str]] = {}
    compare_untrained: ClassVar[bool] = False

    @classmethod
    def upgrade(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """A run's configuration that any version of this library wrote, in today's names."""
        return dict(config)

    @classmethod
    def import_classes(cls) -> None:
        """Imports the modules whose classes a saved model of this method is made of, so that Keras can load it."""
        raise NotImplementedError

    @classmethod
    def evaluation(cls) -> ModuleType:
        """The module with `evaluate`, `describe`, `measure_split` and `sample` for runs of this method."""
        raise NotImplementedError

    @classmethod
    def untrained(cls, model: "keras.Model", seed: int) -> "keras.Model":
        """A model with the same arguments that never learnt anything."""
        raise NotImplementedError

    @classmethod
    def predict(cls, run: "Run", out: Path, *, images: Path, **options: Any) -> None:
        """Finds keypoints in the user's own images: what `tfkeypoints predict` does with its options."""
        raise NotImplementedError

    @classmethod
    def signatures(cls, config: Mapping[str, Any], model: "keras.Model") -> dict:
        """The signatures of an exported model, the default one first: name to `serving.signatures.Signature`."""
        raise NotImplementedError

    @classmethod
    def fixed_views(cls, model: "keras.Model") -> int:
        """The number of views for formats that cannot leave it free.

        Raises:
            ValueError: If a model of this method cannot be written in such formats.
        """
        raise ValueError(f"`also` should be left out for a {cls.name}: other formats hold models that find keypoints")

    @classmethod
    def keep_familiar(cls, run: "Run", model: "keras.Model", folder: Path) -> None:
        """Puts what tells familiar images from others into a pretrained model's folder; nothing by default."""

    @classmethod
    def examples(cls, config: Mapping[str, Any], model: "keras.Model") -> list[dict]:
        """A few examples from the data of a run, to try its exported model on; none by default, or without the data."""
        return []

    @classmethod
    def card(cls, config: Mapping[str, Any], model: "keras.Model") -> dict[str, Any]:
        """What the model card of an exported model says besides what all cards say; `title` and `summary` at least."""
        raise NotImplementedError


def recipe_of(method: str | None) -> type[Method]:
    """The recipe of a method.

    Raises:
        ValueError: If there is no such method.
    """
    if method is None or method not in METHODS:
        raise ValueError(f"`method` must be one of {', '.join(METHODS)}. Received: method={method!r}")
    module, name = METHODS[method].rsplit(".", 1)
    return getattr(importlib.import_module(module), name)


def trained_by(command: str) -> list[str]:
    """The names of the methods whose runs a command makes."""
    return [method for method in METHODS if recipe_of(method).command == command]
