import functools
import os
import signal

import pytest

pytest.importorskip("gymnasium", reason="Gymnasium is not installed (extra `control`)")

import numpy as np

from tfkeypoints.control import environments
from tfkeypoints.control.environments import workers

KEYS = ("image", "proprioception", "state")


@pytest.fixture
def envs():
    made = environments.make_vector("point_reach", 2, KEYS, image_size=16)
    yield made
    if not made.closed:
        made.close(terminate=True)


def test_workers_give_what_the_environment_itself_gives_and_start_anew_at_once(envs):
    observations, _ = envs.reset(seed=5)
    for index in range(2):
        alone = environments.make("point_reach", KEYS, image_size=16)
        expected, _ = alone.reset(seed=5 + index)
        for name in KEYS:
            np.testing.assert_array_equal(observations[name][index], expected[name])
    for _ in range(50):
        last, (observations, _, _, truncated, info) = observations, envs.step(np.zeros((2, 3), np.float32))
    assert truncated.all()
    np.testing.assert_array_equal(info["final_obs"][1]["state"], last["state"][1])
    assert (observations["state"][1] != last["state"][1]).all()
    assert not info["final_info"]["success"].any()


def test_a_worker_that_dies_is_named_and_no_process_is_left(envs):
    envs.reset(seed=0)
    killed = envs.processes[1]
    os.kill(killed.pid, signal.SIGKILL)
    killed.join()
    with pytest.raises(ChildProcessError, match=f"worker 1 .process {killed.pid}, exit code -9"):
        envs.step(np.zeros((2, 3), np.float32))
    assert not any(process.is_alive() for process in envs.processes)


def test_a_worker_that_dies_is_named_by_other_calls_too(envs):
    envs.processes[0].kill()
    envs.processes[0].join()
    with pytest.raises(ChildProcessError, match=r"worker 0 .*exit code -9"):
        envs.call("render")


def test_a_worker_that_dies_while_it_starts_is_named(envs):
    described = envs.single_observation_space, envs.single_action_space, {}
    with pytest.raises(ChildProcessError, match=r"worker 0 .*exit code 3.*, worker 1 .*exit code 3"):
        workers.Workers(workers.Spawned(functools.partial(os._exit, 3), described), 2)


def test_an_interruption_between_two_answers_does_not_hang_the_end(envs):
    envs.reset(seed=0)
    envs.step_async(np.zeros((2, 3), np.float32))
    envs.parent_pipes[0].recv()
    envs.close()
    assert not any(process.is_alive() for process in envs.processes)


def test_the_number_of_environments_is_checked():
    with pytest.raises(ValueError, match="num_envs=0"):
        environments.make_vector("point_reach", 0, KEYS)
