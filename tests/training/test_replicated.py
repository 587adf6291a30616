import signal
import time

import numpy as np
import pytest

from tests.training.replicated import in_processes
from tfkeypoints.training.checkpoint import Checkpoint
from tfkeypoints.training.run import Run


def arrays(folder):
    return Checkpoint(Run(folder).checkpoints, "epoch").load()[0]


def difference(ours, theirs):
    """Of all that was trained, relative to its size."""
    ours, theirs = (np.concatenate([each.ravel() for each in arrays(folder)]) for folder in (ours, theirs))
    return np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)


def check_histories(ours, theirs, tolerance):
    ours, theirs = Run(ours).history, Run(theirs).history
    assert [row["step"] for row in ours] == [row["step"] for row in theirs]
    for mine, others in zip(ours, theirs, strict=True):
        assert mine.keys() == others.keys()
        for name, value in mine.items():
            if "accuracy" not in name:  # counts of signs
                # a point that has moved by d changes the separation, δ² - |p - q|² at most, by 2 δ d: 0.1 d
                assert value == pytest.approx(others[name], rel=tolerance, abs=0.1 * tolerance / 20), name


@pytest.mark.slow
def test_two_workers_train_as_one_process_does(tmp_path):
    arguments = ["keypoint3d", "adam", "4"]
    alone = in_processes(tmp_path / "alone", arguments)
    together = in_processes(tmp_path / "together", arguments, workers=2)
    assert sorted(path.name for path in together.iterdir()) == sorted(path.name for path in alone.iterdir())
    check_histories(together, alone, 1e-3)
    assert difference(together, alone) < 1e-3


@pytest.mark.slow
def test_a_worker_may_be_silent_for_longer_than_tensorflow_would_wait(tmp_path):
    def stop_for_a_while(started):
        while not (tmp_path / "run" / "config.json").exists() and started[0].poll() is None:
            time.sleep(0.01)
        started[1].send_signal(signal.SIGSTOP)
        time.sleep(25)
        started[1].send_signal(signal.SIGCONT)

    in_processes(tmp_path / "run", ["keypoint3d", "adam", "4"], workers=2, meanwhile=stop_for_a_while)
    assert len(Run(tmp_path / "run").history) == 2


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["adam", "muon"])
@pytest.mark.parametrize("method", ["keypointnet", "keypoint3d"])
def test_the_same_batches_give_the_same_weights_on_any_number_of_devices(method, optimizer, tmp_path):
    arguments = [method, optimizer, "50"]
    alone = in_processes(tmp_path / "1", arguments)
    for count in (2, 4):
        several = in_processes(tmp_path / str(count), arguments, devices=count)
        check_histories(several, alone, 2e-2)
        assert difference(several, alone) < 1e-2
