import pytest

from tfkeypoints.callbacks import MultiviewRamp


def test_the_weight_rises_along_a_line():
    ramp = MultiviewRamp(start=10, end=20)
    assert [ramp.ramp(step) for step in (0, 10, 13, 20, 99)] == [0, 0, pytest.approx(0.3), 1, 1]


def test_equal_steps_switch_there():
    ramp = MultiviewRamp(start=5, end=5)
    assert [ramp.ramp(step) for step in (4, 5)] == [0, 1]


@pytest.mark.parametrize("arguments", [{"start": 5, "end": 4}, {"start": -1, "end": 4}])
def test_steps_out_of_order_are_refused(arguments):
    with pytest.raises(ValueError, match="start"):
        MultiviewRamp(**arguments)
