"""Each camera's pictures show the world keypoints where they project to."""

import numpy as np
import pytest
from PIL import Image

from tests import reference
from tfkeypoints.data.recordings import Missing
from tfkeypoints.inference.drawing import Drawing
from tfkeypoints.visualization import palette

SIZES = ((120, 60), (50, 80))


def pictures(drawing, count, first=0):
    images = [Image.new("RGB", size, (90, 90, 90)) for size in SIZES]
    return [
        [drawing.prepare(time, view, image) for view, image in enumerate(images)]
        for time in range(first, first + count)
    ]


def test_points_are_where_the_cameras_see_them(calibration, make_tracks):
    tracks = make_tracks(2)
    drawing = Drawing(calibration, 2, 10)
    drawn = list(drawing.draw(0, pictures(drawing, 2), tracks))
    assert [picture.shape for picture in drawn] == [(20 + 160 + 20, 2 * 320 + 4, 3)] * 2
    picture = drawn[1][20:-20, :320]
    for point, color in zip(tracks.keypoints[1], palette(2), strict=True):
        rows, columns = np.nonzero((picture == color).all(-1))
        uv, _ = reference.project(point, calibration.intrinsics[0], calibration.extrinsics[0])
        expected = (uv + 1) / 2 * (320, 160) - 0.5
        np.testing.assert_allclose((columns.mean(), rows.mean()), expected, atol=1.5)
    np.testing.assert_allclose(drawing.tiles[0], (0, 20, 320, 160))
    # 50 × 80 in 120 × 60 is 38 wide, 37.5 by its corners; and is drawn 320 / 120 times as large.
    np.testing.assert_allclose(drawing.tiles[1], (324 + 110, 20, 100, 160), atol=320 / 120)
    padded = drawn[0][20:-20, 324:]
    assert (padded[:, :100] == 0).all()  # the upright images of the second camera stand in the middle


def test_where_an_image_is_missing_the_picture_is_black_and_has_no_points(calibration, make_tracks):
    tracks = make_tracks(2)
    tracks.keypoints[1] = tracks.confidence[1, 1] = np.nan
    drawing = Drawing(calibration, 2, 10)
    shown = pictures(drawing, 2)
    shown[1][1] = Missing("gone")
    first, second = (picture[20:-20] for picture in drawing.draw(0, shown, tracks))
    assert (first == palette(1)[0]).all(-1).any()
    assert not (second == palette(1)[0]).all(-1).any()
    assert not second[:, 324:].any()
    assert (second[:, :320] == 90).all()


@pytest.mark.parametrize(("fps", "every", "shown"), [(10, 1, 10), (30, 1, 30), (59.94, 2, 29.97), (100, 4, 25)])
def test_fast_recordings_are_drawn_at_a_rate_that_players_show(calibration, make_tracks, fps, every, shown):
    drawing = Drawing(calibration, 20, fps)
    assert drawing.fps == pytest.approx(shown)
    drawn = list(drawing.draw(3, pictures(drawing, 13, 3), make_tracks(13, 3)))
    assert len(drawn) == sum(time % every == 0 for time in range(3, 16))
    assert (drawing.prepare(5, 0, Image.new("RGB", SIZES[0])) is None) == (every > 1)


@pytest.mark.parametrize("fps", [10, 60])
def test_what_is_remembered_draws_the_same_as_what_was_drawn(calibration, make_tracks, fps):
    """As after a prediction was killed behind frame 15: the trails reach back before it."""
    tracks = make_tracks(40)
    tracks.keypoints[...] += 0.02 * np.arange(40)[:, None, None]
    through = Drawing(calibration, 40, fps)
    list(through.draw(0, pictures(through, 16), tracks[:16]))
    resumed = Drawing(calibration, 40, fps)
    resumed.remember(0, tracks[:16])
    expected = list(through.draw(16, pictures(through, 24, 16), tracks[16:]))
    drawn = list(resumed.draw(16, pictures(resumed, 24, 16), tracks[16:]))
    np.testing.assert_array_equal(drawn, expected)
    fresh = Drawing(calibration, 40, fps)
    assert (next(fresh.draw(16, pictures(fresh, 24, 16), tracks[16:])) != expected[0]).any()
