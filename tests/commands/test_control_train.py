"""Tests of how `control train` chooses the drawing of a robot scene, without simulating one."""

import pytest

pytest.importorskip("gymnasium", reason="Gymnasium is not installed (extra `control`)")

from tfkeypoints import files
from tfkeypoints.commands.control_train import Train, environments_of
from tfkeypoints.control import environments
from tfkeypoints.control.environments.robot import Robot
from tfkeypoints.control.recipe import PolicyRecipe
from tfkeypoints.training.run import Run


def command(folder, **options):
    return Train(**{"env": "hammer", "method": "pixel", "run": folder} | options)


def begun(folder, config):
    """A run folder as a version from before there was a choice left it."""
    folder.mkdir()
    files.write_json(folder / "config.json", {name: value for name, value in config.items() if name != "drawing"})


def test_new_runs_draw_fast_and_begun_ones_as_they_did(tmp_path):
    new = command(tmp_path / "new")._config()
    assert new["drawing"] == "fast"
    begun(tmp_path / "old", new)
    resumed = command(tmp_path / "old")._config()
    assert resumed["drawing"] == "opengl"
    Run(tmp_path / "old").check(resumed, PolicyRecipe.upgrade)
    with pytest.raises(ValueError, match="drawing: 'opengl' -> 'fast'"):
        Run(tmp_path / "old").check(command(tmp_path / "old", drawing="fast")._config(), PolicyRecipe.upgrade)
    assert command(tmp_path / "other", drawing="opengl")._config()["drawing"] == "opengl"


def test_what_is_no_robot_scene_has_no_drawing(tmp_path):
    config = command(tmp_path, env="point_reach")._config()
    assert "drawing" not in config and "drawing" not in PolicyRecipe.upgrade(config)
    with pytest.raises(ValueError, match="`drawing` should be left out: point_reach is no robot scene"):
        environments.make("point_reach", drawing="fast")
    with pytest.raises(ValueError, match=r"`drawing` should be one of .* Received: drawing='slow'"):
        Robot("hammer", drawing="slow")


@pytest.mark.parametrize(("known", "passed"), [({"drawing": "fast"}, "fast"), ({}, "opengl")])
def test_the_environments_of_a_run_are_drawn_as_it_says(monkeypatch, known, passed):
    monkeypatch.setattr(environments, "make_vector", lambda *arguments: arguments)
    config = {"env": "hammer", "image_size": 64, "frame_stack": 1, **known}
    assert environments_of(config, 2, ["image"]) == ("hammer", 2, ("image",), 64, 1, passed)
