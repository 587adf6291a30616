import pytest
import scipy.stats

from tfkeypoints.control.evaluation import wilson_interval


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (7, 10), (50, 50), (81, 263)])
def test_wilson_interval(successes, trials):
    expected = scipy.stats.binomtest(successes, trials).proportion_ci(0.95, "wilson")
    assert wilson_interval(successes, trials) == pytest.approx((expected.low, expected.high), abs=1e-4)
