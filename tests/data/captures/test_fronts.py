"""Which way objects face is told by their shapes: in hulls that are made by hand."""

import numpy as np
import pytest

from tfkeypoints.data.captures import fronts


class Shape:
    """A hull whose inside is known: a seat, and a back on its far side, in a frame in which it is turned."""

    def __init__(self, degrees, width=0.5, round_=False):
        self.angle, self.width, self.round = np.deg2rad(degrees), width, round_

    def contains(self, points, cell):
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        x, y = cosine * points[:, 0] + sine * points[:, 1], cosine * points[:, 1] - sine * points[:, 0]
        if self.round:
            return (np.hypot(x, y) < self.width) & (np.abs(points[:, 2]) < 0.6)
        seat = (np.abs(x) < 0.5) & (np.abs(y) < self.width) & (np.abs(points[:, 2]) < 0.1)
        back = (np.abs(x + 0.5) < 0.12) & (np.abs(y) < self.width) & (points[:, 2] > 0) & (points[:, 2] < 0.8)
        return seat | back


def found(*shapes):
    return fronts.compare([fronts.pattern(shape) for shape in shapes])


@pytest.mark.parametrize("degrees", [-90, 30, 90, 135, 180])
def test_the_object_that_is_turned_is_told_with_the_turn_that_fits(degrees):
    widths = [0.4, 0.45, 0.5, 0.55, 0.6]
    shapes = [Shape(degrees if number == 2 else 0, width) for number, width in enumerate(widths)]
    result = found(*shapes)
    assert [front.differs for front in result] == [False, False, True, False, False]
    assert abs((result[2].turn + degrees + 180) % 360 - 180) <= 5
    assert not fronts.same_from_behind(result)


def test_two_that_are_turned_each_their_own_way_do_not_mislead():
    result = found(Shape(90), Shape(0, 0.4), Shape(0, 0.45), Shape(-90, 0.55), Shape(0, 0.6), Shape(0, 0.5))
    assert [front.differs for front in result] == [True, False, False, True, False, False]
    assert (result[0].turn, result[3].turn) == (-90, 90)


def test_what_is_round_has_no_front():
    assert fronts.pattern(Shape(0, 0.5, round_=True)) is None
    assert found(Shape(0, round_=True), Shape(0), Shape(0, 0.4))[0] is None


def test_alone_there_is_nothing_to_compare_with():
    assert found(Shape(0)) == [None]


def test_front_and_back_that_are_alike_are_told():
    class Beam(Shape):
        def contains(self, points, cell):
            return (np.abs(points[:, 0]) < 0.8) & (np.abs(points[:, 1]) < self.width) & (np.abs(points[:, 2]) < 0.2)

    assert fronts.same_from_behind(found(Beam(0, 0.2), Beam(0, 0.25), Beam(0, 0.3)))
