"""`tfkeypoints train METHOD`: the options of a recipe, with those of a preset as defaults."""

import argparse
import contextlib
import dataclasses
import inspect
from collections.abc import Sequence
from typing import Annotated, Any

import tyro

from tfkeypoints.commands.command import Command
from tfkeypoints.models.recipe import Recipe, detector_recipe
from tfkeypoints.training.captured import CapturedTraining
from tfkeypoints.training.recorded import RecordedTraining
from tfkeypoints.training.run import Run
from tfkeypoints.training.training import Training


def command(method: str) -> Command:
    """The command that trains a method."""
    recipe = detector_recipe(method)
    kind = _by_workers(RecordedTraining if recipe.of_moving_scenes else CapturedTraining, recipe)
    return Command(kind, inspect.getdoc(recipe) or "", lambda arguments: kind(recipe=defaults_of(recipe, arguments)))


@dataclasses.dataclass(frozen=True, kw_only=True)
class ByWorkers:
    """Further options of a training on the command line: who computes it. The numbers do not depend on them."""

    workers: int | None = None
    """Processes that train together, each on an equal part of every batch; Ray starts them, and starts them again where
    one dies. By default this process trains alone, with all GPUs that it sees. docs/cluster.md tells more."""
    ray: str | None = None
    """With workers: address of a Ray cluster that runs, "auto" or HOST:PORT; the run folder must be one that its
    machines share. By default the workers run on this machine."""

    def __call__(self) -> Any:
        if self.workers is None:
            if self.ray is not None:
                raise ValueError(f"`ray` belongs to `workers`. Received: ray={self.ray}, workers=None")
            return super().__call__()  # type: ignore[misc]  # that of the training beside which this stands
        from tfkeypoints.training import on_ray

        own = {field.name for field in dataclasses.fields(ByWorkers)}
        options = {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name not in own}
        (kind,) = (base for base in type(self).__bases__ if base is not ByWorkers)
        return on_ray.train(kind(**options), self.workers, self.ray)


def _by_workers(kind: type[Training], recipe: type[Recipe]) -> type[Training]:
    """A kind of training of one recipe: in a subclass, tyro does not find out what stands for the type variable."""
    field = ("recipe", Annotated[recipe, tyro.conf.arg(name="")])
    return dataclasses.make_dataclass(kind.__name__, [field], bases=(ByWorkers, kind), frozen=True, kw_only=True)


def defaults_of(recipe: type[Recipe], arguments: Sequence[str]) -> Recipe:
    """The preset that a command line names, with the model's arguments of the run that it starts from, if it does.

    Raises:
        ValueError: If that run is of another method.
    """
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("--from", dest="start")
    preset = preset_of(recipe, arguments)
    with contextlib.suppress(argparse.ArgumentError):
        start = parser.parse_known_args(list(arguments))[0].start
        return preset if start is None else preset.with_model_of(Run.open(start).config)
    return preset


def preset_of(recipe: type[Recipe], arguments: Sequence[str]) -> Recipe:
    """The preset that a command line names, at the length that it asks for.

    If it names none, it is the one for recordings where there is one, otherwise the class' own default.

    A preset that does not exist is left to the parser that reads all options.
    """
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    named: Any = next(field.default for field in dataclasses.fields(recipe) if field.name == "preset")
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
