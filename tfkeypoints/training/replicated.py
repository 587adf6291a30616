"""`fit` on several devices or machines at a time, where Keras' own fails with several workers."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import tensorflow as tf


def fit(
    model: keras.Model,
    batches: tf.data.Dataset,
    validation_data: tf.data.Dataset,
    *,
    initial_epoch: int,
    epochs: int,
    steps_per_epoch: int,
    validation_steps: int,
    callbacks: Sequence[keras.callbacks.Callback],
) -> None:
    """What `model.fit` does with these arguments, step by step the same on each of a strategy's replicas.

    The step is Keras' own, `model.train_step`; gradients are summed over the replicas by the optimizer.

    Args:
        model: Compiled, in the scope of its strategy.
        batches, validation_data: This process' share of them, see `data.sampling.Share`.
        initial_epoch, epochs, steps_per_epoch, callbacks: As for `fit`. Logs of a batch are those of this process'
            first replica; logs of an epoch are those of all.
        validation_steps: In how many steps this process' replicas have seen `validation_data`.
    """
    strategy = model.distribute_strategy
    called = keras.callbacks.CallbackList(callbacks, model=model, epochs=epochs, steps=steps_per_epoch, verbose=0)
    validation = _filled(validation_data)
    train_step = tf.function(lambda batch: _first(strategy, strategy.run(model.train_step, args=(batch,))))
    test_step = tf.function(lambda batch: strategy.run(_counted(model), args=batch), reduce_retracing=True)
    results = tf.function(model.get_metrics_result)

    def logs() -> dict[str, float]:
        return {name: float(value) for name, value in results().items()}

    def validated() -> dict[str, float]:
        model.reset_metrics()
        called.on_test_begin()
        for batch in itertools.islice(_in_turn(strategy, validation), validation_steps):
            test_step(batch)
        measured = logs()
        called.on_test_end(measured)
        return {f"val_{name}": value for name, value in measured.items()}

    shares = _in_turn(strategy, batches)
    called.on_train_begin()
    for epoch in range(initial_epoch, epochs):
        model.reset_metrics()
        called.on_epoch_begin(epoch)
        for step in range(steps_per_epoch):
            called.on_train_batch_begin(step)
            called.on_train_batch_end(step, train_step(next(shares)))
        called.on_epoch_end(epoch, logs() | validated())
    called.on_train_end()


def take_from_first(strategy: tf.distribute.Strategy, variables: Sequence[keras.Variable], number: int) -> int:
    """Gives all workers the first one's values of variables, and its number.

    What a training goes on from is read by one process, so that all go on from the same.
    """

    values = [tf.cast(each, tf.float64) for each in (number, *variables)]  # exact, of counts below 2^53 too

    @tf.function
    def first_values() -> list[tf.Tensor]:
        here = tf.distribute.get_replica_context()
        is_first = tf.equal(here.replica_id_in_sync_group, 0)
        known = [tf.where(is_first, each, tf.zeros_like(each)) for each in values]
        return here.all_reduce(tf.distribute.ReduceOp.SUM, known)

    number, *values = _first(strategy, strategy.run(first_values))
    for variable, value in zip(variables, values, strict=True):
        variable.assign(tf.cast(value, variable.dtype))
    return int(number)


def _first(strategy: tf.distribute.Strategy, structure: Any) -> Any:
    """This process' first replica's part of what a step returned."""
    return tf.nest.map_structure(lambda each: strategy.experimental_local_results(each)[0], structure)


def _in_turn(strategy: tf.distribute.Strategy, batches: tf.data.Dataset) -> Iterator[Any]:
    """Batches for a step each, which the replicas of this process take in turn.

    The iterators of `strategy.distribute_datasets_from_function` read ahead in a thread that may outlive them: as they
    go out of use, after a validation or at the end, TensorFlow 2.21 crashed in one training of three on two devices.
    """
    count = len(strategy.extended.worker_devices)
    waiting = iter(batches)
    while True:
        taken = list(itertools.islice(waiting, count))
        yield strategy.experimental_distribute_values_from_function(
            lambda context, taken=taken: taken[context.replica_id_in_sync_group % count]
        )


def _filled(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Each batch with True; then, for replicas that have none at the end, the first one again with False."""
    return batches.map(lambda batch: (batch, True)).concatenate(
        batches.take(1).repeat().map(lambda batch: (batch, False))
    )


def _counted(model: keras.Model) -> Callable[[Any, tf.Tensor], None]:
    """A step of validation on a batch, which leaves the metrics as they were if it does not count."""

    def step(batch: Any, counts: tf.Tensor) -> None:
        before = [tf.convert_to_tensor(each) for each in model.metrics_variables]
        model.test_step(batch)
        for variable, value in zip(model.metrics_variables, before, strict=True):
            variable.assign(tf.where(counts, variable, value))

    return step
