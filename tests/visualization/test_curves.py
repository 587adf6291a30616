"""Curves are drawn from the right numbers."""

import numpy as np
import pytest

from tfkeypoints.visualization import curves, error_curve, training_curves


@pytest.fixture
def drawn(monkeypatch):
    """The figures drawn during a test, in order."""
    figures, pixels = [], curves.pixels_of

    def record(figure):
        figures.append(figure)
        return pixels(figure)

    monkeypatch.setattr(curves, "pixels_of", record)
    return figures


def test_error_curve_is_the_cumulative_share(drawn):
    picture = error_curve([8.0, 2.0, 4.0, 90.0], baseline=[80.0, 100.0])
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[-1] == 3
    trained, untrained = drawn[0].axes[0].lines
    np.testing.assert_array_equal(trained.get_xdata(), [2, 4, 8, 90, 180])
    np.testing.assert_array_equal(trained.get_ydata(), [0, 25, 50, 75, 100])
    assert trained.get_label() == "trained: mean 26.0°, median 6.0°"
    assert untrained.get_label() == "untrained: mean 90.0°, median 90.0°"


def test_several_error_curves_have_names_and_colors_of_their_own(drawn):
    error_curve({"chairs": [3.0], "cars": [5.0]})
    first, second = drawn[0].axes[0].lines
    assert first.get_label().startswith("chairs")
    assert second.get_label().startswith("cars")
    assert first.get_color() != second.get_color()


def test_axes_name_their_units(drawn):
    error_curve([1.0])
    assert "degrees" in drawn[0].axes[0].get_xlabel()
    assert "%" in drawn[0].axes[0].get_ylabel()


def test_training_curves_give_each_term_a_panel_shared_with_its_validation(tmp_path, drawn):
    path = tmp_path / "history.csv"
    path.write_text("epoch,loss,angular_error,val_loss\n0,4.0,90,\n1,3.0,60,3.5\n2,2.0,30,\n3,1.0,10,1.5\n")
    picture = training_curves(path)
    assert picture.dtype == np.uint8
    loss, error = drawn[0].axes
    training, validation = loss.lines
    np.testing.assert_array_equal(training.get_xydata(), [[0, 4], [1, 3], [2, 2], [3, 1]])
    np.testing.assert_array_equal(validation.get_xydata(), [[1, 3.5], [3, 1.5]])
    assert error.get_title(loc="left") == "angular error"
    assert error.get_ylabel() == "degrees"
    assert error.get_xlabel() == "epoch"


def test_training_curves_are_drawn_over_the_step_where_there_is_one(tmp_path, drawn):
    path = tmp_path / "history.csv"
    path.write_text("epoch,step,loss\n1,250,4.0\n2,500,3.0\n")
    training_curves(path)
    (loss,) = drawn[0].axes
    np.testing.assert_array_equal(loss.lines[0].get_xydata(), [[250, 4], [500, 3]])
    assert loss.get_xlabel() == "step"


@pytest.mark.parametrize("errors", [[], [np.nan, 1.0], [-1.0]])
def test_errors_that_are_no_errors_are_refused(errors):
    with pytest.raises(ValueError, match="`errors`"):
        error_curve(errors)


def test_a_history_without_rows_is_refused(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,loss\n")
    with pytest.raises(ValueError, match=r"history\.csv"):
        training_curves(path)
