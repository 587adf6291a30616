"""The benchmarks of KeypointNet, without their trainings."""

import types

import numpy as np
import pytest
import tensorflow as tf

from tfkeypoints.models.presets import KEYPOINTNET_PRESETS


@pytest.mark.parametrize(("steps", "epochs"), [(2000, 8), (2007, 8), (3, 3)])
def test_a_comparison_trains_all_steps(steps, epochs, tmp_path, monkeypatch):
    import comparison

    sizes = {}
    monkeypatch.setattr(comparison, "load", lambda *arguments: None)
    monkeypatch.setattr(comparison.training, "train", lambda *arguments, **options: sizes.update(options))
    comparison.train(tmp_path / "run", comparison.unsupervised(filters=2), "any", steps, seed=0)
    assert sizes["epochs"] == epochs
    assert steps <= sizes["epochs"] * sizes["steps_per_epoch"] < steps + epochs


def test_a_comparison_is_taken_up_whatever_models_were_made_before_it(tmp_path, monkeypatch):
    import comparison

    monkeypatch.setattr(comparison, "load", lambda *arguments: None)
    monkeypatch.setattr(comparison.training, "train", lambda *arguments, **options: None)
    first, second = comparison.unsupervised(filters=2), comparison.unsupervised(filters=2)
    assert first.name != second.name
    for model in (first, second):
        comparison.train(tmp_path / "run", model, "any", 8, seed=0)
    with pytest.raises(ValueError, match=r"arguments\.num_keypoints: 10 -> 3"):
        comparison.train(tmp_path / "run", comparison.unsupervised(filters=2, num_keypoints=3), "any", 8, seed=0)


def test_pairs_of_an_object_are_joined_and_keep_its_landmarks(monkeypatch):
    import comparison

    number = np.arange(1, 5, dtype="float32")
    pairs = {
        "image": np.tile(number.astype("uint8")[:, None, None, None, None], (1, 2, 4, 4, 4)),
        "intrinsics": np.tile(np.eye(3, dtype="float32"), (4, 2, 1, 1)),
        "extrinsics": np.tile(np.eye(4, dtype="float32"), (4, 2, 1, 1)),
        "landmarks": np.tile(number[:, None, None] % 2, (1, 5, 3)),
        "instance": ["a", "b", "a", "b"],
    }
    monkeypatch.setattr(
        comparison.data, "load", lambda *arguments, **options: tf.data.Dataset.from_tensor_slices(pairs)
    )
    joined = comparison.load("any", "train", num_views=4)
    np.testing.assert_array_equal(joined["image"][:, :, 0, 0, 0], [[1, 1, 3, 3], [2, 2, 4, 4]])
    np.testing.assert_array_equal(joined["landmarks"][:, 0, 0], [1, 0])
    assert joined["extrinsics"].shape == (2, 4, 4, 4)
    assert comparison.load("any", "train")["image"].shape == (4, 2, 4, 4, 4)


@pytest.mark.parametrize("preset", ["paper", "small"])
def test_only_convolutions_of_one_size_are_compared_with_a_plain_one(preset, monkeypatch, capsys):
    import training_step

    idle = types.SimpleNamespace(compile=print, train_on_batch=print, count_params=lambda: 1)
    monkeypatch.setattr(training_step, "KeypointNet", lambda **arguments: idle)
    monkeypatch.setattr(training_step, "random_pairs", lambda *arguments: None)
    monkeypatch.setattr(training_step, "cost", lambda function, repeats: (1.0, 1.0))
    monkeypatch.setattr(training_step, "best_convolution_speed", lambda *arguments: 1e9)
    monkeypatch.setattr("sys.argv", ["training_step.py", "--preset", preset])
    training_step.main()
    assert ("GFLOP" in capsys.readouterr().out) == (KEYPOINTNET_PRESETS[preset].network == "dilated")


@pytest.mark.parametrize("options", [{"strides": 2}, {"dilation": 2}])
def test_blocks_of_keras_own_layers_compute_the_same(options, rng):
    import training_step

    from tfkeypoints.backbones.convolution_block import ConvolutionBlock

    blocks = [kind(5, **options) for kind in (training_step.KerasBlock, ConvolutionBlock)]
    images = rng.normal(size=(2, 8, 12, 3)).astype("float32")
    for block in blocks:
        block.build(images.shape)
    blocks[1].set_weights(blocks[0].get_weights())
    plain, ours = (block(images, training=True) for block in blocks)
    np.testing.assert_allclose(ours, plain, atol=1e-5)
    assert blocks[0].compute_output_shape(images.shape) == plain.shape


def test_the_first_rows_of_contact_sheets_stand_one_below_the_other():
    import ablations

    sheets = {name: np.full((500, 1000, 3), grey, "uint8") for name, grey in (("all terms", 10), ("no pose", 20))}
    picture = ablations.first_rows(sheets)
    assert picture.shape == (2 * (20 + ablations.FIRST_ROW), 1000, 3)
    assert (picture[20:218] == 10).all() and (picture[238:] == 20).all()
