import pytest

from tests.tuning.fakes import FakeTraining


@pytest.fixture
def make_sweep(tmp_path, monkeypatch):
    """Makes a started sweep of fake trainings; options are those of `Sweep`, `duration` that of a training."""
    from tfkeypoints.tuning import Sweep

    monkeypatch.setattr(Sweep, "_check_options", lambda self: None)

    def make(num_keypoints=(2, 4), duration=0.0, folder=tmp_path / "sweep", **options):
        training = FakeTraining.of(steps=90, duration=duration)
        sweep = Sweep(folder=folder, training=training, num_keypoints=num_keypoints, **options)
        sweep.start()
        return sweep

    return make


@pytest.fixture
def notes():
    """Reads what the fake trainings of a sweep noted."""

    def read(sweep, what):
        lines = (sweep.folder / "trials" / "notes.txt").read_text().splitlines()
        return sorted(line.removeprefix(f"{what} ") for line in lines if line.startswith(what))

    return read
