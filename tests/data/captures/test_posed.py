"""Objects that were photographed are found where they are, and windows show them where their cameras say."""

import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

from tests import reference
from tests.data.captures import drawn
from tfkeypoints.data.captures import fronts, window
from tfkeypoints.data.captures.posed import Posed

PLACE, UNIT = np.array([30.0, -7.0, 2.0]), 25.0


@pytest.fixture(scope="module")
def told():
    return drawn.make(seed=1, photos=10, unit=UNIT, place=PLACE, turn=20.0)


@pytest.fixture(scope="module")
def posed(told, tmp_path_factory):
    folder = told.write(tmp_path_factory.mktemp("captures") / "balls", masks=True)
    return Posed.of(folder, reference.axis_rotation([0, 0, 1], np.deg2rad(-20.0)))


def test_the_middle_and_the_radius_are_those_of_the_object(posed):
    # In the frame in which it is not turned, the middle of its box; a hull of ten photos is larger by a little.
    low, high = (drawn.CENTRES - drawn.RADII[:, None]).min(0), (drawn.CENTRES + drawn.RADII[:, None]).max(0)
    turned = reference.axis_rotation([0, 0, 1], np.deg2rad(20.0))
    middle = PLACE + UNIT * turned @ ((low + high) / 2)
    assert np.linalg.norm(posed.centre - middle) < 0.08 * UNIT
    farthest = (np.linalg.norm(drawn.CENTRES - (low + high) / 2, axis=1) + drawn.RADII).max()
    assert posed.radius == pytest.approx(UNIT * farthest, rel=0.06)


def test_points_go_to_the_file_and_back(posed, told):
    points = np.random.default_rng(0).normal(size=(5, 3))
    pixels = posed.capture.calibration.project(points)
    np.testing.assert_allclose(pixels, told.calibration.project(posed.to_file(points)), atol=1e-6)


def test_a_window_shows_each_ball_where_its_camera_says(posed, told):
    checked = 0
    for view, photo in enumerate(posed.capture.photos):
        extrinsics, focal = posed.aim(view, (0.05, -0.1, 0.02))
        image = posed.cut(view, photo.read(), extrinsics, focal, 64)
        for ball in (1, 2, 3):
            centre = (told.centres[ball] - posed.centre) @ posed.axes.T / posed.radius
            seen = extrinsics[:3, :3] @ centre + extrinsics[:3, 3]
            expected = (focal * seen[:2] / seen[2] + 1) * 32 - 0.5
            place = drawn.find(image, ball)
            if place is not None and not _hidden(view, ball, told):
                assert np.abs(place - expected).max() < 1.0  # of 64 pixels; a photo's pixel is about as large
                checked += 1
    assert checked > 10


def _hidden(view, ball, told):
    """Whether another ball is in front of any part of one."""
    seen = told.centres @ told.calibration.extrinsics[view, :3, :3].T + told.calibration.extrinsics[view, :3, 3]
    angles = [
        np.arccos(min(1.0, seen[ball] @ each / np.linalg.norm(seen[ball]) / np.linalg.norm(each))) for each in seen
    ]
    sizes = told.radii / np.linalg.norm(seen, axis=1)
    nearer = np.linalg.norm(seen, axis=1) < np.linalg.norm(seen[ball])
    return bool((nearer & (np.array(angles) < sizes + sizes[ball])).any())


def test_a_window_looks_at_what_it_is_aimed_at_with_z_up(posed):
    target = np.array([0.1, 0.05, -0.1])
    extrinsics, focal = posed.aim(3, target)
    seen = extrinsics[:3, :3] @ target + extrinsics[:3, 3]
    np.testing.assert_allclose(seen[:2], 0, atol=1e-9)
    assert focal == pytest.approx(2 * seen[2] / window.SIDE)  # the same part of the world from near and from far
    assert (extrinsics[:3, :3] @ [0, 0, 1])[0] == pytest.approx(0)
    eye = np.linalg.inv(posed.capture.calibration.extrinsics[3])[:3, 3]
    np.testing.assert_allclose(np.linalg.inv(extrinsics)[:3, 3], eye, atol=1e-9)


def test_a_constant_photo_stays_constant_and_ends_at_its_border(posed):
    one = dataclasses.replace(drawn.make(photos=1, lens=drawn.Lens()).calibration, lenses=())
    rgba = np.full((drawn.SIZE[1], drawn.SIZE[0], 4), (10, 200, 30, 255), np.uint8)
    image = window.cut(rgba, one, np.eye(3), 0.5 * one.intrinsics[0, 1, 1], 40)  # shows twice the photo's height
    assert set(map(tuple, image.reshape(-1, 4).tolist())) >= {(10, 200, 30, 255), (0, 0, 0, 0)}
    inside = image[..., 3] > 0
    assert inside.sum() == pytest.approx(20 * 20 * drawn.SIZE[0] / drawn.SIZE[1], abs=45)
    assert (image[image[..., 3] == 255][:, :3] == (10, 200, 30)).all()


def test_a_photo_with_a_wrong_pose_is_left_out_by_name(tmp_path):
    told = drawn.make(seed=2, photos=9)
    extrinsics = told.calibration.extrinsics.copy()
    extrinsics[4] = extrinsics[0] + np.array([[0, 0, 0, 2.5], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    told.write(tmp_path / "balls")
    wrong = dataclasses.replace(
        told.calibration, extrinsics=extrinsics, names=tuple(f"{name}.png" for name in told.calibration.names)
    )
    (tmp_path / "balls" / "transforms.json").write_text(json.dumps(drawn.transforms(wrong)))
    posed = Posed.of(tmp_path / "balls", np.eye(3))
    assert len(posed.capture.photos) == 8
    (remark,) = [each for each in posed.capture.remarks if "left out" in each]
    assert "images/p04.png" in remark and "1 of 9" in remark


def test_inverted_masks_are_named(tmp_path):
    folder = drawn.make(photos=4).write(tmp_path / "balls", masks=True)
    for path in (folder / "masks").iterdir():
        Image.fromarray(255 - np.asarray(Image.open(path))).save(path)
    with pytest.raises(ValueError, match="are they inverted"):
        Posed.of(folder, np.eye(3))


def test_up_is_what_is_up_in_the_photos():
    lean = reference.axis_rotation([1, 2, 0.5], 0.7)
    extrinsics = drawn.make(photos=7, lean=lean).calibration.extrinsics
    np.testing.assert_allclose(fronts.up_of(extrinsics), lean @ [0, 0, 1], atol=1e-6)
    assert fronts.up_of(extrinsics[[0, 0, 0]]) is None  # from one side alone
