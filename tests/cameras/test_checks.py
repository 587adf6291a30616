"""What is known to be wrong with a rig is refused, what may be wrong raises an alarm, what is right does neither."""

import dataclasses

import numpy as np
import pytest

from tests import reference
from tfkeypoints.calibration import Calibration
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.checks import alarms, check_cameras
from tfkeypoints.cameras.lens import Lens

SIZE = (640, 480)


def look_at(eye, target=(0.0, 0.0, 0.0)):
    """Extrinsics of a camera at `eye`, by the cross products of their definition; world +z is up."""
    forward = np.subtract(target, eye) / np.linalg.norm(np.subtract(target, eye))
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    extrinsics = np.eye(4)
    extrinsics[:3, :3] = [right, np.cross(forward, right), forward]
    extrinsics[:3, 3] = -extrinsics[:3, :3] @ eye
    return extrinsics


def camera(name, eye, **changes):
    matrix = np.array([[600.0, 0, 322], [0, 610, 236], [0, 0, 1]])
    lens = Lens("pinhole", (-0.2, 0.05, 0.001, 0, 0))
    return dataclasses.replace(Camera(name, SIZE, matrix, lens, look_at(np.array(eye))), **changes)


@pytest.fixture
def rig():
    return [camera("a", (3.0, 0, 1)), camera("b", (0, 3.0, 1.5)), camera("c", (-2.0, -2.0, 2))]


def raised(cameras):
    return alarms(Calibration.from_cameras(cameras))


@pytest.mark.parametrize("origin", [(0, 0, 0), (5e5, 5.4e6, 300)])
@pytest.mark.parametrize("unit", [1e-3, 1.0, 100.0])
def test_a_rig_that_is_right_raises_nothing_wherever_and_in_whichever_unit(rig, unit, origin):
    for i, each in enumerate(rig):
        extrinsics = each.extrinsics.copy()
        extrinsics[:3, 3] = unit * extrinsics[:3, 3] - extrinsics[:3, :3] @ origin
        rig[i] = dataclasses.replace(each, extrinsics=extrinsics)
    check_cameras("rig", rig)
    assert raised(rig) == []


def test_no_cameras_are_refused():
    with pytest.raises(ValueError, match=r"rig should hold cameras\. Received: none"):
        check_cameras("rig", [])


@pytest.mark.parametrize("origin", [(0, 0, 0), (5e5, 5.4e6, 300)])
def test_a_camera_under_two_names_is_refused_wherever_the_rig_is(rig, origin):
    twin = dataclasses.replace(rig[1], name="d", matrix=rig[1].matrix + np.diag([5, 5, 0]))
    cameras = [*rig, twin]
    for i, each in enumerate(cameras):
        extrinsics = each.extrinsics.copy()
        extrinsics[:3, 3] -= extrinsics[:3, :3] @ origin
        cameras[i] = dataclasses.replace(each, extrinsics=extrinsics)
    with pytest.raises(ValueError, match="rig: cameras `b` and `d` stand at one place and look in one direction"):
        check_cameras("rig", cameras)
    nudged = cameras[3].extrinsics.copy()
    nudged[0, 3] += 1e-4
    check_cameras("rig", [*cameras[:3], dataclasses.replace(twin, extrinsics=nudged)])


def test_two_cameras_alone_at_one_place_are_refused():
    with pytest.raises(ValueError, match="stand at one place"):
        check_cameras("rig", [camera("a", (3.0, 0, 1)), camera("b", (3.0, 0, 1))])
    check_cameras("rig", [camera("a", (3.0, 0, 1)), camera("b", (3.0, 1e-6, 1))])


def test_cameras_at_one_place_that_look_elsewhere_raise_an_alarm(rig):
    turned = reference.axis_rotation([0, 1, 0], 0.2)
    extrinsics = rig[0].extrinsics.copy()
    extrinsics[:3] = turned @ extrinsics[:3]
    cameras = [*rig, dataclasses.replace(rig[0], name="d", extrinsics=extrinsics)]
    check_cameras("rig", cameras)
    assert any("`a` and `d` stand nearly at one place" in sentence for sentence in raised(cameras))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": (480, 640), "matrix": np.array([[600.0, 0, 500], [0, 600, 236], [0, 0, 1]])}, "seem to be swapped"),
        ({"matrix": np.array([[600.0, 0, 322], [0, -600, 236], [0, 0, 1]])}, "focal lengths above 0"),
        ({"matrix": np.array([[600.0, 0, np.nan], [0, 600, 236], [0, 0, 1]])}, "finite numbers"),
        ({"extrinsics": np.diag([1.0, 1, -1, 1])}, "a reflection"),
        ({"extrinsics": np.diag([1.0, 1, 2, 1])}, "should be rigid"),
    ],
)
def test_a_camera_that_cannot_be_is_refused_in_every_format(rig, changes, message):
    rig[1] = dataclasses.replace(rig[1], **changes)
    with pytest.raises(ValueError, match=f"rig, camera `b`: .*{message}"):
        check_cameras("rig", rig)


MATRIX = np.array([[600.0, 0, 322], [0, 610, 236], [0, 0, 1]])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"matrix": MATRIX + [[0, 0, 80], [0, 0, 0], [0, 0, 0]]}, "far from the middle of the image: was it cropped"),
        ({"matrix": MATRIX + [[0, 0, 900], [0, 0, 0], [0, 0, 0]]}, "far from the middle of the image: was it cropped"),
        ({"size": (480, 640)}, "far from the middle of the image: are width and height swapped"),
        ({"matrix": MATRIX * [[1.3], [1], [1]] - [[0, 0, 96.6], [0, 0, 0], [0, 0, 0]]}, "differ by a factor 1.279"),
        ({"matrix": np.array([[20, 0, 322], [0, 20, 236], [0, 0, 1.0]]), "lens": Lens()}, "field of view is 172.7°"),
        ({"matrix": np.array([[9000, 0, 322], [0, 9000, 236], [0, 0, 1.0]])}, "vertical field of view is 3.055°"),
        ({"lens": Lens("pinhole", (-1.2, 0, 0, 0))}, "folds within the image"),
        ({"lens": Lens("fisheye", (-3.0, 0, 0, 0))}, "folds within the image"),
        ({"extrinsics": look_at(np.array([0, 3.0, 1.5]), (0, 6.0, 1.5))}, "`b` does not see"),
    ],
)
def test_what_may_be_wrong_raises_an_alarm_that_names_the_camera(rig, changes, message):
    rig[1] = dataclasses.replace(rig[1], **changes)
    check_cameras("rig", rig)
    assert any(message in sentence and "`b`" in sentence for sentence in raised(rig))


def test_wide_and_long_lenses_raise_nothing(rig):
    for focal, lens in ((60, Lens()), (4000, Lens()), (150, Lens("fisheye", (0.01, 0, 0, 0)))):
        rig[1] = dataclasses.replace(
            rig[1], matrix=np.array([[focal, 0, 322], [0, focal, 236], [0, 0, 1.0]]), lens=lens
        )
        assert raised(rig) == []


def test_millimetres_raise_an_alarm(rig):
    for i, each in enumerate(rig):
        extrinsics = each.extrinsics.copy()
        extrinsics[:3, 3] *= 1000
        rig[i] = dataclasses.replace(each, extrinsics=extrinsics)
    sentences = raised(rig)
    assert len(sentences) == 1
    assert "is the unit millimetres" in sentences[0]


def test_parallel_cameras_raise_nothing():
    extrinsics = look_at(np.array([0.0, -3.0, 0]))
    beside = extrinsics.copy()
    beside[0, 3] -= 0.1
    assert raised([camera("a", (3, 0, 1), extrinsics=extrinsics), camera("b", (3, 0, 1), extrinsics=beside)]) == []


def test_a_single_camera_raises_nothing():
    check_cameras("rig", [camera("a", (3.0, 0, 1))])
    assert raised([camera("a", (3.0, 0, 1))]) == []
