"""The benchmarks of KeypointNet, without their trainings."""

import types

import pytest

from tfkeypoints.models.presets import KEYPOINTNET_PRESETS


@pytest.fixture(autouse=True)
def _benchmarks_are_importable(monkeypatch, request):
    monkeypatch.syspath_prepend(request.config.rootpath / "benchmarks")


@pytest.mark.parametrize(("steps", "epochs"), [(2000, 8), (2007, 8), (3, 3)])
def test_a_comparison_trains_all_steps(steps, epochs, tmp_path, monkeypatch):
    import comparison

    sizes = {}
    monkeypatch.setattr(comparison, "load", lambda *arguments: None)
    monkeypatch.setattr(comparison.training, "train", lambda *arguments, **options: sizes.update(options))
    comparison.train(tmp_path / "run", comparison.unsupervised(filters=2), "any", steps, seed=0)
    assert sizes["epochs"] == epochs
    assert steps <= sizes["epochs"] * sizes["steps_per_epoch"] < steps + epochs


@pytest.mark.parametrize("preset", ["paper", "small"])
def test_only_convolutions_of_one_size_are_compared_with_a_plain_one(preset, monkeypatch, capsys):
    import training_step

    idle = types.SimpleNamespace(compile=print, train_on_batch=print, count_params=lambda: 1)
    monkeypatch.setattr(training_step, "KeypointNet", lambda **arguments: idle)
    monkeypatch.setattr(training_step, "random_pairs", lambda *arguments: None)
    monkeypatch.setattr(training_step, "cost", lambda function, repeats: (1.0, 1.0))
    monkeypatch.setattr(training_step, "best_convolution_speed", lambda *arguments: 1e9)
    monkeypatch.setattr("sys.argv", ["training_step.py", "--preset", preset])
    training_step.main()
    assert ("GFLOP" in capsys.readouterr().out) == (KEYPOINTNET_PRESETS[preset].network == "dilated")
