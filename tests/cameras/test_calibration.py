"""Camera files: what they say, and what is told when they are wrong."""

import json

import numpy as np
import pytest

from tests import reference
from tfkeypoints.calibration import read_calibration


def record(eye=(0.0, 0.0, -2.0), **changes):
    extrinsics = np.eye(4)
    extrinsics[:3, 3] = -np.array(eye)
    sizes = {"fx": 525.0, "fy": 500.0, "cx": 319.5, "cy": 200.0, "width": 640, "height": 480}
    return {**sizes, "extrinsics": extrinsics.tolist(), **changes}


@pytest.fixture
def write(tmp_path):
    def write(content, name="cameras.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_pixels_become_normalised_intrinsics_and_cameras_keep_their_order(write):
    found = read_calibration(write({"right": record(), "left": record(eye=(1, 0, -2), width=320, height=240)}))
    assert found.names == ("right", "left")
    np.testing.assert_array_equal(found.sizes, [[640, 480], [320, 240]])
    expected = [[2 * 525 / 640, 0, 0], [0, 2 * 500 / 480, 401 / 480 - 1], [0, 0, 1]]
    np.testing.assert_allclose(found.intrinsics[0], expected, atol=1e-6)
    np.testing.assert_allclose(found.extrinsics[1, :3, 3], [-1, 0, 2])
    assert found.extrinsics.dtype == found.intrinsics.dtype == np.float64


TABLE = """
[cam_{number}]
name = "{name}"
size = [640, 480]
matrix = [[525.0, 0.0, 319.5], [0.0, 500.0, 200.0], [0.0, 0.0, 1.0]]
distortions = {distortions}
rotation = {rotation}
translation = {translation}
"""


def table(
    number=0, name="left", distortions="[0.0, 0.0, 0.0, 0.0, 0.0]", rotation="[0.0, 0.0, 0.0]", translation="[0, 0, 2]"
):
    return TABLE.format(number=number, name=name, distortions=distortions, rotation=rotation, translation=translation)


def test_the_toml_of_anipose_gives_the_same_cameras_as_json(write):
    axis, angle = np.array([1.0, -2.0, 0.5]), 0.7
    turned = axis / np.linalg.norm(axis) * angle
    text = (
        table() + table(1, "right", rotation=turned.tolist(), translation="[0.5, 0.0, 3.0]") + "[metadata]\nerror = 1\n"
    )
    extrinsics = np.eye(4)
    extrinsics[:3, :3], extrinsics[:3, 3] = reference.axis_rotation(axis, angle), [0.5, 0, 3]
    toml = read_calibration(write(text, "calibration.toml"))
    same = read_calibration(write({"left": record(), "right": record(extrinsics=extrinsics.tolist())}))
    assert toml.names == same.names == ("left", "right")
    for name in ("sizes", "intrinsics", "extrinsics"):
        np.testing.assert_allclose(getattr(toml, name), getattr(same, name), atol=1e-6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (table(distortions="[0.1, 0, 0, 0, 0, 0]"), "`distortions` of a pinhole lens should be 0 or 4 or 5"),
        (table() + "fisheye = true\n", "`distortions` of a fisheye lens should be 4 coefficients"),
        (table(distortions="[0.1, 0, 0, 0]"), "no fisheye"),
        (table(rotation="[0.0, 0.0]"), "`rotation` should be 3 finite numbers"),
        (table().replace("matrix = [", "matrix = [[1.0], "), "`matrix` should be 3 × 3 finite numbers"),
        (table() + table(1), "hold each camera once.*`left`, 2 times"),
        ("version = 1\n" + table(), "table `version` should hold"),
        ("a = [", "does not parse"),
        ("[metadata]\n", "of one of these formats.*TOML with metadata"),
    ],
)
def test_a_toml_that_is_wrong_is_named(write, text, message):
    with pytest.raises(ValueError, match=message):
        read_calibration(write(text, "calibration.toml"))


def without(key):
    return {name: value for name, value in record().items() if name != key}


def changed(row, column, value):
    extrinsics = np.array(record()["extrinsics"])
    extrinsics[row, column] = value
    return record(extrinsics=extrinsics.tolist())


@pytest.mark.parametrize(
    ("camera", "message"),
    [
        (without("fx"), "should hold fx, fy"),
        (record(k1=0.1), "also k1"),
        (record(fx=-1), "fx=-1"),
        (record(width="640"), "`width` should be a finite number.*width='640'"),
        (record(cy=None), "cy=None"),
        (record(extrinsics=[[1, 0], [0, 1]]), "4 × 4 finite numbers"),
        (record(extrinsics="eye"), "4 × 4 finite numbers"),
        (record(extrinsics=np.transpose(record()["extrinsics"]).tolist()), "seems to be transposed"),
        (changed(0, 0, 2.0), "rotation"),
        (changed(1, 1, -1.0), "determinant -1"),
        ([1, 2], "should hold fx, fy"),
    ],
)
def test_a_camera_that_is_wrong_is_named(write, camera, message):
    with pytest.raises(ValueError, match=message) as error:
        read_calibration(write({"good": record(eye=(1, 0, 0)), "bad": camera}))
    assert "camera `bad`" in str(error.value)


def test_two_cameras_at_one_place_are_refused(write):
    with pytest.raises(ValueError, match="`a` and `c` stand at one place"):
        read_calibration(write({"a": record(), "b": record(eye=(1, 0, 0)), "c": record(fx=100)}))


@pytest.mark.parametrize(
    ("content", "message"), [("{", "does not parse"), ([], "JSON without keys"), ({}, "JSON without keys")]
)
def test_a_file_that_holds_no_cameras_is_refused(write, content, message):
    with pytest.raises(ValueError, match=message):
        read_calibration(write(content))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"`cameras` should be a file or folder.*none\.json"):
        read_calibration(tmp_path / "none.json")
