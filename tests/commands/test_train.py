import json

import keras
import numpy as np
import pytest

from tfkeypoints import cli
from tfkeypoints.commands.train_keypoint3d import TrainKeypoint3D
from tfkeypoints.commands.train_keypointnet import TrainKeypointNet
from tfkeypoints.models.presets import KEYPOINTNET_PRESETS
from tfkeypoints.training.run import Run

CAMERAS = {"extrinsics": np.tile(np.eye(4, dtype=np.float32), (3, 2, 1, 1))}
CAMERAS["extrinsics"][..., :3, 3] = [1.5, 0, 2]


def test_the_presets_that_can_be_chosen_are_those_that_exist():
    choices = TrainKeypointNet.__annotations__["preset"].__args__
    assert set(choices) == set(KEYPOINTNET_PRESETS)


def test_options_take_the_place_of_the_presets():
    command = TrainKeypointNet(preset="paper", num_keypoints=7, batch_size=3)
    preset = command.resolved_preset()
    assert (preset.num_keypoints, preset.batch_size, preset.filters) == (7, 3, KEYPOINTNET_PRESETS["paper"].filters)
    assert command.model_options(preset)["num_keypoints"] == 7


def test_the_schedule_of_the_orientation_keeps_pace_with_the_steps():
    whole = KEYPOINTNET_PRESETS["small"]
    half = TrainKeypointNet(preset="small", steps=whole.steps // 2).resolved_preset()
    assert half.orientation_start == whole.orientation_start // 2
    assert half.orientation_end == whole.orientation_end // 2
    assert TrainKeypointNet(preset="small", steps=10, orientation_end=9).resolved_preset().orientation_end == 9


def test_terms_can_be_left_out():
    command = TrainKeypointNet(preset="demo", filters=4, silhouette=0.0, use_orientation=False)
    preset = command.resolved_preset()
    model = command.build_model(preset, CAMERAS)
    assert model.loss_weights["silhouette"] == 0
    assert not model.use_orientation
    assert command.callbacks(preset, run=None, validation=None) == []


def options_of(command):
    preset = command.resolved_preset()
    return command.options(preset, command.data_name(preset))


@pytest.mark.parametrize(
    ("command", "option", "value"),
    [
        (TrainKeypointNet, "variance", 2.0),
        (TrainKeypointNet, "separation_delta", 0.1),
        (TrainKeypointNet, "orientation", 3.0),
        (TrainKeypointNet, "use_orientation", False),
        (TrainKeypointNet, "mean_depth", 2.0),
        (TrainKeypoint3D, "mean_depth", 2.0),
        (TrainKeypoint3D, "world_scale", 0.5),
        (TrainKeypoint3D, "precision", "bfloat16"),
    ],
)
def test_a_run_is_taken_up_only_with_the_options_that_were_given_at_its_start(command, option, value, tmp_path):
    with_option, without = options_of(command(**{option: value})), options_of(command())
    run = Run.start(tmp_path / "with", with_option)
    run.check(with_option)
    with pytest.raises(ValueError, match=f"{option}: {value!r} -> None"):
        run.check(without)
    run = Run.start(tmp_path / "without", without)
    run.check(without)
    with pytest.raises(ValueError, match=f"{option}: None -> {value!r}"):
        run.check(with_option)


@pytest.mark.parametrize("command", [TrainKeypointNet, TrainKeypoint3D])
def test_a_run_that_lists_only_the_options_that_were_given_is_taken_up(command, tmp_path):
    options = options_of(command())
    given = {name: value for name, value in options["model_options"].items() if value is not None}
    assert given.keys() < options["model_options"].keys()
    Run.start(tmp_path / "run", {**options, "model_options": given}).check(options)


def test_depths_are_offsets_from_the_distance_of_the_training_cameras():
    preset = TrainKeypointNet(filters=4).resolved_preset()
    assert TrainKeypointNet(filters=4).build_model(preset, CAMERAS).mean_depth == 2.5
    assert TrainKeypointNet(filters=4, mean_depth=7.0).build_model(preset, CAMERAS).mean_depth == 7


def test_a_run_of_before_there_was_a_precision_is_one_of_float32(tmp_path):
    options = options_of(TrainKeypointNet())
    run = Run.start(tmp_path / "run", {name: value for name, value in options.items() if name != "precision"})
    run.check(options)
    run.check(options_of(TrainKeypointNet(precision="float32")))
    with pytest.raises(ValueError, match="precision: None -> 'bfloat16'"):
        run.check(options_of(TrainKeypointNet(precision="bfloat16")))


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
