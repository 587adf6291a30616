"""One training in a run folder: fitted, watched, saved, and resumed after a kill. Any model, any data set."""

import contextlib
from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from tfkeypoints.arguments import check_choice, check_positive_integers
from tfkeypoints.data.sampling import Augmentation, ordered_batches, ordered_steps, shuffled_batches
from tfkeypoints.training import replicated
from tfkeypoints.training.callbacks import (
    BestModel,
    FiniteLoss,
    KeypointImages,
    Progress,
    RunHistory,
    TrainingCheckpoint,
)
from tfkeypoints.training.devices import share_of
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
    watchers: Sequence[keras.callbacks.Callback] = (),
) -> None:
    """Trains a compiled model, from where the run stands to its end.

    Every file of the run is whole at every moment. Data and chance depend on the seed and the step alone, so that a
    training that was killed and resumed gives what it would have given, and one on several devices or by several
    workers, see `training.devices`, what one device would. The first worker alone reads and writes the run folder.

    Args:
        run: The run folder.
        model: Compiled, in the scope of its strategy if it has one; this is called outside of it.
        training, validation: Examples, in memory or stored, from `data.holding.hold`.
        batch_size: Examples a step.
        steps_per_epoch, epochs: The model is validated and saved after each epoch.
        monitor, mode: The validation metric whose best ("min" or "max") weights become `model.keras`.
        seed: Of the order of the training examples, and of their variation.
        augment: Varies a training example, given a seed; see `data.augmentation`.
        callbacks: The model's own, such as a schedule, on every worker. Their state must follow from the step or the
            epoch.
        watchers: Those of the first worker alone, such as an alarm: they may write files.

    Raises:
        ValueError: If another process trains this run, or the loss stops being finite.
    """
    strategy = model.distribute_strategy
    share, several = share_of(strategy), strategy.num_replicas_in_sync > 1
    first = share.worker == 0
    checkpoint = TrainingCheckpoint(run.checkpoints)
    pictured = {name: values[:PICTURED] for name, values in validation.items()}
    with strategy.scope():  # of what all workers make alike; the first one's callbacks make variables of their own
        model(pictured)
        variables = checkpoint.variables(model)
    with run.locked() if first else contextlib.nullcontext():
        finished = checkpoint.restore(model) if first else 0
        if several:
            finished = replicated.take_from_first(strategy, variables, finished)
        if finished >= epochs:
            return
        called = [FiniteLoss(), *callbacks]  # first: the others need not know what to make of a model that diverged
        if first:
            history = RunHistory(run.history_file, finished)
            called += [
                *watchers,
                history,
                BestModel(run, monitor, mode, list(history.rows)),
                keras.callbacks.TensorBoard(run.logs, write_graph=False),
                KeypointImages(run.logs, run.training_picture, pictured),
                Progress(steps_per_epoch, epochs, finished),
                checkpoint,  # last: what it counts as finished, the others have written
            ]
        batches = shuffled_batches(training, batch_size, seed, finished * steps_per_epoch, augment, share)
        options = {
            "validation_data": ordered_batches(validation, batch_size, share),
            "initial_epoch": finished,
            "epochs": epochs,
            "steps_per_epoch": steps_per_epoch,
            "callbacks": called,
        }
        if several:
            taken = ordered_steps(len(validation["image"]), batch_size, share)
            replicated.fit(model, batches, validation_steps=taken, **options)
        else:
            model.fit(batches, shuffle=False, verbose=0, **options)


def check_monitor(model: keras.Model, monitor: str) -> None:
    """Raises a ValueError unless the history of a compiled model will have a validation metric of this name."""
    known = sorted({"val_loss", *(f"val_{metric.name}" for metric in model.metrics)})
    check_choice(known, monitor=monitor)


def check_examples(model: keras.Model, examples: Mapping[str, tf.Tensor]) -> None:
    """Lets a compiled model raise its ValueError if it can't learn from examples like these; it learns nothing yet."""
    first = {name: values[:1] for name, values in examples.items()}
    outputs = model(first)
    model.distribute_strategy.run(lambda: model.compute_loss(first, y_pred=outputs, training=False))
    model.reset_metrics()


def split_steps(steps: int, validate_every: int) -> tuple[int, int]:
    """Divides a training into epochs of about `validate_every` steps: (steps per epoch, epochs)."""
    check_positive_integers(steps=steps, validate_every=validate_every)
    epochs = max(1, round(steps / validate_every))
    return -(-steps // epochs), epochs
