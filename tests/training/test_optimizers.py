"""Tests of Muon for convolutions: what one step does to kernels, and to everything else."""

import keras
import numpy as np
import pytest

from tfkeypoints.training.optimizers import ConvolutionMuon, make_optimizer

RATE = 0.01


def step(optimizer, values, gradient, name="kernel"):
    """How one step changes a variable."""
    variable = keras.Variable(values, name=name)
    optimizer.build([variable])
    optimizer.apply([keras.ops.convert_to_tensor(gradient)])
    return variable.numpy() - values


@pytest.mark.parametrize("shape", [(3, 3, 8, 16), (3, 3, 4, 64)])
def test_a_step_goes_equally_far_in_all_directions_of_a_kernel_and_against_the_gradient(shape, rng):
    gradient = (rng.normal(size=shape) * np.geomspace(1, 30, shape[-1])).astype("float32")
    change = step(ConvolutionMuon(RATE, weight_decay=0), np.zeros(shape, "float32"), gradient)
    rows = 9 * shape[2]
    u, _, vt = np.linalg.svd(gradient.reshape(rows, -1), full_matrices=False)
    along = np.diag(u.T @ change.reshape(rows, -1) @ vt.T) / (-0.2 * RATE * np.sqrt(max(rows, shape[-1])))
    assert 0.6 < along.min() <= along.max() < 1.3  # what five Newton-Schulz steps leave of 1


@pytest.mark.parametrize(("shape", "name"), [((16,), "bias"), ((3, 3, 8, 2), "logit_head"), ((8, 8), "matrix")])
def test_what_is_no_kernel_or_is_excluded_takes_the_step_of_adam(shape, name, rng):
    values, gradient = rng.normal(size=shape).astype("float32"), rng.normal(size=shape).astype("float32")
    change = step(make_optimizer("muon", RATE), values, gradient, name)
    np.testing.assert_allclose(change, step(keras.optimizers.Adam(RATE), values, gradient), atol=1e-6)


def test_weight_decay_shrinks_kernels_only():
    optimizer = ConvolutionMuon(0.5, weight_decay=0.1, adam_weight_decay=None)
    ones = np.ones((1, 1, 2, 2), "float32")
    np.testing.assert_allclose(step(optimizer, ones, 0 * ones), -0.05 * ones, atol=1e-6)
    bias = ConvolutionMuon(0.5, weight_decay=0.1, adam_weight_decay=None)
    np.testing.assert_allclose(step(bias, np.ones(2, "float32"), np.zeros(2, "float32")), 0)


def test_momentum_remembers_earlier_gradients(rng):
    first, second = (rng.normal(size=(3, 3, 4, 8)).astype("float32") for _ in range(2))
    optimizer = ConvolutionMuon(RATE, weight_decay=0, momentum=0.5, nesterov=False)
    variable = keras.Variable(np.zeros_like(first))
    optimizer.build([variable])
    optimizer.apply([keras.ops.convert_to_tensor(first)])
    before = variable.numpy()
    optimizer.apply([keras.ops.convert_to_tensor(second)])
    fresh = step(ConvolutionMuon(RATE, weight_decay=0, nesterov=False), np.zeros_like(first), 0.5 * first + second)
    np.testing.assert_allclose(variable.numpy() - before, fresh, atol=1e-5)


def test_it_survives_saving_with_its_settings():
    optimizer = make_optimizer("muon", RATE)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert isinstance(again, ConvolutionMuon)
    assert again.get_config() == optimizer.get_config()


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="optimizer='sgd'"):
        make_optimizer("sgd", RATE)


@pytest.mark.parametrize("shape", [(36, 16), (16, 36), (9, 9)])
def test_the_iteration_on_the_gram_matrix_is_that_of_keras(shape, rng):
    optimizer = ConvolutionMuon(RATE)
    matrix = (rng.normal(size=shape) * np.geomspace(1e-2, 1, shape[1])).astype("float32")
    expected = keras.optimizers.Muon.zeropower_via_newtonschulz5(optimizer, keras.ops.convert_to_tensor(matrix), 5)
    got = optimizer.zeropower_via_newtonschulz5(keras.ops.convert_to_tensor(matrix), 5)
    # Rounding of the Gram matrix, 2^-24, grows by up to 3.4445² in each of its four squarings: 2e4 times, 1.2e-3.
    np.testing.assert_allclose(got, expected, atol=1.5e-3)
