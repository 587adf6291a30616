import pytest

from tfkeypoints import arguments


@pytest.mark.parametrize("value", [0, -1.0, float("nan")])
def test_what_is_not_above_zero_is_not_positive(value):
    with pytest.raises(ValueError, match=f"`width` must be positive. Received: width={value}"):
        arguments.check_positive(height=1, width=value)


@pytest.mark.parametrize("value", [0, 2.5, -3, float("nan"), float("inf")])
def test_what_counts_nothing_is_no_positive_integer(value):
    with pytest.raises(ValueError, match=f"`levels` must be a positive integer. Received: levels={value}"):
        arguments.check_positive_integers(filters=4.0, levels=value)


@pytest.mark.parametrize("value", [-0.1, float("nan")])
def test_weights_may_be_zero_but_not_less(value):
    with pytest.raises(ValueError, match=f"`pose` is a weight and can't be negative. Received: pose={value}"):
        arguments.check_weights(volume=0, pose=value)


def test_unknown_choices_are_named_beside_the_known_ones():
    arguments.check_choice(("mean", "none"), fusion="mean")
    with pytest.raises(ValueError, match=r"`fusion` must be one of mean, none\. Received: fusion='median'"):
        arguments.check_choice(("mean", "none"), fusion="median")
