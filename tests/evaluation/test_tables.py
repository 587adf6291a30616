import math

from tfkeypoints.evaluation.tables import format_rows, format_table


def test_a_table_has_a_row_for_each_metric_and_a_column_for_each_model():
    lines = format_table(
        {"trained": {"spread_3d": 0.5, "pck_0.1": 1.0}, "untrained": {"spread_3d": 2.0, "pck_0.1": 0.0}}
    )
    assert [line.split() for line in lines.splitlines()] == [
        ["trained", "untrained"], ["spread", "3d", "0.5", "2"], ["pck", "0.1", "1", "0"]
    ]  # fmt: skip


def test_what_is_not_known_is_a_dash():
    lines = format_rows(["a", "b", "c"], {"row": [None, math.nan, "7"]}, width=3, label_width=4).splitlines()
    assert lines == ["      a  b  c", "row   –  –  7"]
    assert format_table({"trained": {"ssim": 0.25}, "untrained": {}}).split() == [
        "trained", "untrained", "ssim", "0.25", "–"
    ]  # fmt: skip
