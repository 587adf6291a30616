"""Fine-tuning: a training that starts from the weights of another run, or of a pretrained model."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from tfkeypoints.training.run import Run

HEAD = 5
"""Weights that do not fit are named up to so many."""


def take_weights(model: keras.Model, source: Run, examples: Mapping[str, tf.Tensor]) -> None:
    """Gives a model the weights of a run's networks, and says which arguments of the two models differ.

    What belongs to the training or the scene stays the model's own: what its cameras see at rest, the state of its
    schedule, its random numbers.

    Args:
        model: Of the same class as the run's, not trained yet.
        source: The run.
        examples: Training examples, of which the first one builds the model.

    Raises:
        ValueError: If the run is of another method, or a weight does not fit.
    """
    model({name: values[:1] for name, values in examples.items()})
    other = source.load_model()
    if type(other) is not type(model):
        raise ValueError(f"`from` should be of a {type(model).__name__}. Received: from={source.folder}, {other.name}")
    differences = differing_arguments(other, model)
    ours, theirs = weights_of_networks(model), weights_of_networks(other)
    shapes = [{name: tuple(weight.shape) for name, weight in each.items()} for each in (theirs, ours)]
    unfit = [name for name in {**shapes[0], **shapes[1]} if shapes[0].get(name) != shapes[1].get(name)]
    if unfit:
        listed = [f"{name}: {shapes[0].get(name)} -> {shapes[1].get(name)}" for name in unfit[:HEAD]]
        more = [f"and {len(unfit) - HEAD} others"] if len(unfit) > HEAD else []
        reasons = differences or ["no argument; the data has other sizes or numbers of views"]
        raise ValueError(
            f"`from` should have weights that fit the model. Received: from={source.folder.name}, with other\n  "
            + "\n  ".join([*reasons, "and so with other weights", *listed, *more])
        )
    if differences:
        print(f"other than in {source.folder.name}:\n  " + "\n  ".join(differences))
    for name, weight in ours.items():
        weight.assign(theirs[name])


def weights_of_networks(model: keras.Model) -> dict[str, keras.Variable]:
    """The weights of a model's layers by their paths within it, without those that are the model's own."""
    return {
        f"{number}/{place}/{weight.name}": weight
        for number, layer in enumerate(model.layers)
        for place, weight in enumerate(layer.weights)
    }


def differing_arguments(before: keras.Model, now: keras.Model) -> list[str]:
    """The arguments in which a model differs from another one: `name: before -> now`."""
    ours, theirs = (dataclasses.asdict(each.arguments) for each in (now, before))
    return [f"{name}: {theirs[name]} -> {ours[name]}" for name in ours if ours[name] != theirs[name]]


def describe(source: str) -> dict[str, Any]:
    """What a training's configuration says of where it starts: the run, and the SHA-256 of its weights."""
    from tfkeypoints.pretrained.run import PretrainedRun, sha256

    run = Run.open(source)
    place = run.name if isinstance(run, PretrainedRun) else str(run.folder.resolve())
    return {"run": place, "sha256": sha256(run.model_file)}
