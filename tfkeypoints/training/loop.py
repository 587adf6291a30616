"""One training in a run folder: fitted, watched, saved, and resumed after a kill. Any model, any data set."""

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from tfkeypoints.arguments import check_choice, check_positive_integers
from tfkeypoints.data.sampling import Augmentation, ordered_batches, shuffled_batches
from tfkeypoints.training.callbacks import (
    BestModel,
    FiniteLoss,
    KeypointImages,
    Progress,
    RunHistory,
    TrainingCheckpoint,
)
from tfkeypoints.training.run import Run

PICTURED = 12
"""Validation examples whose keypoints are drawn for TensorBoard."""


def train(
    run: Run,
    model: keras.Model,
    training: Mapping[str, tf.Tensor],
    validation: Mapping[str, tf.Tensor],
    *,
    batch_size: int,
    steps_per_epoch: int,
    epochs: int,
    monitor: str,
    mode: str = "min",
    seed: int = 0,
    augment: Augmentation | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> None:
    """Trains a compiled model, from where the run stands to its end.

    Every file of the run is whole at every moment. Data and chance depend on the seed and the step alone, so that a
    training that was killed and resumed gives what it would have given.

    Args:
        run: The run folder.
        model: Compiled.
        training, validation: Examples, in memory or stored, from `data.holding.hold`.
        batch_size: Examples a step.
        steps_per_epoch, epochs: The model is validated and saved after each epoch.
        monitor, mode: The validation metric whose best ("min" or "max") weights become `model.keras`.
        seed: Of the order of the training examples, and of their variation.
        augment: Varies a training example, given a seed; see `data.augmentation`.
        callbacks: The model's own, such as a schedule. Their state must follow from the step or the epoch.

    Raises:
        ValueError: If another process trains this run, or the loss stops being finite.
    """
    checkpoint = TrainingCheckpoint(run.checkpoints)
    pictured = {name: values[:PICTURED] for name, values in validation.items()}
    model(pictured)
    with run.locked():
        finished = checkpoint.restore(model)
        if finished >= epochs:
            return
        history = RunHistory(run.history_file, finished)
        model.fit(
            shuffled_batches(training, batch_size, seed, finished * steps_per_epoch, augment),
            validation_data=ordered_batches(validation, batch_size),
            initial_epoch=finished,
            epochs=epochs,
            steps_per_epoch=steps_per_epoch,
            shuffle=False,
            verbose=0,
            callbacks=[
                FiniteLoss(),  # first: the others need not know what to make of a model that diverged
                *callbacks,
                history,
                BestModel(run, monitor, mode, list(history.rows)),
                keras.callbacks.TensorBoard(run.logs, write_graph=False),
                KeypointImages(run.logs, run.training_picture, pictured),
                Progress(steps_per_epoch, epochs, finished),
                checkpoint,  # last: what it counts as finished, the others have written
            ],
        )


def check_monitor(model: keras.Model, monitor: str) -> None:
    """Raises a ValueError unless the history of a compiled model will have a validation metric of this name."""
    known = sorted({"val_loss", *(f"val_{metric.name}" for metric in model.metrics)})
    check_choice(known, monitor=monitor)


def check_examples(model: keras.Model, examples: Mapping[str, tf.Tensor]) -> None:
    """Lets a compiled model raise its ValueError if it can't learn from examples like these; it learns nothing yet."""
    first = {name: values[:1] for name, values in examples.items()}
    model.compute_loss(first, y_pred=model(first), training=False)
    model.reset_metrics()


def split_steps(steps: int, validate_every: int) -> tuple[int, int]:
    """Divides a training into epochs of about `validate_every` steps: (steps per epoch, epochs)."""
    check_positive_integers(steps=steps, validate_every=validate_every)
    epochs = max(1, round(steps / validate_every))
    return -(-steps // epochs), epochs
