import json

import numpy as np
import pytest

from tfkeypoints import cli
from tfkeypoints.checkpoint import Checkpoint
from tfkeypoints.commands.control import Evaluate
from tfkeypoints.commands.control_train import Train
from tfkeypoints.control.environments import make_vector
from tfkeypoints.control.evaluation import evaluate
from tfkeypoints.control.training import PolicyTraining
from tfkeypoints.run import Run


def test_a_pole_is_balanced_after_20000_steps_and_anyone_can_measure_it(tmp_path, capsys):
    run = Train(env="CartPole-v1", method="state", run=tmp_path / "run", steps=20_000, save_every=20)()
    assert run.history[-1]["env_steps"] == 20_480
    report = Evaluate(run=run.folder, episodes=16)()
    assert report["mean_return"] > 300
    low, high = report["mean_return_interval"]
    assert low <= report["mean_return"] <= high
    assert "success_rate" not in report
    assert json.loads(run.metrics_file.read_text())["episodes"] == 16
    envs = make_vector("CartPole-v1", 8, ("state",))
    agent = run.load_model()
    assert evaluate(agent, envs, 16)["mean_return"] == evaluate(agent, envs, 16)["mean_return"]
    assert cli.main(["control", "video", str(run.folder)]) == 2
    assert "which have cameras" in capsys.readouterr().err


def test_a_training_that_was_stopped_goes_on_as_it_was(tmp_path, monkeypatch):
    command = Train(
        env="CartPole-v1", method="state", run=tmp_path, steps=600, num_envs=2, horizon=32, batch_size=32, save_every=2
    )
    states = []

    def watched_save(training):
        saved(training)
        states.append([np.array(variable) for variable in training._variables()] + [training.reward_scaler.moments])
        if len(states) == 2:
            raise KeyboardInterrupt

    saved = PolicyTraining._save
    monkeypatch.setattr(PolicyTraining, "_save", watched_save)
    with pytest.raises(KeyboardInterrupt):
        command()
    assert Checkpoint(Run(tmp_path).checkpoints, "update").newest() == 4

    restored = []

    def watched_restore(training):
        answer = restore(training)
        restored.append([np.array(variable) for variable in training._variables()] + [training.reward_scaler.moments])
        return answer

    restore = PolicyTraining._restore
    monkeypatch.setattr(PolicyTraining, "_restore", watched_restore)
    command()
    for expected, value in zip(states[1], restored[0], strict=True):
        np.testing.assert_array_equal(value, expected)
    history = Run(tmp_path).history
    assert [row["update"] for row in history] == list(range(1, len(history) + 1))
    assert history[-1]["env_steps"] >= 600
    rates = [row["learning_rate"] for row in history]
    assert rates == sorted(rates, reverse=True)

    finished = Checkpoint(Run(tmp_path).checkpoints, "update").newest()
    command()
    assert Checkpoint(Run(tmp_path).checkpoints, "update").newest() == finished


def test_a_batch_that_is_larger_than_a_rollout_is_refused(tmp_path):
    with pytest.raises(ValueError, match="batch_size=64"):
        Train(env="CartPole-v1", method="state", run=tmp_path, num_envs=1, horizon=32, batch_size=64)()
