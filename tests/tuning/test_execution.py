import os
import sys
import time
import types

import pytest

pytest.importorskip("keras_tuner", reason="keras-tuner is not installed (extra `tuning`)")


from tests.tuning.fakes import DIVERGES, NEEDS_TOO_MUCH, FakeTraining
from tfkeypoints.tuning import execution
from tfkeypoints.tuning.execution import ATTEMPTS, execute


@pytest.fixture
def run_execution(tmp_path):
    def run(num_keypoints, objective="val_angular_error", **options):
        folder = tmp_path / "trials" / "0000"
        training = FakeTraining.of(num_keypoints=num_keypoints, run=folder / "execution_0", **options)
        return execute(training, folder / "execution_0.json", objective)

    return run


def begun(tmp_path):
    return (tmp_path / "trials" / "notes.txt").read_text().count("begun")


def test_the_result_is_that_of_the_epoch_whose_weights_are_kept(run_execution):
    result = run_execution(4, seed=3)
    assert result["metrics"] == {"step": 2, "val_angular_error": 10 / 4 + 0.03}
    assert result["seconds"] > 0


def test_what_is_finished_is_not_done_again(run_execution, tmp_path):
    assert run_execution(4) == run_execution(4)
    assert begun(tmp_path) == 1


def test_a_failure_is_a_result_and_not_tried_again(run_execution, tmp_path):
    assert run_execution(DIVERGES) == {"error": "ValueError: The training diverged"}
    assert run_execution(DIVERGES) == {"error": "ValueError: The training diverged"}
    assert begun(tmp_path) == 1


def test_a_process_that_is_killed_again_and_again_is_a_failure(run_execution, tmp_path):
    assert "killed by signal 9" in run_execution(NEEDS_TOO_MUCH)["error"]
    assert begun(tmp_path) == ATTEMPTS


def test_a_script_without_a_guard_is_not_run_again(tmp_path, monkeypatch):
    script = types.ModuleType("__main__")
    script.__file__ = str(tmp_path / "script.py")
    (tmp_path / "script.py").write_text("raise SystemExit(7)")
    monkeypatch.setitem(sys.modules, "__main__", script)
    assert execution._in_own_process(os.mkdir, tmp_path / "made") == 0
    assert (tmp_path / "made").is_dir()


def test_an_interruption_ends_the_training_too(run_execution, tmp_path, monkeypatch):
    from multiprocessing.context import SpawnProcess

    join = SpawnProcess.join

    def interrupted(self, timeout=None):
        monkeypatch.setattr(SpawnProcess, "join", join)
        raise KeyboardInterrupt

    monkeypatch.setattr(SpawnProcess, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_execution(4, duration=600)
    begin = time.monotonic()
    assert run_execution(4)["metrics"]
    assert time.monotonic() - begin < 300
