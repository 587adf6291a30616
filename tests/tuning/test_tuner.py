import csv
import dataclasses
import os

import pytest

pytest.importorskip("keras_tuner", reason="keras-tuner is not installed (extra `tuning`)")


from tests.tuning.fakes import DIVERGES, INFINITE, UNMEASURED, FakeTraining
from tfkeypoints.training.run import Run
from tfkeypoints.tuning import Sweep, report, search
from tfkeypoints.tuning.sweep import Trial
from tfkeypoints.tuning.tuner import SweepTuner


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweeps") / "sweep"
    sweep = Sweep(folder=folder, training=FakeTraining.of(steps=90), num_keypoints=(2, 4, DIVERGES))
    search(sweep)
    return sweep


def completed(sweep):
    return [trial for trial in sweep.read_trials() if trial.status == "completed"]


def test_a_failed_trial_is_recorded_and_the_others_go_on(searched):
    trials = {trial.num_keypoints: trial for trial in searched.read_trials()}
    assert {k: trial.status for k, trial in trials.items()} == {2: "completed", 4: "completed", DIVERGES: "failed"}
    assert trials[4].scores == [2.5, 2.51]
    assert trials[DIVERGES].error == "ValueError: The training diverged"


def test_a_trial_without_a_finite_objective_has_failed_and_is_not_among_the_best(make_sweep, monkeypatch):
    sweep = make_sweep((UNMEASURED, INFINITE, 4), executions=1)
    search(sweep)
    trials = {trial.num_keypoints: trial for trial in sweep.read_trials()}
    statuses = {k: trial.status for k, trial in trials.items()}
    assert statuses == {UNMEASURED: "failed", INFINITE: "failed", 4: "completed"}
    assert "no finite val_angular_error: nan" in trials[UNMEASURED].error
    assert "no finite val_angular_error: inf" in trials[INFINITE].error
    tuner = SweepTuner(sweep)
    assert [trial.hyperparameters.values["num_keypoints"] for trial in tuner.oracle.get_best_trials(3)] == [4]
    monkeypatch.setattr(Run, "load_model", lambda run: run.folder)  # fake trainings leave no model
    assert tuner.get_best_models(3) == [sweep.execution(trials[4].name, 0).folder]


def test_finished_trials_are_never_run_again(searched, notes):
    before = notes(searched, "begun")
    search(searched)
    assert notes(searched, "begun") == before
    assert len(before) == 5  # two executions of two trials, and one of the trial that failed


def test_the_table_has_a_row_a_trial(searched):
    report.write_table(searched, searched.read_trials())
    with open(searched.folder / "trials.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["num_keypoints"] for row in rows] == ["2", "4", str(DIVERGES)]
    assert [row["execution_1"] for row in rows] == ["5.01", "2.51", ""]
    assert rows[2]["error"] == "ValueError: The training diverged"


def test_the_best_execution_is_kept_as_an_ordinary_run(searched):
    for best in completed(searched):  # the second takes the place of the first
        run = report.keep_best(searched, best)
        assert run.config["seed"] == 0
        assert run.history == Run(searched.execution(best.name, 0).folder).history
    assert not [path for path in searched.folder.iterdir() if path.name.startswith((".", "tmp"))]


def test_what_was_made_of_the_best_execution_stays_until_another_is_best(searched):
    first, second = completed(searched)
    run = report.keep_best(searched, first)
    run.metrics_file.write_text("{}")
    report.keep_best(searched, first)
    assert run.metrics_file.exists()
    report.keep_best(searched, second)
    assert not run.metrics_file.exists()


def test_tensorboard_gets_each_executions_values_once(searched):
    for _ in range(2):
        report.write_hparams(searched, completed(searched))
    folders = sorted((searched.folder / "logs" / "hparams").iterdir())
    assert len(folders) == 4
    assert all(len(list(folder.iterdir())) == 1 for folder in folders)


def test_of_trials_with_fewer_steps_none_is_chosen(searched):
    two, four = completed(searched)
    better = [{"metrics": {searched.objective: 0.1}}] * 2
    short = dataclasses.replace(two, name="9", steps=30, results=better)
    assert report.best_of_each([two, four, short], 90, "min") == {2: two, 4: four}
    assert report.best_of_each([two, four, short], 1000, "min") == {2: short, 4: four}  # none has all steps


def test_a_gain_within_the_spread_has_no_elbow():
    def trial(k, *values):
        results = [{"metrics": {"val_loss": value}} for value in values]
        return Trial("0000", {"num_keypoints": k}, 10, results, len(values), "val_loss")

    clear = {4: trial(4, 9.9, 10.1), 8: trial(8, 4.9, 5.1), 12: trial(12, 4.8, 5.0)}
    chance = {4: trial(4, 5.0, 15.0), 8: trial(8, 4.0, 14.0), 12: trial(12, 4.0, 14.0)}
    assert report.find_elbow(clear, "min") == 8
    assert report.find_elbow(chance, "min") is None


def test_a_report_without_a_completed_trial_says_why(make_sweep):
    sweep = make_sweep((DIVERGES,), executions=1)
    search(sweep)
    with pytest.raises(ValueError, match="The training diverged"):
        report.write_report(sweep)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"role": "chief"}, "address"),
        ({"role": "worker", "address": "localhost:1"}, "worker"),
        ({"role": "worker", "address": "localhost:1", "worker": "chief2"}, "chief2"),
    ],
)
def test_roles_need_an_address_and_a_name(options, message, make_sweep):
    with pytest.raises(ValueError, match=message):
        search(make_sweep(), **options)
    assert "KERASTUNER_TUNER_ID" not in os.environ
