"""`tfkeypoints train METHOD`: the options of a recipe, with those of a preset as defaults."""

import argparse
import dataclasses
import inspect
from collections.abc import Sequence

from tfkeypoints.commands.command import Command
from tfkeypoints.methods import recipe_of
from tfkeypoints.models.recipe import Recipe
from tfkeypoints.training.training import Training


def command(method: str) -> Command:
    """The command that trains a method."""
    recipe = recipe_of(method)
    return Command(
        Training[recipe], inspect.getdoc(recipe), lambda arguments: Training(recipe=preset_of(recipe, arguments))
    )


def preset_of(recipe: type[Recipe], arguments: Sequence[str]) -> Recipe:
    """The preset that a command line names, at the length that it asks for; the class' own default if it names none.

    A preset that does not exist is left to the parser that reads all options.
    """
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    (named,) = (field.default for field in dataclasses.fields(recipe) if field.name == "preset")
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
