"""What all `tfkeypoints train …` commands share."""

import dataclasses
from pathlib import Path
from typing import Any, ClassVar, Literal

from tfkeypoints.arguments import check_positive


@dataclasses.dataclass(frozen=True, kw_only=True)
class Train:
    """What every model's training has: options, and the way from them to a finished run.

    A model's own command adds options and the methods below. An option that is called like a field of the preset, and
    is not None, takes the place of that field.
    """

    data: str | None = None
    """Data set NAME/CONFIG, built when absent; by default one of the preset's image size."""
    data_dir: Path | None = None
    """Where data sets lie; by default TensorFlow Datasets' own place."""
    run: Path | None = None
    """Run folder; by default runs/MODEL-CONFIG. A training that was stopped goes on."""
    steps: int | None = None
    """Training steps; by default the preset's."""
    batch_size: int | None = None
    """Examples a step; by default the preset's."""
    optimizer: Literal["adam", "muon"] | None = None
    """Muon learns more a step in convolutions; by default the preset's."""
    learning_rate: float | None = None
    """Peak of the learning rate, which then falls along a cosine; by default the preset's."""
    validate_every: int = 250
    """Steps between validations; after each, the model is saved."""
    monitor: str = "val_angular_error"
    """Metric of the history by which the best weights are chosen."""
    monitor_mode: Literal["min", "max"] = "min"
    """Whether less or more of it is better."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """What the networks compute in while training; points, losses and weights are float32 always. bfloat16 halves the
    memory of activations, and about halves the time of a step of wide networks on CPUs with AMX. Other CPUs are slower
    with it."""
    seed: int = 0
    """Seed of weights, order of the data and noise: the same seed gives the same numbers on one machine."""

    model_name: ClassVar[str]
    default_data: ClassVar[str]
    """Data set to train on if none is given, with `{size}` for the image size."""
    schedule: ClassVar[tuple[str, str]]
    """Fields of the preset that are its first and last step: with fewer or more `steps` they move in proportion."""
    model_only: ClassVar[tuple[str, ...]]
    """Options that are arguments of the model, but no fields of the preset; None leaves them to the model."""

    def data_name(self, preset) -> str:
        """The data set to train on."""
        return self.data or self.default_data.format(size=preset.image_size)

    def resolved_preset(self) -> Any:
        """The preset, a frozen dataclass, with what the options replace.

        Raises:
            ValueError: If a number of it is out of range.
        """
        from tfkeypoints.models.presets import PRESETS

        preset = PRESETS[self.model_name][self.preset]
        pace = (self.steps or preset.steps) / preset.steps
        schedule = {name: round(pace * getattr(preset, name)) for name in self.schedule}
        preset = dataclasses.replace(
            preset, **schedule | self.given(*(field.name for field in dataclasses.fields(preset)))
        )
        _check_preset(preset, self.schedule)
        return preset

    @property
    def dtype(self) -> str | None:
        """The model's policy of types; None for Keras' own, float32."""
        return None if self.precision == "float32" else f"mixed_{self.precision}"

    def model_options(self, preset) -> dict[str, Any]:
        """Arguments of the model."""
        return preset.model_arguments() | self.given(*self.model_only)

    def build_model(self, preset, examples):
        """The model, built of `model_options`, for these training examples."""
        raise NotImplementedError

    def augmentation(self, preset):
        """The function that varies training examples; None, as here, leaves them as they are."""

    def callbacks(self, preset, run, validation) -> list:
        """The model's own callbacks."""
        return []

    def __call__(self):
        """Trains, and returns the run."""
        import keras

        from tfkeypoints import data, training
        from tfkeypoints.data.sampling import in_memory
        from tfkeypoints.training.callbacks import TrainingCheckpoint
        from tfkeypoints.training.run import Run

        preset = self.resolved_preset()
        steps_per_epoch, epochs = training.split_steps(preset.steps, self.validate_every)
        name = self.data_name(preset)
        folder = self.run or Path("runs") / f"{self.model_name}-{name.split('/')[-1]}"
        options = self.options(preset, name)
        Run(folder).check(options)
        if TrainingCheckpoint(Run(folder).checkpoints).finished_epochs() >= epochs:
            print(f"{folder} is finished already\nnext: tfkeypoints evaluate {folder}")
            return Run(folder)

        examples = in_memory(data.load(name, "train", data_dir=self.data_dir), preset.num_views)
        keras.utils.set_random_seed(self.seed)
        model = self.build_model(preset, examples)
        model.compile(optimizer=training.optimizer_of(preset, epochs * steps_per_epoch))
        training.check_monitor(model, self.monitor)
        training.check_examples(model, examples)
        validation = in_memory(data.load(name, "validation", data_dir=self.data_dir))
        run = Run.start(folder, {**options, "images": _describe(validation)})
        print(f"{self.model_name} on {name}: {epochs * steps_per_epoch} steps of {preset.batch_size} in {folder}")
        training.train(
            run,
            model,
            examples,
            validation,
            batch_size=preset.batch_size,
            steps_per_epoch=steps_per_epoch,
            epochs=epochs,
            monitor=self.monitor,
            mode=self.monitor_mode,
            seed=self.seed,
            augment=self.augmentation(preset),
            callbacks=self.callbacks(preset, run, validation),
        )
        print(f"finished: {run.model_file}\nnext: tfkeypoints evaluate {run.folder}")
        return run

    def options(self, preset, name: str) -> dict[str, Any]:
        """All choices that the numbers depend on, for `config.json`; None where the model decides, and for float32."""
        model_options = self.model_options(preset)
        training = {key: value for key, value in dataclasses.asdict(preset).items() if key not in model_options}
        return {
            "model": self.model_name,
            "preset": self.preset,
            "model_options": dict.fromkeys(self.model_only) | model_options,
            "data": name,
            "data_dir": self.data_dir and str(self.data_dir.resolve()),
            **training,
            "validate_every": self.validate_every,
            "monitor": self.monitor,
            "monitor_mode": self.monitor_mode,
            "precision": None if self.precision == "float32" else self.precision,
            "seed": self.seed,
        }

    def given(self, *names: str) -> dict[str, Any]:
        """Those of the named options that are not None."""
        return {name: getattr(self, name) for name in names if getattr(self, name, None) is not None}


def _check_preset(preset, schedule: tuple[str, str]) -> None:
    sizes = {name: getattr(preset, name) for name in ("steps", "batch_size", "num_views", "learning_rate")}
    check_positive(**{name: size for name, size in sizes.items() if size is not None})
    (start, first), (end, last) = ((name, getattr(preset, name)) for name in schedule)
    if not 0 <= first <= last:
        raise ValueError(
            f"`{start}` and `{end}` must satisfy 0 <= {start} <= {end}. Received: {start}={first}, {end}={last}"
        )


def _describe(examples: dict) -> dict[str, Any]:
    """What prediction and export must know of the training images: their shape `[V, H, W, C]` and a camera."""
    return {
        "shape": examples["image"].shape[1:].as_list(),
        "intrinsics": examples["intrinsics"][0, 0].numpy().tolist(),
    }
