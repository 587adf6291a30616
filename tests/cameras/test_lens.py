"""Lenses against the published formulas a number at a time, and against OpenCV's own numbers."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from tests import reference
from tfkeypoints.cameras.lens import Lens

OPENCV = json.loads((Path(__file__).parent / "data/opencv_projections.json").read_text())

STRONG = {
    "barrel": (-0.4, 0.0, 0.0, 0.0),
    "action camera": (-0.28, 0.09, 0.0009, -0.0013, -0.012),
    "pincushion": (0.3, 0.2, 0.01, -0.02, 0.1),
    "rational": (-0.31, 0.12, 0.0013, -0.0021, -0.02, 0.14, -0.035, 0.003),
    "prism": (-0.31, 0.12, 0.0013, -0.0021, -0.02, 0.14, -0.035, 0.003, 0.011, -0.007, 0.009, 0.004),
    "tilted": (-0.31, 0.12, 0.0013, -0.0021, -0.02, 0.04, -0.015, 0.003, 0.011, -0.007, 0.009, 0.004, 0.16, -0.21),
}
FISHEYE = (-0.04, 0.012, -0.006, 0.0009)


def pinhole_by_hand(x, y, coefficients):
    """One ideal place to its distorted one, term by term; the tilt by rotation matrices and a homography."""
    k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4, tau_x, tau_y = (*coefficients, *[0.0] * (14 - len(coefficients)))
    r = math.hypot(x, y)
    radial = (1 + k1 * r**2 + k2 * r**4 + k3 * r**6) / (1 + k4 * r**2 + k5 * r**4 + k6 * r**6)
    u = x * radial + 2 * p1 * x * y + p2 * (r**2 + 2 * x**2) + s1 * r**2 + s2 * r**4
    v = y * radial + p1 * (r**2 + 2 * y**2) + 2 * p2 * x * y + s3 * r**2 + s4 * r**4
    about_x = np.array([[1, 0, 0], [0, np.cos(tau_x), np.sin(tau_x)], [0, -np.sin(tau_x), np.cos(tau_x)]])
    about_y = np.array([[np.cos(tau_y), 0, -np.sin(tau_y)], [0, 1, 0], [np.sin(tau_y), 0, np.cos(tau_y)]])
    turned = about_y @ about_x
    onto_sensor = np.array([[turned[2, 2], 0, -turned[0, 2]], [0, turned[2, 2], -turned[1, 2]], [0, 0, 1]])
    a, b, c = onto_sensor @ turned @ [u, v, 1]
    return a / c, b / c


def fisheye_by_angle(angle, about, coefficients):
    """A direction by its angle off the axis and about it, to its place."""
    k1, k2, k3, k4 = coefficients
    radius = angle * (1 + k1 * angle**2 + k2 * angle**4 + k3 * angle**6 + k4 * angle**8)
    return radius * np.cos(about), radius * np.sin(about)


def direction(angle, about, length=1.0):
    return length * np.array([np.sin(angle) * np.cos(about), np.sin(angle) * np.sin(about), np.cos(angle)])


@pytest.mark.parametrize("count", [0, 4, 5, 8, 12, 14])
def test_pinhole_lenses_distort_as_the_published_formula_and_opencv(count):
    coefficients = tuple(OPENCV["coefficients"][:count])
    rotation_vector = np.array(OPENCV["rotation_vector"])
    rotation = reference.axis_rotation(rotation_vector, np.linalg.norm(rotation_vector))
    points = np.array(OPENCV["points"]) @ rotation.T + OPENCV["translation"]
    found = Lens("pinhole", coefficients).image(points)
    by_hand = [pinhole_by_hand(x / z, y / z, coefficients) for x, y, z in points]
    np.testing.assert_allclose(found, by_hand, rtol=0, atol=1e-14)
    (fx, _, cx), (_, fy, cy), _ = OPENCV["matrix"]
    np.testing.assert_allclose(found * [fx, fy] + [cx, cy], OPENCV["pinhole"][str(count)], rtol=0, atol=1e-9)


def test_a_fisheye_lens_distorts_as_opencv_does():
    rotation_vector = np.array(OPENCV["rotation_vector"])
    rotation = reference.axis_rotation(rotation_vector, np.linalg.norm(rotation_vector))
    points = np.array(OPENCV["points"]) @ rotation.T + OPENCV["translation"]
    found = Lens("fisheye", tuple(OPENCV["fisheye_coefficients"])).image(points)
    (fx, _, cx), (_, fy, cy), _ = OPENCV["matrix"]
    np.testing.assert_allclose(found * [fx, fy] + [cx, cy], OPENCV["fisheye"], rtol=0, atol=1e-9)


@pytest.mark.parametrize("degrees", [0.0, 1e-7, 30.0, 89.0, 90.0, 100.0, 150.0])
@pytest.mark.parametrize("about", [0.3, 2.5, -1.9])
def test_a_fisheye_lens_sees_past_90_degrees_and_back(degrees, about):
    lens, angle = Lens("fisheye", FISHEYE), np.radians(degrees)
    place = lens.image(direction(angle, about, length=3.0))
    # Some 40 roundings of 1e-16: NumPy's sine is off by up to four, other ones on other processors.
    np.testing.assert_allclose(place, fisheye_by_angle(angle, about, FISHEYE), rtol=4e-15, atol=1e-15)
    np.testing.assert_allclose(lens.rays(place), direction(angle, about), rtol=0, atol=1e-14)
    if degrees < 90:
        np.testing.assert_allclose(lens.undistort(place), direction(angle, about)[:2] / np.cos(angle), rtol=1e-12)
    else:
        assert np.isnan(lens.undistort(place)).all()


def test_a_fisheye_lens_ends_at_its_fold():
    lens = Lens("fisheye", (-0.1, 0.0, 0.0, 0.0))
    fold = np.sqrt(1 / 0.3)  # where d/dθ (θ - 0.1 θ³) = 0
    last = fold - 0.1 * fold**3
    for angle, seen in ((fold * (1 - 1e-9), True), (fold * (1 + 1e-9), False), (2.5, False), (np.pi, False)):
        assert np.isfinite(lens.image(direction(angle, 0.7))).all() == seen
    assert np.isfinite(lens.rays([0.0, last * (1 - 1e-12)])).all()
    assert np.isnan(lens.rays([0.0, last * (1 + 1e-12)])).all()


def test_a_barrel_lens_ends_at_its_fold():
    lens = Lens("pinhole", (-0.4, 0, 0, 0))
    fold = np.sqrt(1 / 1.2)  # where d/dr (r - 0.4 r³) = 0
    about = np.linspace(0, 2 * np.pi, 100)
    circle = np.stack([np.cos(about), np.sin(about)], -1)
    assert np.isfinite(lens.distort(circle * fold * (1 - 1e-9))).all()
    assert np.isnan(lens.distort(circle * fold * (1 + 1e-9))).all()
    assert np.isnan(lens.distort(circle * np.array([1.0, 1.58, 2.0, 50.0, 1e4, 1e8])[:, None, None])).all()
    last = fold - 0.4 * fold**3
    assert np.isfinite(lens.undistort(circle * last * (1 - 1e-9))).all()
    assert np.isnan(lens.undistort(circle * last * (1 + 1e-9))).all()


def test_where_the_distortion_turns_back_a_second_time_there_is_still_no_image():
    lens = Lens("pinhole", (-0.8, 0.4, 0.0, 0.0))  # r - 0.8 r³ + 0.4 r⁵ falls for 0.75 < r < 0.94, then grows
    slopes = np.roots([2.0, -2.4, 1.0])  # of r²; complex: it never falls
    assert np.iscomplex(slopes).all()
    assert np.isfinite(lens.distort([[0.9, 0.0], [3.0, 0.0]])).all()
    lens = Lens("pinhole", (-0.95, 0.4, 0.0, 0.0))
    first, second = np.sqrt(np.sort(np.roots([2.0, -2.85, 1.0])))
    radii = np.array([first - 1e-6, first + 1e-6, (first + second) / 2, second + 1e-6, 5.0])
    found = lens.distort(np.stack([radii, 0 * radii], -1))
    np.testing.assert_array_equal(np.isfinite(found[:, 0]), [True, False, False, False, False])


@pytest.mark.parametrize("name", STRONG)
def test_the_fold_lies_where_the_jacobian_by_differences_first_turns_over(name, rng):
    lens, step = Lens("pinhole", STRONG[name]), 1e-6
    radii = np.linspace(0.01, 3, 600)
    for about in rng.uniform(-np.pi, np.pi, 12):
        outwards = np.array([np.cos(about), np.sin(about)])
        determinants = []
        for radius in radii:
            x, y = radius * outwards
            columns = [
                np.subtract(
                    pinhole_by_hand(x + dx, y + dy, STRONG[name]), pinhole_by_hand(x - dx, y - dy, STRONG[name])
                )
                for dx, dy in ((step, 0), (0, step))
            ]
            determinants.append(np.linalg.det(np.stack(columns, -1)) / (4 * step**2))
        before = np.cumsum(np.array(determinants) <= 0) == 0
        clear = np.abs(np.arange(600) - before.sum()) > 1  # not the two radii between which the fold lies
        seen = np.isfinite(lens.distort(radii[:, None] * outwards)[:, 0])
        np.testing.assert_array_equal(seen[clear], before[clear])


@pytest.mark.parametrize("name", STRONG)
def test_what_a_strong_lens_distorts_comes_back_everywhere_before_its_fold(name):
    lens = Lens("pinhole", STRONG[name])
    x, y = np.meshgrid(np.linspace(-1.6, 1.6, 161), np.linspace(-1.2, 1.2, 121))
    ideal = np.stack([x, y], -1)
    distorted = lens.distort(ideal)
    seen = np.isfinite(distorted).all(-1)
    assert seen.sum() > 3000
    found = lens.undistort(distorted)
    np.testing.assert_array_equal(np.isfinite(found).all(-1), seen)
    # A focal length of 1000 pixels: 1e-6 pixels are 1e-9.
    np.testing.assert_allclose(lens.distort(found)[seen], distorted[seen], rtol=0, atol=1e-11)
    np.testing.assert_allclose(found[seen], ideal[seen], rtol=0, atol=1e-9)


def test_where_opencv_does_not_converge_the_place_is_found():
    """k1 = -0.3 at x = 1: cv2.undistortPoints of opencv-python-headless 4.14.0.94 finds 0.946."""
    lens = Lens("pinhole", (-0.3, 0, 0, 0, 0))
    np.testing.assert_allclose(lens.undistort([1.0 - 0.3, 0.0]), [1, 0], rtol=0, atol=1e-11)


@pytest.mark.parametrize("name", STRONG)
def test_the_jacobian_is_that_of_differences(name, rng):
    from tfkeypoints.cameras import pinhole

    x, y = rng.uniform(-0.6, 0.6, (2, 20))
    step = 1e-6
    _, found, _ = pinhole.evaluate(x, y, STRONG[name])
    for i in range(20):
        by_x = np.subtract(
            pinhole_by_hand(x[i] + step, y[i], STRONG[name]), pinhole_by_hand(x[i] - step, y[i], STRONG[name])
        )
        by_y = np.subtract(
            pinhole_by_hand(x[i], y[i] + step, STRONG[name]), pinhole_by_hand(x[i], y[i] - step, STRONG[name])
        )
        numeric = np.array([by_x[0], by_y[0], by_x[1], by_y[1]]) / (2 * step)
        np.testing.assert_allclose(np.array(found)[:, i], numeric, rtol=0, atol=1e-8)


def test_points_behind_a_pinhole_camera_have_no_image():
    for lens in (Lens(), Lens("pinhole", STRONG["barrel"])):
        found = lens.image([[0.1, 0.2, 1.0], [0.1, 0.2, 0.0], [0.1, 0.2, -1.0], [0, 0, np.nan]])
        np.testing.assert_array_equal(np.isfinite(found).all(-1), [True, False, False, False])


def test_no_number_comes_of_what_is_none():
    for lens in (Lens(), Lens("pinhole", STRONG["tilted"]), Lens("fisheye", FISHEYE)):
        for function in (lens.distort, lens.undistort):
            found = function([[np.nan, 0.1], [0.1, np.inf], [0.1, 0.2]])
            assert np.isfinite(found[2]).all()
            assert not np.isfinite(found[:2]).all(-1).any()


def test_an_ideal_lens_changes_nothing():
    xy = np.array([[0.3, -0.7], [12.0, 3.0]])
    for lens in (Lens(), Lens("pinhole", (0.0,) * 5)):
        assert lens.ideal
        np.testing.assert_array_equal(lens.distort(xy), xy)
        np.testing.assert_array_equal(lens.undistort(xy), xy)
    assert not Lens("fisheye", (0.0,) * 4).ideal  # which maps angles, not tangents


@pytest.mark.parametrize(
    ("kind", "coefficients", "message"),
    [
        ("pinhole", (0.1, 0.2, 0.3), "0 or 4 or 5 or 8 or 12 or 14"),
        ("fisheye", (0.1,) * 5, "a fisheye lens should be 4"),
        ("fisheye", (), "a fisheye lens should be 4"),
        ("omni", (), "one of pinhole, fisheye.*'omni'"),
        ("pinhole", (0.1, math.nan, 0, 0), "finite numbers"),
        ("pinhole", (0.1, 1e300, 0, 0), "finite numbers"),
        ("pinhole", ("a", 0, 0, 0), "should be numbers"),
        ("pinhole", (0.0,) * 12 + (1.6, 0.0), "less than π/2"),
    ],
)
def test_a_lens_that_cannot_be_is_named(kind, coefficients, message):
    with pytest.raises(ValueError, match=message):
        Lens(kind, coefficients)


@pytest.mark.parametrize("kind", ["pinhole", "fisheye"])
@pytest.mark.parametrize("place", [(0.2, -0.1), (0.9, 0.4), (30.0, -4.0), (np.nan, 0.0)])
def test_a_single_place_is_what_it_is_among_others(kind, place):
    """Before the fold, near to it, past it, and unknown."""
    lens = Lens(kind, (-0.3, 0.02, 0.001, -0.002) if kind == "pinhole" else (0.3, -0.4, 0.1, 0.0))
    for function in (lens.distort, lens.undistort, lens.rays):
        alone, among = function(np.array(place)), function(np.array([place, (0.1, 0.1)]))
        assert alone.shape == among.shape[1:]
        np.testing.assert_array_equal(alone, among[0])
    point = np.array([*place, 1.0])
    np.testing.assert_array_equal(lens.image(point), lens.image(np.stack([point, point]))[0])
