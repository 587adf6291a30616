"""Training on photos of the user's own objects."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any, ClassVar

import tyro

from tfkeypoints.training.own_files import OwnFilesTraining
from tfkeypoints.training.training import R


@dataclasses.dataclass(frozen=True, kw_only=True)
class CapturedTraining(OwnFilesTraining[R]):
    """A training whose data may be captures: photos of objects, with the cameras of each object.

    Example:
        >>> recipe = KeypointNetRecipe.from_preset("demo")
        >>> run = CapturedTraining(recipe=recipe, captures=Path("objects"))()
    """

    DATA: ClassVar[str] = "captures/own"
    FOLDER: ClassVar[str] = "captures"

    captures: Path | None = None
    """In place of data: a folder of your own objects, each a folder with images/ and transforms.json, cameras.json or
    sparse/; cut out by transparency or by masks/. docs/own_cameras.md tells more."""
    up: str = "z"
    """Axis of the captures' camera files that points up: x, y, z, -x, -y or -z."""
    forward: str = "x"
    """Axis of the captures' camera files that points the way the objects face."""
    turn: Annotated[tyro.conf.UseAppendAction[tuple[str, ...]], tyro.conf.arg(metavar="NAME=DEGREES")] = ()
    """An object of the captures that is to be turned about its vertical axis, because it faces another way."""

    def check_without(self) -> None:
        if (self.up, self.forward, self.turn) != ("z", "x", ()):
            raise ValueError("`up`, `forward` and `turn` belong to `captures`. Received: captures=None")

    def options(self) -> dict[str, Any]:
        return {
            "captures": str(self.captures),
            "up": self.up,
            "forward": self.forward,
            "turn": list(self.turn),
            "image_size": self.recipe.image_size,
        }
