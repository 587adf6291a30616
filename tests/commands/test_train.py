import json

import numpy as np
import pytest

from tfkeypoints import cli
from tfkeypoints.commands.train_keypointnet import TrainKeypointNet
from tfkeypoints.models.presets import KEYPOINTNET_PRESETS

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


def test_depths_are_offsets_from_the_distance_of_the_training_cameras():
    preset = TrainKeypointNet(filters=4).resolved_preset()
    assert TrainKeypointNet(filters=4).build_model(preset, CAMERAS).mean_depth == 2.5
    assert TrainKeypointNet(filters=4, mean_depth=7.0).build_model(preset, CAMERAS).mean_depth == 7


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
        (["--monitor", "val_nothing"], "`monitor` should be one of"),
        (["--data", "rendered_objects/spoons_64"], "spoons_64"),
        (["--num-keypoints", "0"], "num_keypoints=0"),
        (["--steps", "-1"], "steps=-1"),
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
