"""Tests of `simulation.compositor`: what it draws looks like what MuJoCo draws."""

import numpy as np
import pytest

from tests.simulation import probes
from tests.simulation.requirements import needs_robots

pytestmark = needs_robots


@pytest.mark.parametrize("robot_scene", ["window_open", "push_wall"])
def test_episodes_look_as_mujoco_draws_them(robot_scene):
    """Glass that slides and a window that stands elsewhere in each episode; a goal's site and a textured puck."""
    ((fast, opengl),) = probes.in_process(probes.drawn_fast_and_by_opengl, (robot_scene, 48))
    assert fast.shape == opengl.shape == (30, 3, 48, 48, 3) and fast.dtype == np.uint8
    difference = np.abs(fast.astype(int) - opengl)
    assert difference.mean() < 0.5
    # outlines and highlights: pixels that show something else, or the light of a vertex
    assert (difference.max(-1) > 30).mean() < 0.01
    moved = np.abs(opengl[-1].astype(int) - opengl[15]).max(-1) > 30
    assert moved.mean() > 0.02
    assert (difference[-1].max(-1)[moved] > 30).mean() < 0.1


@pytest.mark.slow
@pytest.mark.parametrize(
    "robot_scene", ["hammer", "drawer_close", "box_close", "door_open", "peg_unplug_side", "pick_place"]
)
def test_every_scene_looks_as_mujoco_draws_it(robot_scene):
    ((fast, opengl),) = probes.in_process(probes.drawn_fast_and_by_opengl, (robot_scene, 64))
    assert np.abs(fast.astype(int) - opengl).mean() < 0.5


def test_scenes_with_cloth_or_riding_cameras_are_left_to_mujoco():
    scenes = ["window_open", "ant", "scarf"]
    assert list(probes.spawned_map(probes.is_drawn_fast, scenes, num_workers=1)) == [True, False, False]
