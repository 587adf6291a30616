import dataclasses
import json

import pytest

pytest.importorskip("gymnasium", reason="Gymnasium is not installed (extra `control`)")

import numpy as np

from tfkeypoints import cli
from tfkeypoints.commands.control import Evaluate
from tfkeypoints.commands.control_train import Train
from tfkeypoints.control.environments import make_vector
from tfkeypoints.control.evaluation import evaluate
from tfkeypoints.control.ppo import PPO
from tfkeypoints.control.settings import PPOSettings
from tfkeypoints.control.training import PolicyTraining, check_steps
from tfkeypoints.training.checkpoint import Checkpoint
from tfkeypoints.training.run import Run


@pytest.mark.slow
def test_a_pole_is_balanced_after_20000_steps_and_anyone_can_measure_it(tmp_path, capsys):
    run = Train(env="CartPole-v1", method="state", run=tmp_path / "run", steps=20_000, save_every=20)()
    assert run.history[-1]["env_steps"] == 20_480
    report = Evaluate(run=run.folder, episodes=16)()
    # By chance it stands for 20 steps. Eight seeds ended between 287 and 500, and rounding decides like a seed.
    assert report["mean_return"] > 150
    low, high = report["mean_return_interval"]
    assert low <= report["mean_return"] <= high
    assert "success_rate" not in report
    assert json.loads(run.metrics_file.read_text())["episodes"] == 16
    envs = make_vector("CartPole-v1", 8, ("state",))
    agent = run.load_model()
    assert evaluate(agent, envs, 16)["mean_return"] == evaluate(agent, envs, 16)["mean_return"]
    assert cli.main(["control", "video", str(run.folder)]) == 2
    assert "observations must be a gymnasium.spaces.Dict with `state`, `image`" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        {"env": "CartPole-v1", "method": "state"},
        {
            "env": "point_reach",
            "method": "keypoint3d",
            "joint": True,
            "image_size": 16,
            "num_keypoints": 3,
            "detector_start": 2,
            "detector_steps": 1,
            "detector_batch_size": 4,
            "buffer_size": 64,
        },
    ],
    ids=["state", "keypoint3d"],
)
def test_a_training_that_was_stopped_goes_on_as_it_was(tmp_path, monkeypatch, options):
    command = Train(
        run=tmp_path,
        steps=600,
        num_envs=2,
        horizon=32,
        ppo=PPOSettings(batch_size=32, epochs=2),
        save_every=2,
        **options,
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
    rows = Run(tmp_path).history_file.read_bytes()

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
    assert Run(tmp_path).history_file.read_bytes().startswith(rows)
    history = Run(tmp_path).history
    assert [row["update"] for row in history] == list(range(1, len(history) + 1))
    assert history[-1]["env_steps"] >= 600
    rates = [row["learning_rate"] for row in history]
    assert rates == sorted(rates, reverse=True)

    finished = Checkpoint(Run(tmp_path).checkpoints, "update").newest()
    command()
    assert Checkpoint(Run(tmp_path).checkpoints, "update").newest() == finished


def short(folder, **options):
    """A training of three updates of 16 steps, after 16 of looking around."""
    small = {"steps": 64, "num_envs": 2, "horizon": 8, "ppo": PPOSettings(batch_size=8, epochs=1), "save_every": 1}
    return Train(env="CartPole-v1", method="state", run=folder, **small | options)


def test_a_kill_between_model_and_checkpoint_costs_no_model(tmp_path, monkeypatch):
    def killed(*arguments):
        raise KeyboardInterrupt

    command = short(tmp_path, steps=32)
    with monkeypatch.context() as patch:
        patch.setattr("tfkeypoints.control.agent.Agent.save", killed)
        with pytest.raises(KeyboardInterrupt):
            command()
    assert not Checkpoint(Run(tmp_path).checkpoints, "update").newest()
    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            command()
    assert Run(tmp_path).model_file.is_file()
    command()
    assert Checkpoint(Run(tmp_path).checkpoints, "update").newest() == 1


def test_numbers_go_when_training_goes_on(tmp_path):
    command = short(tmp_path)
    run = command()
    run.metrics_file.write_text("{}")
    command()
    assert run.metrics_file.exists()
    dataclasses.replace(command, steps=80)()
    assert not run.metrics_file.exists()


def test_runs_that_have_an_image_size_although_they_see_none_go_on(tmp_path):
    """As all runs had that were begun before an environment's own size was the default."""
    command = short(tmp_path)
    run = command()
    assert "image_size" not in run.config
    run.config_file.write_text(json.dumps({**run.config, "image_size": 64}))
    dataclasses.replace(command, steps=80)()
    assert run.history[-1]["env_steps"] == 80
    assert Evaluate(run=run.folder, episodes=1, num_envs=1)()["episodes"] == 1


@pytest.mark.parametrize("name", ["policy_loss", "detector_reconstruction"])
def test_a_term_that_is_not_finite_ends_the_training(tmp_path, monkeypatch, name):
    update = PPO.update
    monkeypatch.setattr(PPO, "update", lambda *arguments: update(*arguments) | {name: np.nan})
    with pytest.raises(ValueError, match=f"stopped at step 32: {name} not finite"):
        short(tmp_path)()
    assert not Run(tmp_path).history


def test_weights_that_are_not_finite_are_not_saved(tmp_path, monkeypatch):
    def spoilt(ppo, rollout, rng, done):
        metrics = update(ppo, rollout, rng, done)
        if done > 0.3:
            weight = ppo.owners[0][1][0]
            weight.assign(weight * np.nan)
        return metrics

    update = PPO.update
    monkeypatch.setattr(PPO, "update", spoilt)
    with pytest.raises(ValueError, match=r"kernel not finite. A lower `learning_rate` may help"):
        short(tmp_path)()
    assert Checkpoint(Run(tmp_path).checkpoints, "update").newest() == 1
    assert all(np.isfinite(weight).all() for weight in Run(tmp_path).load_model().get_weights())


def test_steps_that_would_all_go_into_looking_around_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"`steps` must be more than the 16 .* Received: steps=16"):
        short(tmp_path / "run", steps=16)()
    assert not (tmp_path / "run").exists()
    check_steps(17, 8, 2, detecting=False)
    check_steps(33, 8, 2, detecting=True)
    with pytest.raises(ValueError, match=r"`steps` must be more than the 32 .* Received: steps=32"):
        check_steps(32, 8, 2, detecting=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"ppo": PPOSettings(batch_size=64)},
            "`batch_size` must not exceed the 16 steps of a rollout.* Received: batch_size=64",
        ),
        ({"ppo": PPOSettings(epochs=0)}, "`epochs` must be 1 or more. Received: epochs=0"),
        ({"initial_std": 0.0}, "`initial_std` must be positive. Received: initial_std=0.0"),
        ({"learning_rate": -1.0}, "`learning_rate` must be positive. Received: learning_rate=-1.0"),
        ({"save_every": 0}, "`save_every` must be 1 or more. Received: save_every=0"),
        ({"buffer_size": -1}, "`buffer_size` must be 1 or more. Received: buffer_size=-1"),
        ({"detector_start": -1}, "`detector_start` must be 0 or more. Received: detector_start=-1"),
    ],
)
def test_numbers_without_which_nothing_is_learnt_are_refused_at_once(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        short(tmp_path / "run", **options)()
    assert not (tmp_path / "run").exists()
