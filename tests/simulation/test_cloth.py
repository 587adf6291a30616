"""Tests of the scarf: gripping, reward, that it can be solved, and that a seed fixes it."""

import numpy as np
import pytest

from tests.simulation import probes
from tests.simulation.requirements import needs_robots
from tfkeypoints.simulation import catalog, episodes, folding


@needs_robots
def test_scripted_policy_folds_the_scarf_and_random_actions_do_not():
    scripted, random = probes.in_process(probes.fold_scarf, ("scripted", range(8)), ("random", range(2)))
    assert all(success and steps < 150 for success, steps, _, _ in scripted)
    assert not any(success for success, _, _, _ in random)
    for success, _, total, gained in scripted + random:
        assert total == pytest.approx(10 * gained + 10 * success, abs=1e-3)


@needs_robots
@pytest.mark.parametrize("beside", [0.0, 0.25])
def test_fingers_hold_what_lies_between_them_until_they_open(beside):
    closed, lifted, opened = probes.in_process(probes.grip_scarf, beside)[0]
    between = beside == 0
    assert closed[3] == lifted[3] == 0 and opened[3] == 1
    assert bool(closed[4]) == bool(lifted[4]) == between and not opened[4]
    assert (lifted[7] > 0.07) == between  # height of the loose end
    assert opened[7] < 0.03


@needs_robots
def test_episode_depends_on_its_name_alone_and_shows_the_fold():
    tasks = [probes.job("scarf", number, num_frames=48) for number in (0, 1, 0)]
    first, second, again = probes.in_process(episodes.record, *tasks)
    for one, other in zip(first, again, strict=True):
        for key, value in one.items():
            np.testing.assert_array_equal(value, other[key])
    assert not np.allclose(first[0]["landmarks"], second[0]["landmarks"], atol=1e-3)
    names = list(catalog.SCENES["scarf"].landmark_names)
    loose, far = names.index("loose_left_corner"), names.index("far_left_corner")
    gaps = [np.linalg.norm(frame["landmarks"][loose] - frame["landmarks"][far]) for frame in first]
    assert gaps[0] == pytest.approx(0.55, abs=0.01)
    assert gaps[-1] < folding.FOLDED


@needs_robots
def test_background_shows_neither_cloth_nor_hand():
    shown = probes.in_process(episodes.record, probes.job("scarf", num_frames=1, image_size=64))[0][0]["image"]
    empty = probes.in_process(episodes.record_background, probes.job("scarf", image_size=64))[0]["image"]
    assert (np.ptp(shown.astype(int), axis=-1) > 120).sum(axis=(1, 2)).min() > 100  # the scarf's colors
    assert np.ptp(empty.astype(int), axis=-1).max() < 80
    assert (shown == empty).all(axis=-1).mean() > 0.5
