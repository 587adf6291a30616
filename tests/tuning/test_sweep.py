import pytest

pytest.importorskip("keras_tuner", reason="keras-tuner is not installed (extra `tuning`)")


from tests.tuning.fakes import FakeTraining
from tfkeypoints import files
from tfkeypoints.tuning import Sweep
from tfkeypoints.tuning.sweep import Trial


def trial(*results, executions=2):
    return Trial("0000", {"num_keypoints": 4}, 10, list(results), executions, "val_loss")


def result(value):
    return {"metrics": {"val_loss": value}, "seconds": 1.0}


def test_a_trial_is_completed_when_all_executions_succeeded():
    assert trial(result(1.0)).status == "unfinished"
    assert trial(result(1.0), result(4.0)).status == "completed"
    failed = trial(result(1.0), {"error": "ValueError: diverged"})
    assert failed.status == "failed"
    assert failed.error == "ValueError: diverged"
    assert failed.scores == [1.0]


def test_mean_and_standard_deviation_are_those_over_the_executions():
    done = trial(result(1.0), result(4.0))
    assert done.mean == 2.5
    assert done.std == pytest.approx(4.5**0.5)  # (1.5² + 1.5²) / (2 - 1)
    assert trial(result(1.0), executions=1).std == 0


def test_the_default_objective_needs_no_labels(make_sweep):
    assert make_sweep().objective == "val_angular_error"


def test_every_execution_has_a_folder_and_a_seed_of_its_own(make_sweep):
    sweep = make_sweep()
    first, second = (sweep.training_of("0003", number, {"num_keypoints": 5}) for number in (0, 1))
    assert (first.recipe.seed, second.recipe.seed) == (0, 1)
    assert first.run == sweep.folder / "trials" / "0003" / "execution_0"
    assert first.run != second.run
    assert first.recipe.model.num_keypoints == second.recipe.model.num_keypoints == 5


def test_weights_are_chosen_by_the_objective_if_the_history_has_it(make_sweep, tmp_path):
    ours = make_sweep(objective="val_orientation_accuracy", direction="max", folder=tmp_path / "a")
    recipe = ours.training_of("0", 0, {"num_keypoints": 5}).recipe
    assert (recipe.monitor, recipe.monitor_mode) == ("val_orientation_accuracy", "max")
    measured = make_sweep(objective="landmark_error", folder=tmp_path / "b")
    assert measured.training_of("0", 0, {"num_keypoints": 5}).recipe.monitor == FakeTraining.of().recipe.monitor


def test_hyperband_gives_shares_of_the_steps(make_sweep):
    sweep = make_sweep()
    assert [sweep.steps_of({"tuner/epochs": share}) for share in (1, 3, 9)] == [10, 30, 90]
    assert sweep.steps_of({}) == 90


def test_trials_are_read_in_order(make_sweep):
    sweep = make_sweep()
    for name in ("0002", "0010", "0001"):
        files.write_json(sweep.trial_folder(name) / "values.json", {"num_keypoints": 4, "tuner/bracket": 2})
    assert [trial.name for trial in sweep.read_trials()] == ["0001", "0002", "0010"]
    assert sweep.read_trials()[0].values == {"num_keypoints": 4}


def test_a_folder_with_something_else_is_refused(make_sweep, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="something else"):
        make_sweep(folder=tmp_path)


def test_a_sweep_with_other_options_is_refused(make_sweep):
    make_sweep(search="random", trials=3)
    with pytest.raises(ValueError, match="executions: 2 -> 1"):
        make_sweep(search="random", trials=3, executions=1)
    with pytest.raises(ValueError, match="num_keypoints"):
        make_sweep((2, 4, 6), search="random", trials=3)


def test_a_sweep_can_grow(make_sweep, tmp_path):
    make_sweep(search="random", trials=3)
    make_sweep(search="random", trials=5)
    make_sweep((2, 4), folder=tmp_path / "grid")
    make_sweep((2, 3, 4), folder=tmp_path / "grid")


@pytest.mark.parametrize("option", [{"trials": 0}, {"executions": 0}])
def test_numbers_must_be_positive(option, tmp_path):
    with pytest.raises(ValueError, match="=0"):
        Sweep(folder=tmp_path, training=FakeTraining.of(), num_keypoints=(4,), **option)
