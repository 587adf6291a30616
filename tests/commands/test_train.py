import dataclasses
import json
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfkeypoints import cli
from tfkeypoints.commands.train import given, preset_of
from tfkeypoints.models.keypoint3d.recipe import Keypoint3DRecipe
from tfkeypoints.models.keypointnet.recipe import KeypointNetRecipe
from tfkeypoints.training.run import Run
from tfkeypoints.training.training import Training

CAMERAS = {"extrinsics": np.tile(np.eye(4, dtype=np.float32), (3, 2, 1, 1))}
CAMERAS["extrinsics"][..., :3, 3] = [1.5, 0, 2]
CAMERAS["intrinsics"] = np.tile(np.diag([1.2, 1.6, 1.0]).astype(np.float32), (3, 2, 1, 1))


def test_options_are_those_of_the_preset_that_the_command_line_names():
    assert preset_of(KeypointNetRecipe, []) == KeypointNetRecipe.presets()["small"]
    assert preset_of(KeypointNetRecipe, ["--run", "x", "--preset=paper"]).model.filters == 64
    half = preset_of(KeypointNetRecipe, ["--steps", "4000", "--preset", "demo"])
    assert (half.steps, half.orientation_start, half.orientation_end) == (4000, 1091, 2546)


def test_the_options_that_a_command_line_gives_are_told_by_their_names():
    assert given(["--batch-size", "4", "--steps=10", "--noise", "-0.1", "--k", "4", "8"]) == {
        "batch_size", "steps", "noise", "k",
    }  # fmt: skip


@pytest.mark.parametrize("recipe", [KeypointNetRecipe, Keypoint3DRecipe])
def test_help_teaches_every_option_with_the_values_of_the_preset(recipe, capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["train", recipe.name, "--help"])
    told = capsys.readouterr().out
    small = recipe.presets()["small"]
    for name in [*vars(small.model), *(set(vars(small)) - {"model"})]:
        assert f"--{name.replace('_', '-')}" in told
    assert f"(default: {small.steps})" in told


def test_terms_can_be_left_out():
    recipe = KeypointNetRecipe.from_preset("demo", filters=4, silhouette=0.0, use_orientation=False)
    model = recipe.build(CAMERAS)
    assert model.loss_weights["silhouette"] == 0
    assert not model.use_orientation
    assert recipe.callbacks(run=None, validation=None) == []


def config_of(recipe, **options):
    return Training(recipe=recipe.from_preset("small", **options)).config()


@pytest.mark.parametrize(
    ("recipe", "option", "value", "default"),
    [
        (KeypointNetRecipe, "variance", 2.0, 0.5),
        (KeypointNetRecipe, "separation_delta", 0.1, 0.05),
        (KeypointNetRecipe, "orientation", 3.0, 10.0),
        (KeypointNetRecipe, "use_orientation", False, True),
        (KeypointNetRecipe, "mean_depth", 2.0, None),
        (Keypoint3DRecipe, "mean_depth", 2.0, None),
        (Keypoint3DRecipe, "world_scale", 0.5, None),
        (Keypoint3DRecipe, "precision", "bfloat16", None),
    ],
)
def test_a_run_is_resumed_only_with_the_options_that_were_given_at_its_start(recipe, option, value, default, tmp_path):
    with_option, without = config_of(recipe, **{option: value}), config_of(recipe)
    run = Run.start(tmp_path / "with", with_option)
    run.check(with_option, recipe.upgrade)
    with pytest.raises(ValueError, match=f"{option}: {value!r} -> {default!r}"):
        run.check(without, recipe.upgrade)
    run = Run.start(tmp_path / "without", without)
    run.check(without, recipe.upgrade)
    with pytest.raises(ValueError, match=f"{option}: {default!r} -> {value!r}"):
        run.check(with_option, recipe.upgrade)


@pytest.mark.parametrize("recipe", [KeypointNetRecipe, Keypoint3DRecipe])
def test_a_run_that_lists_only_the_options_that_were_given_is_resumed(recipe, tmp_path):
    config = config_of(recipe)
    default = next(field.default for field in dataclasses.fields(recipe) if field.name == "model")
    given = {name: value for name, value in config["model_options"].items() if value != getattr(default, name)}
    assert given.keys() < config["model_options"].keys()
    Run.start(tmp_path / "run", {**config, "model_options": given}).check(config, recipe.upgrade)


def test_a_run_of_before_the_backbone_had_its_name_is_resumed(tmp_path):
    config = config_of(KeypointNetRecipe, mean_depth=3.0)
    options = {{"backbone": "network"}.get(name, name): value for name, value in config["model_options"].items()}
    del options["mean_depth"]
    old = {**config, "model_options": {**options, "variance": None}, "mean_depth": 3.0}
    run = Run.start(tmp_path / "run", old)
    run.check(config, KeypointNetRecipe.upgrade)
    with pytest.raises(ValueError, match=r"mean_depth: 3.0 -> None"):
        run.check(config_of(KeypointNetRecipe), KeypointNetRecipe.upgrade)
    with pytest.raises(ValueError, match=r"backbone: 'slim_hourglass' -> 'dilated'"):
        run.check(config_of(KeypointNetRecipe, mean_depth=3.0, backbone="dilated"), KeypointNetRecipe.upgrade)


def test_depths_are_offsets_from_the_distance_of_the_training_cameras():
    assert KeypointNetRecipe.from_preset("small", filters=4).build(CAMERAS).mean_depth == 2.5
    assert KeypointNetRecipe.from_preset("small", filters=4, mean_depth=7.0).build(CAMERAS).mean_depth == 7


def test_depths_are_in_proportion_to_focal_lengths_where_all_training_cameras_have_the_same():
    recipe = KeypointNetRecipe.from_preset("small", filters=4)
    model = recipe.build(CAMERAS)
    assert model.focal == np.float32(1.6)
    intrinsics = tf.constant([np.diag([2.4, 3.2, 1.0]), np.diag([1.2, 1.6, 1.0])], tf.float32)
    np.testing.assert_array_equal(model._usual_depth(intrinsics[None]).numpy().ravel(), [5.0, 2.5])  # exact in binary
    differing = {**CAMERAS, "intrinsics": CAMERAS["intrinsics"].copy()}
    differing["intrinsics"][0, 0, 1, 1] = 1.7
    assert recipe.build(differing).focal is None
    assert KeypointNetRecipe.from_preset("small", filters=4, focal=2.0).build(CAMERAS).focal == 2
    assert KeypointNetRecipe.from_preset("small", filters=4, mean_depth=7.0).build(CAMERAS).focal is None


def test_a_run_of_before_there_was_a_precision_is_one_of_float32(tmp_path):
    config = config_of(KeypointNetRecipe)
    run = Run.start(tmp_path / "run", {name: value for name, value in config.items() if name != "precision"})
    run.check(config)
    run.check(config_of(KeypointNetRecipe, precision="float32"))
    with pytest.raises(ValueError, match="precision: None -> 'bfloat16'"):
        run.check(config_of(KeypointNetRecipe, precision="bfloat16"))


@pytest.mark.usefixtures("half_precision")
def test_a_training_in_half_precision_is_loaded_in_float32(arguments, tmp_path, capsys):
    folder = tmp_path / "run"
    command = ["train", "keypointnet", *arguments, "--run", str(folder)]
    assert cli.main([*command, "--precision", "bfloat16"]) == 0
    run = Run.open(folder)
    assert run.config["precision"] == "bfloat16"
    assert all(np.isfinite(row["val_angular_error"]) for row in run.history)
    saved = keras.models.load_model(run.model_file, compile=False)
    assert (saved.network.compute_dtype, saved.network.variable_dtype) == ("bfloat16", "float32")
    assert run.load_model().network.compute_dtype == "float32"
    assert cli.main(command) == 2
    assert "precision: 'bfloat16' -> None" in capsys.readouterr().err


def test_a_training_leaves_a_run_with_its_options(run, data_name):
    config = run.config
    assert config["data"] == data_name
    assert config["model_options"]["filters"] == 4
    assert config["images"]["shape"] == [2, 32, 32, 4]
    assert [row["step"] for row in run.history] == [2, 4]


def test_the_same_command_on_a_finished_run_says_so(run, arguments, capsys):
    before = run.history_file.read_bytes()
    assert cli.main(["train", "keypointnet", *arguments, "--run", str(run.folder)]) == 0
    assert "is finished already" in capsys.readouterr().out
    assert run.history_file.read_bytes() == before


def test_a_run_of_other_options_is_refused(run, arguments, capsys):
    before = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")}
    assert cli.main(["train", "keypointnet", *arguments, "--run", str(run.folder), "--seed", "5"]) == 2
    assert "seed: 0 -> 5" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")} == before


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--monitor", "val_nothing"], "`monitor` must be one of"),
        (["--data", "rendered_objects/spoons_64"], "spoons_64"),
        (["--num-keypoints", "0"], "num_keypoints=0"),
        (["--steps", "-1"], "steps=-1"),
        (["--batch-size", "0"], "batch_size=0"),
        (["--num-views", "0"], "num_views=0"),
        (["--learning-rate", "-0.1"], "learning_rate=-0.1"),
        (["--orientation-start", "9"], "orientation_start=9, orientation_end=3"),
    ],
)
def test_bad_options_leave_no_folder(option, message, arguments, tmp_path, capsys):
    assert cli.main(["train", "keypointnet", *arguments, *option, "--run", str(tmp_path / "run")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_the_same_seed_gives_the_same_numbers(run, arguments, tmp_path):
    assert cli.main(["train", "keypointnet", *arguments, "--run", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again" / "history.csv").read_text() == run.history_file.read_text()
    assert json.loads((tmp_path / "again" / "config.json").read_text()) == run.config


def test_examples_on_disk_give_the_same_numbers_as_in_memory(run, arguments, tmp_path, capsys):
    assert cli.main(["train", "keypointnet", *arguments, "--run", str(tmp_path / "a"), "--data-memory", "1e-6"]) == 0
    told = capsys.readouterr().out
    assert re.search(r"train: 8 examples of .* stay on disk", told)
    assert re.search(r"validation: 2 examples of .* stay on disk", told)
    assert (tmp_path / "a" / "history.csv").read_bytes() == run.history_file.read_bytes()


def test_memory_must_be_positive(arguments, tmp_path, capsys):
    assert cli.main(["train", "keypointnet", *arguments, "--run", str(tmp_path / "a"), "--data-memory", "0"]) == 2
    assert "`data_memory` must be positive. Received: data_memory=0.0" in capsys.readouterr().err
    assert not (tmp_path / "a").exists()
