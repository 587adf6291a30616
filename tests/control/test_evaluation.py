import pytest

pytest.importorskip("gymnasium", reason="Gymnasium is not installed (extra `control`)")

import numpy as np
import scipy.stats

from tfkeypoints.control.environments import make_vector
from tfkeypoints.control.evaluation import evaluate, wilson_interval
from tfkeypoints.control.methods import build_agent


@pytest.fixture
def envs():
    made = make_vector("CartPole-v1", 1, ("state",))
    yield made
    made.close()


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (7, 10), (50, 50), (81, 263)])
def test_wilson_interval(successes, trials):
    expected = scipy.stats.binomtest(successes, trials).proportion_ci(0.95, "wilson")
    assert wilson_interval(successes, trials) == pytest.approx((expected.low, expected.high), abs=1e-4)


def test_never_and_always_bound_the_interval_exactly():
    assert wilson_interval(0, 48)[0] == 0
    assert wilson_interval(48, 48)[1] == 1


def test_the_mean_return_of_one_episode_has_no_interval(envs):
    agent = build_agent("state", envs, seed=0)
    alone = evaluate(agent, envs, 1)
    assert alone["episodes"] == 1 and np.isfinite(alone["mean_return"])
    assert "mean_return_interval" not in alone
    low, high = evaluate(agent, envs, 8)["mean_return_interval"]
    assert np.isfinite([low, high]).all() and low < high


def test_no_episodes_are_refused(envs):
    with pytest.raises(ValueError, match=r"`episodes` must be a positive integer. Received: episodes=0"):
        evaluate(None, envs, 0)
