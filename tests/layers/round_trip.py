"""The round trips that every layer must survive."""

import keras
import numpy as np
import tensorflow as tf


def assert_round_trips(layer, inputs, folder):
    """Config, `.keras` file with symbolic inputs and dynamic batch, and SavedModel all give the layer's own answer."""
    inputs = [np.asarray(each, "float32") for each in inputs]
    expected = [each.numpy() for each in tf.nest.flatten(layer(*inputs))]
    assert _close(type(layer).from_config(layer.get_config())(*inputs), expected)

    symbols = [keras.Input(each.shape[1:]) for each in inputs]
    model = keras.Model(symbols, layer(*symbols))
    model.save(folder / "model.keras")
    loaded = keras.saving.load_model(folder / "model.keras")
    assert _close(loaded.predict(inputs, verbose=0), expected)
    assert [tuple(each.shape[1:]) for each in model.outputs] == [each.shape[1:] for each in expected]

    model.export(folder / "saved", verbose=False)
    served = tf.saved_model.load(folder / "saved").serve(inputs)
    assert _close(served, expected)


def _close(outputs, expected):
    """Up to some 20 roundings of numbers up to 7: world points are made of camera coordinates that large."""
    outputs = tf.nest.flatten(outputs)
    return len(outputs) == len(expected) and all(
        np.allclose(output, each, atol=1e-5) for output, each in zip(outputs, expected, strict=True)
    )
