"""`tfkeypoints tune METHOD`: a sweep over the options of a recipe."""

import contextlib
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeVar

import tyro

from tfkeypoints.commands.command import Command
from tfkeypoints.commands.train import given, preset_of
from tfkeypoints.models.recipe import Recipe, detector_recipe
from tfkeypoints.training.training import Training

if TYPE_CHECKING:
    from tfkeypoints.tuning.sweep import Sweep

    R = TypeVar("R", bound=Recipe)
else:  # as in `training.training`
    R = TypeVar("R")

CHOSEN = ("num_keypoints", "monitor", "monitor_mode")
"""Options of the recipe that the sweep sets."""

DESCRIPTION = """Find out how many keypoints a {model} should have, and with which options.

Trains a model for each of several choices, more than once. The sweep folder then holds trials.csv, objective.png
(the objective over K, with its elbow), keypoints.png (the same examples with several K), TensorBoard's HParams and
best, an ordinary run. The same command resumes a sweep that was stopped. Training options that are given hold for
all trials.

Example:
  tfkeypoints tune {method} --steps 1000 --k 4 8 12 16 --run runs/how-many
  tfkeypoints tune {method} --steps 1000 --k 8 16 32 --search random --workers 2
  tfkeypoints evaluate runs/how-many/best
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tune(Training[R], Generic[R]):
    """A sweep's own options, beside those of the training, which hold for all trials."""

    k: tuple[int, ...] = (4, 8, 12, 16)
    """Numbers of keypoints to try."""
    search: Literal["grid", "random", "bayesian", "hyperband"] = "grid"
    """grid tries each K and varies nothing else; the others also vary what is not given, tuning/README.md lists it."""
    trials: int = 20
    """Trials of random and bayesian."""
    executions: int = 2
    """Trainings a trial, which differ in the seed."""
    objective: str | None = None
    """Metric by which trials are compared: of the history (val_...), or of `tfkeypoints evaluate` on the validation
    split, such as landmark_error; by default one that needs no labels."""
    direction: Literal["min", "max"] = "min"
    """Whether less or more of it is better."""
    run: Path | None = None
    """Sweep folder; by default runs/tune-MODEL-CONFIG. A sweep that was stopped is resumed."""
    workers: int = 0
    """Processes that train at the same time on this machine, under a chief; 0: this process alone, one by one."""
    role: Literal["chief", "worker"] | None = None
    """On several machines that share the sweep folder: whether this process hands out trials or trains."""
    address: str | None = None
    """The chief's HOST:PORT, with --role."""
    worker: str | None = None
    """This worker's name, with --role worker."""
    fixed: Annotated[tuple[str, ...], tyro.conf.Fixed, tyro.conf.Suppress] = ()
    """Options of the recipe that were given, and are not varied."""

    def sweep(self) -> "Sweep":
        """The sweep that the options describe."""
        from tfkeypoints.tuning import Sweep

        training = Training(recipe=shown(self.recipe), data=self.data, data_dir=self.data_dir)
        return Sweep(
            folder=self.run or Path("runs") / f"tune-{training.folder.name}",
            training=training,
            num_keypoints=self.k,
            search=self.search,
            trials=self.trials,
            executions=self.executions,
            fixed=self.fixed,
            objective=self.objective or "",
            direction=self.direction,
        )

    def __call__(self) -> "Sweep":
        """Searches, and returns the sweep."""
        try:
            from tfkeypoints import tuning
        except ModuleNotFoundError as error:
            raise ValueError(f"tuning needs {error.name}: pip install 'tfkeypoints[tuning]'") from error

        _leave_gpus()
        sweep = self.sweep()
        sweep.training.recipe.check()
        if self.role != "worker":
            sweep.start()
        if self.workers and self.role is None:
            tuning.launch(sweep, self.workers)
        else:
            tuning.search(sweep, self.role or "alone", self.address, self.worker)
        if self.role != "worker":
            print(tuning.write_report(sweep))
        return sweep


def _leave_gpus() -> None:
    """Keeps this process off the GPUs: the trainings, which have processes of their own, shall have all the memory."""
    import tensorflow as tf

    with contextlib.suppress(RuntimeError):  # TensorFlow is in use already
        tf.config.set_visible_devices([], "GPU")


def command(method: str) -> Command:
    """The command that sweeps over a method's options."""
    recipe = detector_recipe(method)
    hidden = hiding(recipe, CHOSEN)

    def defaults(arguments: Sequence[str]) -> Tune:
        fixed = tuple(sorted(given(arguments) & recipe.ranges.keys()))
        return Tune(recipe=as_kind(hidden, preset_of(recipe, arguments)), fixed=fixed)

    description = DESCRIPTION.format(method=method, model=recipe.__name__.removesuffix("Recipe"))
    return Command(Tune[hidden], description, defaults)  # type: ignore[valid-type]  # a class that was just made


def hiding(kind: type, names: Sequence[str]) -> type:
    """A dataclass like another, whose fields of these names, and of its `model`, are no options of a command line."""
    fields = []
    for field in dataclasses.fields(kind):
        if field.name in names:
            fields.append((field.name, Annotated[field.type, tyro.conf.Fixed, tyro.conf.Suppress], field))
        elif field.name == "model":
            model = hiding(type(field.default), names)
            default = dataclasses.field(default=as_kind(model, field.default))
            fields.append((field.name, Annotated[model, tyro.conf.arg(name="")], default))
    return dataclasses.make_dataclass(kind.__name__, fields, bases=(kind,), frozen=True, kw_only=True)


def as_kind(kind: type, instance: Any) -> Any:
    """An instance of another dataclass with the same fields."""
    values = {field.name: getattr(instance, field.name) for field in dataclasses.fields(instance)}
    if "model" in values:
        (model,) = (type(field.default) for field in dataclasses.fields(kind) if field.name == "model")
        values["model"] = as_kind(model, values["model"])
    return kind(**values)


def shown(recipe: Recipe) -> Recipe:
    """The ordinary recipe of one with hidden options, which other processes do not know."""
    return as_kind(detector_recipe(recipe.name), recipe)
