"""Tests of what is kept in memory."""

import pytest

from tfkeypoints.data.holding import fitting


@pytest.mark.parametrize(
    ("most", "expected"), [(90, {"train", "validation"}), (89, {"validation"}), (10, {"validation"}), (9, set())]
)
def test_the_smallest_splits_are_kept_while_all_fit_together(most, expected):
    assert fitting({"train": 80, "validation": 10}, most) == expected
