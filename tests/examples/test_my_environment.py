"""The environment of examples/: its cameras are those that it draws with, and everything can be trained on it."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("gymnasium", reason="Gymnasium is not installed (extra `control`)")

import numpy as np

from tests import reference
from tfkeypoints import cli
from tfkeypoints.control import environments
from tfkeypoints.training.run import Run

EXAMPLES = Path(__file__).parents[2] / "examples"
TINY = (
    *("--num-envs", "2", "--horizon", "8", "--steps", "48", "--batch-size", "8", "--epochs", "1", "--save-every", "1"),
    *("--num-keypoints", "3", "--detector-start", "2", "--detector-steps", "1"),
    *("--detector-batch-size", "4", "--buffer-size", "64"),
)
NAME = "my_environment:RollBall-v0"


@pytest.fixture
def in_examples(monkeypatch):
    """Works in the folder of the examples, which is on no path yet, as a user would."""
    monkeypatch.chdir(EXAMPLES)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "my_environment", raising=False)


def test_the_ball_is_drawn_where_its_place_projects_to(in_examples, monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    envs = environments.make_vector(NAME, 4, ("image", "intrinsics", "extrinsics", "state"), image_size=96)
    try:
        observations, _ = envs.reset(seed=0)
    finally:
        envs.close()
    assert not envs.notices
    columns, rows = np.meshgrid(np.arange(96), np.arange(96))
    checked = 0
    for env in range(4):
        image, intrinsics, extrinsics, state = (
            observations[name][env, 0] for name in ("image", "intrinsics", "extrinsics", "state")
        )
        for view in range(3):
            uv, _ = reference.project(state[:3].astype(float), intrinsics[view].astype(float), extrinsics[view])
            red = image[view, ..., 0].astype(int) - image[view, ..., 2] > 100
            found = (2 * np.array([columns[red].mean(), rows[red].mean()]) + 1) / 96 - 1
            np.testing.assert_allclose(found, uv, atol=1 / 96)  # half a pixel
            checked += 1
    assert checked == 12


def train(folder, method, *options):
    return cli.main(["control", "train", "--env", NAME, "--method", method, "--run", str(folder), *TINY, *options])


@pytest.mark.parametrize("method", [pytest.param("keypoint3d", marks=pytest.mark.slow), "state"])
def test_a_policy_is_trained_on_it_measured_and_filmed(in_examples, tmp_path, capsys, method):
    folder = tmp_path / "run"
    assert train(folder, method, *(["--image-size", "32"] if method == "keypoint3d" else [])) == 0
    assert Run(folder).history[-1]["env_steps"] == 48
    assert np.isfinite(Run(folder).history[-1]["policy_loss"])
    assert cli.main(["control", "evaluate", str(folder), "--episodes", "2", "--num-envs", "2"]) == 0
    assert "success rate" in capsys.readouterr().out
    assert cli.main(["control", "video", str(folder), "--episodes", "1"]) == 0
    assert list((folder / "pictures").glob("policy.*"))


@pytest.mark.parametrize(("size", "options"), [(64, []), (40, ["--image-size", "40"])])
def test_its_images_have_the_size_that_is_asked_for_or_its_own(in_examples, tmp_path, size, options):
    assert train(tmp_path / "run", "pixel", *options) == 0
    config = Run(tmp_path / "run").config
    assert config["observation"]["image"]["shape"] == [1, 3, size, size, 3]
    assert config.get("image_size") == (size if options else None)


def test_what_a_method_misses_is_said_before_a_run_is_begun(in_examples, tmp_path, capsys):
    assert train(tmp_path / "run", "pixel", "--env", "CartPole-v1") == 2
    assert "observations must be a gymnasium.spaces.Dict with `image`, `proprioception`" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
