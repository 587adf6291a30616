"""`tfkeypoints tune keypointnet` and `tfkeypoints tune keypoint3d`."""

import contextlib
import dataclasses
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import tyro

from tfkeypoints.commands.train import Train
from tfkeypoints.commands.train_keypoint3d import TrainKeypoint3D
from tfkeypoints.commands.train_keypointnet import TrainKeypointNet

Chosen = Annotated[None, tyro.conf.Fixed, tyro.conf.Suppress]
"""An option of the training that the sweep sets."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tune:
    """What every model's sweep has, beside the options of its training, which hold for all trials."""

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
    """Sweep folder; by default runs/tune-MODEL-CONFIG. A sweep that was stopped goes on."""
    workers: int = 0
    """Processes that train at the same time on this machine, under a chief; 0: this process alone, one by one."""
    role: Literal["chief", "worker"] | None = None
    """On several machines that share the sweep folder: whether this process hands out trials or trains."""
    address: str | None = None
    """The chief's HOST:PORT, with --role."""
    worker: str | None = None
    """This worker's name, with --role worker."""

    num_keypoints: Chosen = None
    monitor: Chosen = None
    monitor_mode: Chosen = None

    train_command: ClassVar[type[Train]]

    def sweep(self):
        """The sweep that the options describe."""
        from tfkeypoints.tuning import Sweep

        chosen = {field.name for field in dataclasses.fields(Tune)}
        names = [field.name for field in dataclasses.fields(self.train_command) if field.name not in chosen]
        training = self.train_command(**{name: getattr(self, name) for name in names})
        config = training.data_name(training.resolved_preset()).split("/")[-1]
        return Sweep(
            folder=self.run or Path("runs") / f"tune-{training.model_name}-{config}",
            training=training,
            num_keypoints=self.k,
            search=self.search,
            trials=self.trials,
            executions=self.executions,
            objective=self.objective,
            direction=self.direction,
        )

    def __call__(self):
        """Searches, and returns the sweep."""
        try:
            from tfkeypoints import tuning
        except ModuleNotFoundError as error:
            raise ValueError(f"tuning needs {error.name}: pip install 'tfkeypoints[tuning]'") from error

        _leave_gpus()
        sweep = self.sweep()
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


@dataclasses.dataclass(frozen=True, kw_only=True)
class TuneKeypointNet(Tune, TrainKeypointNet):
    """Find out how many keypoints a KeypointNet should have, and with which options.

    Trains a model for each of several choices, more than once. The sweep folder then holds trials.csv, objective.png
    (the objective over K, with its elbow), keypoints.png (the same objects with several K), TensorBoard's HParams and
    best, an ordinary run. The same command takes up a sweep that was stopped. Training options that are given hold for
    all trials.

    Example:
      tfkeypoints tune keypointnet --preset demo --steps 1000 --k 4 8 12 16 --run runs/how-many
      tfkeypoints evaluate runs/how-many/best
    """

    train_command: ClassVar[type[Train]] = TrainKeypointNet


@dataclasses.dataclass(frozen=True, kw_only=True)
class TuneKeypoint3D(Tune, TrainKeypoint3D):
    """Find out how many keypoints a Keypoint3D should have, and with which options.

    Trains a model for each of several choices, more than once. The sweep folder then holds trials.csv, objective.png
    (the objective over K, with its elbow), keypoints.png (the same frames with several K), TensorBoard's HParams and
    best, an ordinary run. The same command takes up a sweep that was stopped. Training options that are given hold for
    all trials.

    Example:
      tfkeypoints tune keypoint3d --data moving_shapes/arm_64 --steps 1000 --k 8 16 32 --search random --workers 2
    """

    train_command: ClassVar[type[Train]] = TrainKeypoint3D
