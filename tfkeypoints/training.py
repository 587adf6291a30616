"""One training in a run folder: fitted, watched, saved, and taken up again after a kill. Any model, any data set."""

from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from tfkeypoints.arguments import check_choice, check_positive_integers
from tfkeypoints.callbacks import BestModel, FiniteLoss, KeypointImages, Progress, RunHistory, TrainingCheckpoint
from tfkeypoints.data.example import CAMERA_KEYS
from tfkeypoints.optimizers import make_optimizer
from tfkeypoints.run import Run

Augmentation = Callable[[dict[str, tf.Tensor], tf.Tensor], dict[str, tf.Tensor]]

WARM_UP = 0.05
"""Share of the steps in which the learning rate rises to its peak."""

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
    training that was killed and taken up again gives what it would have given.

    Args:
        run: The run folder.
        model: Compiled.
        training, validation: Examples in memory, from `in_memory`.
        batch_size: Examples a step.
        steps_per_epoch, epochs: The model is validated and saved after each epoch.
        monitor, mode: The validation metric whose best ("min" or "max") weights become `model.keras`.
        seed: Of the order of the training examples, and of their variation.
        augment: Varies a training example, given a seed; see `data.object_variation`.
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
            validation_data=tf.data.Dataset.from_tensor_slices(dict(validation)).batch(batch_size),
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
                KeypointImages(run.logs, pictured),
                Progress(steps_per_epoch, epochs, finished),
                checkpoint,  # last: what it counts as finished, the others have written
            ],
        )


def in_memory(
    examples: tf.data.Dataset, num_views: int | None = None, labels: Sequence[str] = ()
) -> dict[str, tf.Tensor]:
    """Checks all examples of a data set and loads them: `image`, `intrinsics` and `extrinsics`, `[N, V, ...]` each.

    Args:
        examples: Unbatched examples.
        num_views: Views that an example shall have, V: examples of one `instance` are joined until they have so many.
            None takes them as they are.
        labels: Further keys to load, of which an instance has one value, such as `landmarks`.

    Raises:
        ValueError: If `num_views` is no multiple of the views that the examples have, no instance has so many, or
            examples are to be joined that do not tell their `instance`.
    """
    from tfkeypoints import data

    views = examples.element_spec["image"].shape[0]
    whole = {"batch_size": len(examples), "shuffle_buffer": 0, "cache": False}
    keys = (*CAMERA_KEYS, *labels)
    if num_views in (None, views):
        return next(iter(data.batches(examples, keys=keys, **whole)))
    if "instance" not in examples.element_spec:
        raise ValueError(
            f"`num_views` should be {views}, that of the examples, unless they tell their `instance`. "
            f"Received: num_views={num_views}"
        )
    loaded = next(iter(data.batches(examples, keys=(*keys, "instance"), **whole)))
    order = joined(loaded.pop("instance").numpy(), num_views, views)
    firsts = order[:: num_views // views]
    return {
        name: tf.gather(values, firsts)
        if name in labels
        else tf.reshape(tf.gather(values, order), [-1, num_views, *values.shape[2:]])
        for name, values in loaded.items()
    }


def joined(instances: np.ndarray, num_views: int, views: int) -> np.ndarray:
    """Orders examples so that each run of `num_views / views` of them shows one instance; what is left over is dropped.

    Args:
        instances: `[N]`, the instance that each example shows.
        num_views: Views wanted.
        views: Views that each example has.

    Returns:
        Indices of examples, `[M]`.

    Raises:
        ValueError: If there is no such run.

    Example:
        >>> joined(np.array(["a", "b", "a", "b", "a"]), num_views=4, views=2).tolist()
        [0, 2, 1, 3]
    """
    size, rest = divmod(num_views, views)
    groups = [np.flatnonzero(instances == instance) for instance in np.unique(instances)] if not rest else []
    whole = [group[: len(group) // size * size] for group in groups]
    if not sum(map(len, whole)):
        raise ValueError(
            f"`num_views` should be a multiple of the examples' {views} views, with enough examples of an instance to "
            f"make up so many; {views} takes them as they are. Received: num_views={num_views}"
        )
    return np.concatenate(whole)


def shuffled_batches(
    examples: Mapping[str, tf.Tensor],
    batch_size: int,
    seed: int,
    first_step: int,
    augment: Augmentation | None = None,
) -> tf.data.Dataset:
    """Batches without end. Each depends on the seed and its step alone, so that none must be skipped to go on.

    All examples are passed in an order drawn by chance, then again in another one.

    Args:
        examples: `[N, ...]` each.
        batch_size: Examples a batch.
        seed: Of the order.
        first_step: Step to begin with, from 0.
        augment: Varies an example, given a seed `[2]` of its own each time that it is shown.
    """
    count = len(next(iter(examples.values())))

    def example(position):
        turn, place = position // count, position % count
        chosen = tf.random.experimental.index_shuffle(place, tf.stack([tf.constant(seed, tf.int64), turn]), count - 1)
        shown = {name: values[chosen] for name, values in examples.items()}
        return augment(shown, tf.stack([seed, position])) if augment else shown

    positions = tf.data.Dataset.range(first_step * batch_size, tf.int64.max)
    return (
        positions.map(example, num_parallel_calls=tf.data.AUTOTUNE)
        .batch(batch_size, drop_remainder=True)
        .prefetch(tf.data.AUTOTUNE)
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


def learning_rate_schedule(peak: float, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """A short warm-up to `peak`, then half a cosine down to a hundredth of it."""
    warm_up = max(1, int(WARM_UP * steps))
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=peak / warm_up,
        warmup_target=peak,
        warmup_steps=warm_up,
        decay_steps=max(1, steps - warm_up),
        alpha=0.01,
    )


def optimizer_of(preset, steps: int) -> keras.optimizers.Optimizer:
    """The optimizer of a preset, whose learning rate falls within `steps`; see `learning_rate_schedule`."""
    return make_optimizer(preset.optimizer, learning_rate_schedule(preset.learning_rate, steps))


def split_steps(steps: int, validate_every: int) -> tuple[int, int]:
    """Divides a training into epochs of about `validate_every` steps: (steps per epoch, epochs)."""
    check_positive_integers(steps=steps, validate_every=validate_every)
    epochs = max(1, round(steps / validate_every))
    return -(-steps // epochs), epochs
