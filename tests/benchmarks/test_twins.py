"""The twin of KeypointNet in PyTorch, which training steps are compared with: that it computes the same."""

import numpy as np
import pytest

from tests.rounding import NETWORK

pytest.importorskip("torch", reason="PyTorch is not installed (extra `benchmarks`)")


@pytest.fixture(scope="module")
def both():
    """A small `KeypointNet` whose layers have seen something, its twin, and examples for either.

    They normalise by moving statistics: in training ours take the unbiased variance of a batch, PyTorch's the other.
    """
    import torch
    from keypointnet_twin import Twin, copy_weights
    from steps import compiled, random_examples

    from tfkeypoints.models.keypointnet.presets import DEMO

    sizes = {"filters": 4, "num_keypoints": 5, "image_size": 48, "batch_size": 2, "num_views": 3}
    recipe = DEMO.with_options(**sizes, mean_depth=30.0, learning_rate=0.02)
    examples = random_examples(recipe)
    examples["image"] = examples["image"][:, :, :32]
    model = compiled(recipe, examples)
    model.build()
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if weight.path.rpartition("/")[2] in ("gamma", "beta", "bias", "moving_mean", "moving_variance"):
            weight.assign(weight + rng.uniform(-0.3, 0.3, weight.shape))
    twin = Twin(recipe.model, truth=0.0).to(memory_format=torch.channels_last).eval()
    copy_weights(model, twin)
    tensors = {name: torch.from_numpy(values) for name, values in examples.items()}
    return model, twin, examples, tensors


def test_the_twin_of_keypointnet_answers_the_same_and_has_the_same_terms(both):
    model, twin, examples, tensors = both
    ours, theirs = model(examples, training=False), twin(tensors)
    for name in ("orientation", "uv", "depth", "std", "points_camera", "points_world"):
        np.testing.assert_allclose(theirs[name].detach(), ours[name], **NETWORK, err_msg=name)
    turned = theirs["heatmaps"].detach().flip(3, 4).permute(0, 1, 3, 4, 2)
    np.testing.assert_allclose(turned, ours["heatmaps"], **NETWORK)

    terms, expected = twin.terms(tensors, theirs), model.loss_terms(examples, ours, training=False)
    assert terms.keys() == expected.keys()
    for name, term in terms.items():
        np.testing.assert_allclose(term.detach(), expected[name], **NETWORK, err_msg=name)


def test_the_twin_of_keypointnet_has_the_same_gradients_and_steps(both):
    import tensorflow as tf
    from keypointnet_twin import Muon

    model, twin, examples, tensors = both
    weights = model.trainable_weights
    with tf.GradientTape() as tape:
        loss = model.compute_loss(examples, y_pred=model(examples, training=False), training=False)
    gradients = tape.gradient(loss, weights)
    twin.loss(tensors).backward()
    before = as_of_twin(model, twin)
    model.optimizer.apply(gradients, weights)
    after = as_of_twin(model, twin)
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.assign(gradient)
    expected = as_of_twin(model, twin)

    largest = max(abs(values).max() for values in expected.values())
    for name, parameter in twin.named_parameters():  # those of the logits' biases are 0, but for rounding
        atol = 1e-3 * abs(expected[name]).max() + 1e-5 * largest
        np.testing.assert_allclose(parameter.grad, expected[name], rtol=0, atol=atol, err_msg=name)
    Muon(twin, 0.02).step()
    kernels = [name for name in expected if expected[name].ndim == 4 and "head" not in name]
    assert len(kernels) == 4 + 3 + 1 + 3 + 3
    for name in kernels:  # of five iterations, each enlarges what rounding did to a small singular value 3.4 times
        step, of_twin = after[name] - before[name], twin.get_parameter(name).detach().numpy() - before[name]
        np.testing.assert_allclose(of_twin, step, rtol=0, atol=5e-3 * abs(step).max(), err_msg=name)


def as_of_twin(model, twin):
    """The model's weights as a twin's parameters: name to array."""
    from keypointnet_twin import Twin, copy_weights

    copy = Twin(twin.arguments)
    copy_weights(model, copy)
    return {name: parameter.detach().numpy() for name, parameter in copy.named_parameters()}
