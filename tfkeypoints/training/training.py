"""From a recipe and a data set to a finished run."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import tyro

from tfkeypoints import workers
from tfkeypoints.training.checkpoint import Checkpoint
from tfkeypoints.training.run import Run
from tfkeypoints.training.threads import use_threads

if TYPE_CHECKING:
    import keras

    from tfkeypoints.models.recipe import Recipe

    R = TypeVar("R", bound=Recipe)
else:  # tyro would take the bound for what a training is of
    R = TypeVar("R")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Training(Generic[R]):
    """One training: a recipe, the data, and the run folder that it fills. Calling it trains, from where the run stands.

    Its fields are the options of `tfkeypoints train`; a sweep and the benchmarks make the same.

    Example:
        >>> recipe = KeypointNetRecipe.from_preset("demo", steps=1000)
        >>> run = Training(recipe=recipe, data="rendered_objects/chairs_64", run=Path("runs/chairs"))()
    """

    recipe: Annotated[R, tyro.conf.arg(name="")]
    """What is trained, and how: a `tfkeypoints.models.recipe.Recipe`."""
    data: str | None = None
    """Data set NAME/CONFIG, built when absent; by default one of the recipe's image size."""
    data_dir: Path | None = None
    """Where data sets lie; by default TensorFlow Datasets' own place."""
    run: Path | None = None
    """Run folder; by default runs/MODEL-CONFIG. A training that was stopped is resumed."""
    start: Annotated[str | None, tyro.conf.arg(name="from", metavar="RUN|NAME")] = None
    """Fine-tuning: a run or pretrained model whose weights are the start, such as chairs_64. The model's arguments are
    its own unless others are given; steps, learning rate and optimizer are those of the preset, and begin anew."""
    data_memory: float | None = None
    """GiB of memory that examples may take; more are read from disk as they are needed, in the same order. By default a
    third of what is available."""

    @property
    def data_name(self) -> str:
        """The data set to train on."""
        return self.data or self.recipe.default_data.format(size=self.recipe.image_size)

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.run or Path("runs") / f"{self.recipe.name}-{self.data_name.split('/')[-1]}"

    def with_recipe(self, recipe: R) -> "Training[R]":
        """The same training of another recipe."""
        return dataclasses.replace(self, recipe=recipe)

    def config(self) -> dict[str, Any]:
        """All choices that the numbers depend on, for `config.json`."""
        place = self.data_dir and str(self.data_dir.resolve())
        return {**self.recipe.config(), "data": self.data_name, "data_dir": place, "from": self._start()}

    def _start(self) -> dict[str, Any] | None:
        if self.start is None:
            return None
        from tfkeypoints.training import start

        return start.describe(self.start)

    def load(self, split: str, num_views: int | None = None) -> Mapping:
        """A split of the data set, in memory or, where it is too large, on disk; see `data.holding.hold`."""
        from tfkeypoints.data.holding import hold

        recipe = self.recipe
        return hold(
            self.data_name, split, self.data_dir, num_views, recipe.labels, recipe.extras, limit=self.data_memory
        )

    def build(self, examples: Mapping[str, Any]) -> "keras.Model":
        """The model for training examples, under the recipe's seed, not compiled."""
        import keras

        from tfkeypoints import data

        keras.utils.set_random_seed(self.recipe.seed)
        at_rest = data.scene_at_rest(self.data_name, self.data_dir)
        return self.recipe.build(examples, at_rest, self.metadata().get("model_sizes"))

    def metadata(self) -> dict[str, Any]:
        """What the data set tells of itself."""
        from tfkeypoints import data

        return data.dataset_info(self.data_name, self.data_dir).metadata or {}

    def facts(self, validation: Mapping) -> dict[str, Any]:
        """What prediction and export must know of the training's data, for `config.json`."""
        windows = self.metadata().get("windows")
        return {"images": describe_images(validation), **({"windows": windows} if windows else {})}

    def __call__(self) -> Run:
        """Trains, and returns the run.

        Raises:
            ValueError: If an option makes no sense, or the folder holds another run; nothing is written then.
        """
        from tfkeypoints import training
        from tfkeypoints.training import start
        from tfkeypoints.training.devices import in_turn, strategy_for

        recipe, first = self.recipe, workers.index() == 0
        if first and self.is_finished():
            return Run(self.folder)

        steps_per_epoch, epochs = training.split_steps(recipe.steps, recipe.validate_every)
        use_threads(recipe.activations(), workers.on_this_machine())
        strategy = strategy_for(recipe.batch_size)
        examples = in_turn(strategy, lambda: self.load("train", recipe.num_views))
        with strategy.scope():
            model = self.build(examples)
            if self.start is not None:
                start.take_weights(model, Run.open(self.start), examples)
            model.compile(optimizer=training.optimizer_of(recipe, epochs * steps_per_epoch))
            training.check_monitor(model, recipe.monitor)
            training.check_examples(model, examples)
        validation = self.load("validation")
        run = Run(self.folder)
        if first:
            run = Run.start(self.folder, {**self.config(), **self.facts(validation)}, recipe.upgrade)
            steps = f"{epochs * steps_per_epoch} steps of {recipe.batch_size}"
            begun = f" from {self.start}" if self.start else ""
            on = f" on {strategy.num_replicas_in_sync} devices" if strategy.num_replicas_in_sync > 1 else ""
            print(f"{recipe.name} on {self.data_name}{begun}: {steps}{on} in {self.folder}")
            print(f"keypoints on validation images, anew every {steps_per_epoch} steps: {run.training_picture}")
        training.train(
            run,
            model,
            examples,
            validation,
            batch_size=recipe.batch_size,
            steps_per_epoch=steps_per_epoch,
            epochs=epochs,
            monitor=recipe.monitor,
            mode=recipe.monitor_mode,
            seed=recipe.seed,
            augment=recipe.augmentation(),
            callbacks=recipe.callbacks(run, validation),
            watchers=recipe.watchers(run, validation) if first else (),
        )
        if first:
            print(f"finished: {run.model_file}\nnext: tfkeypoints evaluate {run.folder}")
        return run

    def is_finished(self) -> bool:
        """Whether the run folder holds this training, done; then it says so.

        Raises:
            ValueError: If an option makes no sense, or the folder holds another run, or something else.
        """
        from tfkeypoints.training.loop import split_steps

        self.recipe.check()
        _, epochs = split_steps(self.recipe.steps, self.recipe.validate_every)
        run = Run(self.folder)
        run.check(self.config(), self.recipe.upgrade)
        finished = Checkpoint(run.checkpoints, "epoch").newest() >= epochs
        if finished:
            print(f"{self.folder} is finished already\nnext: tfkeypoints evaluate {self.folder}")
        return finished


def describe_images(examples: Mapping) -> dict[str, Any]:
    """What prediction and export must know of the training images: their shape `[V, H, W, C]` and a camera."""
    return {
        "shape": examples["image"].shape[1:].as_list(),
        "intrinsics": examples["intrinsics"][0, 0].numpy().tolist(),
    }
