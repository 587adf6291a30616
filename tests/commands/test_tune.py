import json

import pytest

from tfkeypoints import cli
from tfkeypoints.commands import tune
from tfkeypoints.methods import recipe_of
from tfkeypoints.training.run import Run


@pytest.fixture
def sweep_arguments(arguments):
    """Those of a tiny training, without the number of keypoints."""
    place = arguments.index("--num-keypoints")
    return arguments[:place] + arguments[place + 2 :]


def sweep_of(name, *arguments):
    import tyro

    command = tune.command(name)
    return tyro.cli(command.options, args=arguments, default=command.defaults(arguments)).sweep()


@pytest.mark.parametrize("name", ["keypointnet", "keypoint3d"])
def test_options_of_the_training_hold_for_all_trials(name, tmp_path):
    options = ["--k", "4", "8", "--batch-size", "3", "--learning-rate", "0.002", "--trials", "7"]
    sweep = sweep_of(name, *options, "--search", "random", "--run", str(tmp_path))
    assert (sweep.num_keypoints, sweep.folder, sweep.trials) == ((4, 8), tmp_path, 7)
    assert type(sweep.training.recipe) is recipe_of(name)
    assert sweep.training.recipe.batch_size == 3
    assert "learning_rate" not in sweep.hypermodel.varied and "filters" in sweep.hypermodel.varied
    training = sweep.training_of("0", 1, {"num_keypoints": 8, "filters": 16})
    assert (training.recipe.seed, training.recipe.model.num_keypoints, training.recipe.model.filters) == (1, 8, 16)


def test_what_the_sweep_sets_is_no_option(capsys):
    with pytest.raises(SystemExit):
        cli.main(["tune", "keypointnet", "--num-keypoints", "4"])
    assert "num-keypoints" in capsys.readouterr().err


def test_the_folder_is_named_after_model_and_data():
    assert str(sweep_of("keypointnet", "--data", "mine/chairs").folder) == "runs/tune-keypointnet-chairs"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--objective", "val_nothing"], "val_angular_error"),
        (["--objective", "nothing"], "landmark_error"),
        (["--k", "0"], "num_keypoints"),
        (["--executions", "0"], "executions=0"),
        (["--orientation-start", "9"], "orientation_start=9"),
        (["--data", "rendered_objects/spoons_64"], "spoons_64"),
    ],
)
def test_bad_options_leave_no_folder(option, message, sweep_arguments, tmp_path, capsys):
    folder = tmp_path / "sweep"
    assert cli.main(["tune", "keypointnet", *sweep_arguments, *option, "--run", str(folder)]) == 2
    assert message in capsys.readouterr().err
    assert not folder.exists()


@pytest.mark.slow
def test_a_sweep_ends_with_a_report_and_an_ordinary_run(sweep_arguments, tmp_path, capsys):
    folder = tmp_path / "sweep"
    command = ["tune", "keypointnet", *sweep_arguments, "--k", "2", "4", "--executions", "1", "--run", str(folder)]
    assert cli.main(command) == 0
    assert "best: " in capsys.readouterr().out
    assert {path.name for path in folder.iterdir()} >= {"trials.csv", "objective.png", "keypoints.png", "best", "logs"}
    run = Run.open(folder / "best")
    assert run.load_model().num_keypoints in (2, 4)
    before = (folder / "trials" / "0000" / "execution_0.json").stat().st_mtime_ns
    assert cli.main(command) == 0
    assert (folder / "trials" / "0000" / "execution_0.json").stat().st_mtime_ns == before


@pytest.mark.slow
def test_a_metric_of_the_evaluation_can_be_the_objective(sweep_arguments, tmp_path):
    folder = tmp_path / "sweep"
    options = ["--objective", "landmark_error", "--k", "2", "--executions", "1", "--run", str(folder)]
    assert cli.main(["tune", "keypointnet", *sweep_arguments, *options]) == 0
    result = json.loads((folder / "trials" / "0000" / "execution_0.json").read_text())
    assert result["metrics"]["landmark_error"] > 0
