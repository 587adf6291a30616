import numpy as np
import pytest
import tensorflow as tf

from tests.rounding import NETWORK
from tfkeypoints import cli
from tfkeypoints.control.ppo import PPO
from tfkeypoints.training.run import Run

TINY = (
    *("--num-envs", "2", "--horizon", "8", "--steps", "48", "--batch-size", "8", "--epochs", "1", "--save-every", "1"),
    *("--image-size", "48", "--num-keypoints", "3", "--detector-start", "2", "--detector-steps", "1"),
    *("--detector-batch-size", "4", "--buffer-size", "64"),
)


def train(folder, method, *options):
    return cli.main(
        ["control", "train", "--env", "point_reach", "--method", method, "--run", str(folder), *TINY, *options]
    )


@pytest.mark.slow
def test_from_keypoints_to_a_video_and_a_saved_model(tmp_path, capsys):
    folder = tmp_path / "run"
    assert train(folder, "keypoint3d", "--frame-stack", "2") == 0
    (row,) = Run(folder).history
    assert row["env_steps"] == 48
    assert {"detector_loss", "detector_reconstruction", "kl", "seconds_environment", "seconds_detector"} <= set(row)
    assert train(folder, "keypoint3d", "--frame-stack", "2", "--steps", "60") == 0
    assert [row["update"] for row in Run(folder).history] == [1, 2]

    assert cli.main(["control", "evaluate", str(folder), "--episodes", "2", "--num-envs", "2"]) == 0
    assert "success rate" in capsys.readouterr().out
    assert cli.main(["control", "video", str(folder), "--episodes", "1"]) == 0
    assert list((folder / "pictures").glob("policy.*"))
    assert cli.main(["export", str(folder), "--out", str(tmp_path / "exported" / "1")]) == 0
    act = tf.saved_model.load(str(tmp_path / "exported" / "1")).signatures["act"]
    observations = {
        name: np.zeros([4, *entry["shape"]], entry["dtype"])
        for name, entry in Run(folder).config["observation"].items()
    }
    observations["extrinsics"][..., range(4), range(4)] = 1
    observations["intrinsics"][..., range(3), range(3)] = 1
    answer = act(**{name: tf.constant(value) for name, value in observations.items()})
    expected = Run(folder).load_model().act(observations, deterministic=True)["environment_action"]
    np.testing.assert_allclose(answer["action"], expected, **NETWORK)


@pytest.mark.parametrize("joint", [True, False])
def test_a_policy_teaches_its_detector_only_if_they_are_joint(tmp_path, monkeypatch, joint):
    def watched(ppo, *arguments):
        before = [weight.numpy() for weight in ppo.agent.detector_weights()]
        metrics = update(ppo, *arguments)
        pairs = zip(before, ppo.agent.detector_weights(), strict=True)
        changed.append([not np.array_equal(old, new) for old, new in pairs])
        return metrics

    changed, update = [], PPO.update
    monkeypatch.setattr(PPO, "update", watched)
    options = ("--image-size", "16", "--detector-steps", "0", *(["--joint"] if joint else []))
    assert train(tmp_path, "keypoint3d", *options) == 0
    assert changed and all(changed[0]) if joint else not any(changed[0])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["pixel", "rad"])
def test_policies_that_see_pixels(tmp_path, method):
    assert train(tmp_path, method) == 0
    assert np.isfinite(Run(tmp_path).history[-1]["policy_loss"])


def test_images_that_are_too_small_for_the_convolutions_are_refused_and_leave_no_run(tmp_path, capsys):
    folder = tmp_path / "run"
    assert train(folder, "rad", "--crop-size", "20") == 2
    assert "`image_size` and `crop_size` must be 36 or more" in capsys.readouterr().err
    assert not folder.exists()


def test_one_episode_is_measured_without_an_interval(tmp_path, capsys):
    options = ("--env", "CartPole-v1", "--method", "state", "--run", str(tmp_path / "run"))
    assert cli.main(["control", "train", *TINY, *options]) == 0
    capsys.readouterr()
    assert cli.main(["control", "evaluate", str(tmp_path / "run"), "--episodes", "1", "--num-envs", "1"]) == 0
    assert "mean return" in (told := capsys.readouterr().out) and "95 %" not in told
    assert "Infinity" not in Run(tmp_path / "run").metrics_file.read_text()
    assert cli.main(["control", "evaluate", str(tmp_path / "run"), "--episodes", "0"]) == 2
    assert "`episodes` must be a positive integer" in capsys.readouterr().err


def test_other_runs_are_refused(tmp_path, capsys):
    assert cli.main(["control", "evaluate", str(tmp_path)]) == 2
    assert "error: `run` should be a run folder" in capsys.readouterr().err
