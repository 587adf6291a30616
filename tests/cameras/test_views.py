"""Where cameras stand, look and meet, and how wide they see."""

from fractions import Fraction

import numpy as np

from tests import reference
from tfkeypoints.cameras import views
from tfkeypoints.cameras.lens import Lens

MATRIX = np.array([[300.0, 0, 319.5], [0, 250, 239.5], [0, 0, 1]])


def test_a_camera_stands_where_its_extrinsics_lead_to_zero(rng):
    _, extrinsics = reference.random_cameras(rng, (4,))
    for eye, each in zip(views.centres(extrinsics), extrinsics, strict=True):
        np.testing.assert_allclose(each[:3, :3] @ eye + each[:3, 3], 0, atol=1e-14)


def test_axes_are_what_lies_ahead(rng):
    _, extrinsics = reference.random_cameras(rng, (4,))
    ahead = views.centres(extrinsics) + 2 * views.axes(extrinsics)
    for point, each in zip(ahead, extrinsics, strict=True):
        np.testing.assert_allclose(each[:3, :3] @ point + each[:3, 3], [0, 0, 2], atol=1e-14)


def test_up_is_the_axis_that_most_images_agree_on():
    extrinsics = np.stack([np.eye(4)] * 3)
    extrinsics[:, 1, :3] = [[0.6, 0, -0.8], [-0.6, 0, -0.8], [0, 1, 0]]  # down in the images
    np.testing.assert_array_equal(views.up(extrinsics), [0, 0, 1])
    np.testing.assert_array_equal(views.up(extrinsics[2:]), [0, -1, 0])
    np.testing.assert_array_equal(views.up(np.stack([extrinsics] * 2)), [0, 0, 1])  # of cameras that move
    opposite = np.stack([np.eye(4), np.diag([1.0, -1, -1, 1])])
    assert np.abs(views.up(opposite)).sum() == 1


def test_a_size_that_is_not_known_is_taken_about_the_principal_point():
    np.testing.assert_array_equal(views.assumed_size((0, 0), MATRIX), [640, 480])
    np.testing.assert_array_equal(views.assumed_size((800, 600), MATRIX), [800, 600])
    outside = MATRIX - [[0, 0, 400], [0, 0, 0], [0, 0, 0]]
    np.testing.assert_array_equal(views.assumed_size((0, 0), outside), [1, 480])


def test_axes_meet_where_they_were_laid_through_wherever_the_origin_is(rng):
    for origin in (np.zeros(3), np.array([5e5, 5e6, 300])):
        extrinsics = np.stack([np.eye(4)] * 3)
        for each in extrinsics:
            each[:3, :3] = reference.random_rotation(rng)
            each[:3, 3] = [0, 0, rng.uniform(1, 3)] - each[:3, :3] @ (origin + [0.3, -0.2, 0.1])
        np.testing.assert_allclose(views.meeting_point(extrinsics) - origin, [0.3, -0.2, 0.1], atol=1e-7)


def test_parallel_axes_meet_nowhere():
    extrinsics = np.stack([np.eye(4)] * 2)
    extrinsics[1, :3, 3] = [1, 2, 0]
    assert views.meeting_point(extrinsics) is None
    assert views.meeting_point(extrinsics[:1]) is None


def test_the_span_is_that_of_the_cameras_farthest_apart():
    extrinsics = np.stack([np.eye(4)] * 3)
    extrinsics[:, :3, 3] = [[0, 0, 0], [-3, 0, 0], [0, -4, 0]]
    assert views.span(extrinsics) == 5
    assert views.span(extrinsics[:1]) == 0


def test_moving_the_origin_is_exact_but_for_one_rounding(rng):
    _, extrinsics = reference.random_cameras(rng, (3,))
    origin = np.array([512345.678, 5412345.678, 312.5])
    found = views.about(extrinsics, origin)
    for view, row in np.ndindex(3, 3):
        exact = sum(Fraction(r) * Fraction(o) for r, o in zip(extrinsics[view, row, :3], origin, strict=True))
        assert found[view, row, 3] == float(exact + Fraction(extrinsics[view, row, 3]))
    np.testing.assert_array_equal(found[:, :3, :3], extrinsics[:, :3, :3])


def test_fields_of_view_of_a_pinhole_and_a_fisheye_lens():
    pinhole = views.fields_of_view((640, 480), MATRIX, Lens())
    np.testing.assert_allclose(pinhole, np.degrees([2 * np.arctan(320 / 300), 2 * np.arctan(240 / 250)]), rtol=1e-12)
    equidistant = views.fields_of_view((640, 480), MATRIX, Lens("fisheye", (0.0,) * 4))
    np.testing.assert_allclose(equidistant, np.degrees([2 * 320 / 300, 2 * 240 / 250]), rtol=1e-12)
    assert np.isnan(views.fields_of_view((640, 480), MATRIX, Lens("pinhole", (-0.4, 0, 0, 0)))).all()


def test_border_rays_end_at_the_outer_edges_of_the_outermost_pixels():
    rays = views.border_rays((640, 480), MATRIX, Lens())
    np.testing.assert_allclose(np.abs(rays[:, :2]).max(0), [320 / 300, 240 / 250], rtol=1e-12)
    on_border = np.isclose(np.abs(rays[:, :2]), [320 / 300, 240 / 250]).any(1)
    assert on_border.all()
    assert len(np.unique(rays.round(9), axis=0)) == 64
    inner = views.border_rays((640, 480), MATRIX, Lens(), part=0.5)
    np.testing.assert_allclose(np.abs(inner[:, :2]).max(0), [160 / 300, 120 / 250], rtol=1e-12)
