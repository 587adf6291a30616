"""The benchmarks of KeypointNet, without their trainings."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from tests.rounding import NETWORK
from tfkeypoints.data.sampling import in_memory
from tfkeypoints.training.training import Training


@pytest.fixture
def pairs(monkeypatch):
    """A data set of two pairs of each of two objects, with landmarks, instead of a rendered one."""
    import comparison

    number = np.arange(1, 5, dtype="float32")
    eyes = np.tile(np.eye(4, dtype="float32"), (4, 2, 1, 1))
    eyes[:, :, 2, 3] = 30
    examples = {
        "image": np.tile(number.astype("uint8")[:, None, None, None, None], (1, 2, 16, 16, 4)),
        "intrinsics": np.tile(np.diag([22.9, 22.9, 1]).astype("float32"), (4, 2, 1, 1)),
        "extrinsics": eyes,
        "landmarks": np.tile(number[:, None, None] % 2, (1, 3, 3)),
        "instance": ["a", "b", "a", "b"],
    }
    data_set = tf.data.Dataset.from_tensor_slices(examples)
    monkeypatch.setattr(comparison.data, "load", lambda *arguments, **options: data_set)
    monkeypatch.setattr(Training, "load", lambda self, _, views=None: in_memory(data_set, views, self.recipe.labels))
    monkeypatch.setattr(Training, "metadata", lambda self: {})
    monkeypatch.setattr(comparison.data, "scene_at_rest", lambda *arguments: None)


SMALL = {"filters": 2, "num_views": 2, "batch_size": 2, "backbone": "dilated", "dilations": (1,)}


def test_a_variant_is_the_preset_small_with_its_variation_of_objects_and_its_schedule():
    import comparison

    small = comparison.RECIPE
    variant = comparison.variant(steps=2800, silhouette=0.0)
    assert variant.vary_objects and variant.augmentation() is not None
    assert (variant.orientation_start, variant.orientation_end) == (583, 1517)  # 9,373 and 24,377 of 45,000 steps
    assert variant.validate_every == 350
    assert variant.model == dataclasses.replace(small.model, silhouette=0.0)


def test_a_supervised_variant_learns_landmarks_alone_and_is_resumed(pairs, tmp_path):
    import comparison

    recipe = comparison.supervised(["seat_left", "seat_right", "top"], steps=2, orientation=0.0, **SMALL)
    run = comparison.train(tmp_path / "run", recipe, "any")
    terms = {name for name in run.history[-1] if name in comparison.TERMS or name == "landmarks"}
    assert terms == {"landmarks"} and run.history[-1]["step"] == 2
    assert run.load_model().num_keypoints == 3
    assert comparison.train(tmp_path / "run", recipe, "any").folder == run.folder
    other = comparison.supervised(["seat_left", "seat_right"], steps=2, orientation=0.0, **SMALL)
    with pytest.raises(ValueError, match=r"model_options\.num_keypoints: 3 -> 2"):
        comparison.train(tmp_path / "run", other, "any")


def test_a_facing_that_was_learnt_before_stays_as_it_was(pairs, tmp_path):
    import comparison

    alone = comparison.variant(comparison.FacingVariant, steps=2, monitor="val_loss", **SMALL)
    facing = comparison.train(tmp_path / "facing", alone, "any")
    options = {"silhouette": 0.0, "orientation": 0.0, **SMALL}
    recipe = comparison.variant(steps=2, own={"facing": str(facing.folder)}, **options)
    told = comparison.train(tmp_path / "told", recipe, "any").load_model()
    for ours, theirs in zip(told.orientation_net.weights, facing.load_model().weights, strict=True):
        if "moving" not in ours.path:
            np.testing.assert_array_equal(ours, theirs)
    assert told.orientation_truth == 0


def test_what_is_left_is_right_in_a_mirrored_object():
    import comparison

    names = ["back_left", "back_right", "middle", "left", "right"]
    assert comparison.mirrored_order(names) == (1, 0, 2, 4, 3)


def test_landmarks_are_placed_alike_whenever_an_object_is_seen(rng):
    import comparison

    chairs = tf.constant(rng.normal(size=(2, 400, 3)), tf.float32)
    first, again, other = (comparison.placed(chairs[index], 0.05) - chairs[index] for index in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(np.std(first), 0.05, rtol=0.1)  # of 1,200 deviates, whose own spread is 2 %
    assert abs(np.corrcoef(np.ravel(first), np.ravel(other))[0, 1]) < 0.15  # five times 1 / √1,200
    np.testing.assert_array_equal(comparison.placed(chairs[0], 0.0), chairs[0])


def test_a_step_is_set_against_a_plain_convolution(monkeypatch, capsys):
    import training_step

    steps = training_step.steps
    monkeypatch.setattr(training_step, "tensorflow_step", lambda recipe: (print, 1234, 0.5))
    monkeypatch.setattr(steps, "cost", lambda step, repeats, warm_up: {"processor": 0.5, "wall": 0.4})
    monkeypatch.setattr(steps, "peak", lambda: 2.0)
    monkeypatch.setattr(steps, "random_examples", lambda recipe: recipe.batch_size)
    monkeypatch.setattr(steps, "multiplied", lambda recipe, examples: 1e10 * examples)
    monkeypatch.setattr(steps, "plain_convolution_speed", lambda precision: 1.6e11)
    monkeypatch.setattr("sys.argv", ["training_step.py", "--preset", "paper"])
    training_step.main()
    said = capsys.readouterr().out
    for part in ("1,234 parameters, 8 × 2 views", "1.50 above the imports", "80.0 GFLOP, 160 a", "reaches 100% of it"):
        assert part in said


def test_the_twin_is_that_of_hourglasses_alone(monkeypatch, capsys):
    import training_step

    monkeypatch.setattr("sys.argv", ["training_step.py", "--preset", "paper", "--twin"])
    with pytest.raises(SystemExit):
        training_step.main()
    assert "the presets demo and small" in capsys.readouterr().err


@pytest.mark.parametrize("options", [{"strides": 2}, {"dilation": 2}])
def test_blocks_of_keras_own_layers_compute_the_same(options, rng):
    import keras_block

    from tfkeypoints.backbones.convolution_block import ConvolutionBlock

    blocks = [kind(5, **options) for kind in (keras_block.KerasBlock, ConvolutionBlock)]
    images = rng.normal(size=(2, 8, 12, 3)).astype("float32")
    for block in blocks:
        block.build(images.shape)
    blocks[1].set_weights(blocks[0].get_weights())
    plain, ours = (block(images, training=True) for block in blocks)
    np.testing.assert_allclose(ours, plain, **NETWORK)
    assert blocks[0].compute_output_shape(images.shape) == plain.shape


def test_the_first_rows_of_contact_sheets_stand_one_below_the_other():
    import ablations

    sheets = {name: np.full((500, 1000, 3), grey, "uint8") for name, grey in (("all terms", 10), ("no pose", 20))}
    picture = ablations.first_rows(sheets)
    assert picture.shape == (2 * (20 + ablations.FIRST_ROW), 1000, 3)
    assert (picture[20:218] == 10).all() and (picture[238:] == 20).all()


def test_ablations_change_what_they_say_of_the_preset_demo_and_nothing_else():
    import ablations

    recipes = ablations.recipes(["seat_left", "seat_right", "top"], steps=800)
    demo = dataclasses.asdict(ablations.RECIPE.with_steps(800))
    changes = {}
    for name, recipe in recipes.items():
        options = dataclasses.asdict(recipe)
        arguments = {key: value for key, value in options["model"].items() if value != demo["model"][key]}
        changes[name] = arguments
        others = {key for key in demo if key != "model" and options[key] != demo[key]}
        assert others == {"validate_every"}, name
    terms = ("reprojection_consistency", "relative_pose", "separation", "silhouette", "volume")
    for term in terms:
        assert demo["model"][term] > 0
    assert list(changes.values()) == [
        {},
        {"num_keypoints": 3, **dict.fromkeys(terms, 0.0), "variance": 0.0},
        *({term: 0.0} for term in terms),
    ]
