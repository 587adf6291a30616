import pytest

pytest.importorskip("keras_tuner", reason="keras-tuner is not installed (extra `tuning`)")


from tfkeypoints.tuning.elbow import elbow


def test_the_elbow_is_the_point_farthest_from_the_straight_line():
    assert elbow({4: 10.0, 8: 4.0, 12: 3.5, 16: 3.4}) == 8
    assert elbow({16: 3.4, 4: 10.0, 12: 3.5, 8: 4.0}) == 8


def test_unequal_distances_between_numbers_of_keypoints_count():
    # gains 0, 0.5, 0.8, 1 at x = 0, 1/10, 2/10, 1: above the line by 0, 0.4, 0.6, 0
    assert elbow({0: 10.0, 1: 5.0, 2: 2.0, 10: 0.0}) == 2


def test_more_can_be_better():
    assert elbow({4: 0.1, 8: 0.8, 12: 0.85, 16: 0.86}, "max") == 8


def test_one_bad_value_does_not_move_the_elbow():
    assert elbow({4: 10.0, 8: 4.0, 12: 9.0, 16: 3.4}) == 8


def test_if_more_keypoints_gain_nothing_the_least_number_is_enough():
    assert elbow({4: 3.0, 8: 3.5, 12: 4.0}) == 4


@pytest.mark.parametrize("values", [{4: 2.0, 8: 1.0}, {4: 9.0, 8: 6.0, 12: 3.0}, {4: 9.0, 8: 8.9, 12: 3.0}])
def test_there_is_none_without_a_bend(values):
    assert elbow(values) is None
