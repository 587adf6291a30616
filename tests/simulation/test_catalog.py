"""What scenes declare: what counts as success, what a robot knows of its own body, who carries the cameras."""

import numpy as np
import pytest

from tests.simulation import probes
from tests.simulation.requirements import needs_robots
from tfkeypoints.simulation.catalog import SCENES


def successes(robot_scene, infos):
    """Whether an episode is a success after each of its steps."""
    succeeded, told = False, []
    for info in infos:
        succeeded = SCENES[robot_scene].succeeded(succeeded, info)
        told.append(succeeded)
    return told


@pytest.mark.parametrize("robot_scene", ["hammer", "window_open", "scarf"])
def test_a_task_that_was_solved_once_stays_solved(robot_scene):
    infos = [{"success": success} for success in (0.0, np.True_, 0.0)]
    assert successes(robot_scene, infos) == [False, True, True]


def test_an_ant_succeeds_while_it_is_five_metres_ahead():
    assert successes("ant", [{"x_position": x} for x in (-6.0, 5.1, 4.9)]) == [False, True, False]


def test_only_the_ants_cameras_ride():
    assert {name for name, scene in SCENES.items() if scene.ridden} == {"ant", "ant_plain"}


@needs_robots
def test_the_ant_knows_the_angles_and_speeds_of_its_eight_joints():
    observation, joints = probes.in_process(probes.observed_joints, "ant")[0]
    assert np.abs(joints).min() > 0
    np.testing.assert_array_equal(observation[list(SCENES["ant"].proprioception)], joints)


@needs_robots
@pytest.mark.parametrize("robot_scene", ["hammer", "scarf"])
def test_a_hand_knows_whether_it_is_open(robot_scene):
    closed, opened = probes.in_process(probes.observation_after, (robot_scene, 1), (robot_scene, -1))
    (own,) = SCENES[robot_scene].proprioception
    assert closed[own] < 0.6 < 0.9 < opened[own] <= 1
