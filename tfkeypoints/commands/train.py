"""`tfkeypoints train METHOD`: the options of a recipe, with those of a preset as defaults."""

import argparse
import dataclasses
import inspect
from collections.abc import Sequence
from typing import Annotated

import tyro

from tfkeypoints.commands.command import Command
from tfkeypoints.methods import recipe_of
from tfkeypoints.models.recipe import Recipe
from tfkeypoints.training.captured import CapturedTraining
from tfkeypoints.training.own_files import OwnFilesTraining
from tfkeypoints.training.recorded import RecordedTraining


def command(method: str) -> Command:
    """The command that trains a method."""
    recipe = recipe_of(method)
    kind = _of(recipe, RecordedTraining if recipe.of_moving_scenes else CapturedTraining)
    return Command(kind, inspect.getdoc(recipe), lambda arguments: kind(recipe=preset_of(recipe, arguments)))


def _of(recipe: type[Recipe], training: type[OwnFilesTraining]) -> type[OwnFilesTraining]:
    """A training of one recipe: in a subclass, tyro does not find out what stands for the type variable."""
    field = ("recipe", Annotated[recipe, tyro.conf.arg(name="")])
    return dataclasses.make_dataclass(training.__name__, [field], bases=(training,), frozen=True, kw_only=True)


def preset_of(recipe: type[Recipe], arguments: Sequence[str]) -> Recipe:
    """The preset that a command line names, at the length that it asks for.

    If it names none, it is the one for recordings where there is one, otherwise the class' own default.

    A preset that does not exist is left to the parser that reads all options.
    """
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    (named,) = (field.default for field in dataclasses.fields(recipe) if field.name == "preset")
    if recipe.of_moving_scenes and "recording" in given(arguments):
        named = recipe.recording_preset
    parser.add_argument("--preset", choices=recipe.presets(), default=named)
    parser.add_argument("--steps", type=int)
    try:
        options, _ = parser.parse_known_args(list(arguments))
    except argparse.ArgumentError:
        return recipe.from_preset(named)
    return recipe.from_preset(options.preset, options.steps)


def given(arguments: Sequence[str]) -> set[str]:
    """The names of the options that a command line gives.

    Example:
        >>> sorted(given(["--batch-size", "4", "--steps=10"]))
        ['batch_size', 'steps']
    """
    words = (word for word in arguments if word.startswith("--"))
    return {word[2:].partition("=")[0].replace("-", "_") for word in words}
