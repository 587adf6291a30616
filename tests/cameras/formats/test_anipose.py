"""The tables that aniposelib, caliscope and Pose2Sim write: what they say, and what is told when they are wrong."""

import numpy as np
import pytest

from tests import reference
from tfkeypoints.calibration import read_calibration
from tfkeypoints.cameras.lens import Lens

AXIS, ANGLE = np.array([1.0, -2.0, 0.5]), 0.7
TURNED = (AXIS / np.linalg.norm(AXIS) * ANGLE).tolist()


def table(key="cam_0", **changes):
    values = {
        "name": '"left"',
        "size": "[640, 480]",
        "matrix": "[[525.0, 0.0, 319.5], [0.0, 500.0, 200.0], [0.0, 0.0, 1.0]]",
        "distortions": "[-0.1, 0.02, 0.001, 0.0, 0.003]",
        "rotation": "[0.0, 0.0, 0.0]",
        "translation": "[0, 0, 2]",
        **changes,
    }
    return f"[{key}]\n" + "".join(f"{name} = {value}\n" for name, value in values.items() if value is not None) + "\n"


RIG = table() + table("cam_1", name='"right"', rotation=TURNED, translation="[0.5, 0.0, 3.0]")
METADATA = "[metadata]\nadjusted = false\nerror = 0.3\n"


def test_each_value_is_read_as_aniposelib_means_it(write):
    found = read_calibration(write(RIG + METADATA, "calibration.toml"))
    assert found.names == ("left", "right")
    assert found.lenses == (Lens("pinhole", (-0.1, 0.02, 0.001, 0.0, 0.003)),) * 2
    np.testing.assert_array_equal(found.sizes, [[640, 480]] * 2)
    np.testing.assert_allclose(found.matrices[0], [[525, 0, 319.5], [0, 500, 200], [0, 0, 1]], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.extrinsics[1, :3, :3], reference.axis_rotation(AXIS, ANGLE), rtol=0, atol=1e-14)
    np.testing.assert_allclose(found.extrinsics[:, :3, 3], [[0, 0, 2], [0.5, 0, 3]], rtol=0, atol=1e-15)
    np.testing.assert_array_equal(found.extrinsics[:, 3], [[0, 0, 0, 1]] * 2)


def test_cameras_come_in_the_order_of_their_numbers(write):
    numbers = [10, 2, 0, 1]
    text = "".join(table(f"cam_{i}", name=f'"c{i}"', translation=f"[{i}.0, 0.0, 2.0]") for i in numbers)
    assert read_calibration(write(METADATA + text, "calibration.toml")).names == ("c0", "c1", "c2", "c10")


def test_a_fisheye_lens_is_one(write):
    text = table(distortions="[0.1, 0.0, 0.0, 0.0]", fisheye="true")
    assert read_calibration(write(text, "calibration.toml")).lenses == (Lens("fisheye", (0.1, 0, 0, 0)),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (table(distortions="[0.1, 0, 0, 0, 0, 0]"), "`cam_0`: `distortions` of a pinhole lens should be 0 or 4 or 5"),
        (table(fisheye="true"), "`cam_0`: `distortions` of a fisheye lens should be 4 coefficients"),
        (table(distortions="[0.1, 0, 0, 0]"), "`distortions` are 4.*no fisheye"),
        (table(fisheye='"true"'), "`fisheye` should be true or false"),
        (table(distortions=None), "`cam_0` should hold.*Received: no distortions"),
        (table(distortion="[0, 0, 0, 0, 0]"), "also distortion"),
        (table(dist="[0, 0, 0, 0, 0]", distortions=None), "no distortions and also dist"),
        (table(rotation="[0.0, 0.0]"), "`rotation` should be 3 finite numbers"),
        (table(rotation="[0.0, nan, 0.0]"), "`cam_0`: `rotation` should be 3 finite numbers.*nan"),
        (table(rotation="['a', 'b', 'c']"), "`cam_0`: `rotation` should be 3 finite numbers.*'a'"),
        (table(rotation="[[1, 0, 0], [0, 1, 0], [0, 0, -1]]"), "`rotation` should be a rotation.*a reflection"),
        (table(rotation="[[1, 0, 0], [0, 1, 0], [0, 1, 0]]"), "`rotation` should be a rotation"),
        (table(rotation="[[1, 0, 0], 0, 0]"), "`rotation` should be 3 × 3 finite numbers"),
        (table(translation="[0, 0, [2]]"), "`translation` should be 3 finite numbers"),
        (table(size="[640]"), "`size` should be 2 finite numbers"),
        (table(size="[640, -480]"), "`size` should be a whole number of pixels above 0"),
        (table(matrix="[[525, 0, 319], [0, 500, 200]]"), "`matrix` should be 3 × 3 finite numbers"),
        (table(matrix="[[525, 0, 0], [0, 500, 0], [319, 200, 1]]"), "`matrix` seems to be transposed"),
        (table(matrix="[[525, 0, 319], [0, 500, 200], [0, 0, 2]]"), "the last row of `matrix` should be 0 0 1"),
        (table(matrix="[[525, 0, 319], [3, 500, 200], [0, 0, 1]]"), "`matrix` should be 0 in its second row's first"),
        (table(matrix="[[525, 2, 319], [0, 500, 200], [0, 0, 1]]"), "`matrix` should have no skew"),
        (table(matrix="[[525, 0, 319], [0, 0, 200], [0, 0, 1]]"), "`matrix` should have focal lengths above 0"),
        (table(matrix="[[-525, 0, 319], [0, 500, 200], [0, 0, 1]]"), "`matrix` should have focal lengths above 0"),
        (table(size="[480, 640]", matrix="[[525, 0, 500], [0, 500, 200], [0, 0, 1]]"), "seem to be swapped"),
        (table(name="1.5"), "`name` should be a text"),
        (table() + table("cam_1"), "hold each camera once.*`left`, 2 times"),
        (table() + table("cam_1", name='"b"'), "`left` and `b` stand at one place and look in one direction"),
        (table() + table(), "does not parse"),
        ("version = 1\n" + table(), "table `version` should hold"),
        ("a = [", "does not parse"),
        ("[metadata]\n", "of one of these formats.*TOML with metadata"),
    ],
)
def test_a_toml_that_is_wrong_is_named(write, text, message):
    with pytest.raises(ValueError, match=message) as error:
        read_calibration(write(text, "calibration.toml"))
    assert "calibration.toml" in str(error.value)


def test_a_name_with_a_dot_is_a_table_in_a_table_to_toml(write):
    values = {"fisheye": "false", "distortions": "[-0.1, 0.02, 0.001, 0.0]", "size": "[640.0, 480.0]"}
    text = table("63.left", name='"63.left"', **values) + table(
        "63.b.c", name='"63.b.c"', translation="[1, 0, 2]", **values
    )
    found = read_calibration(write(text + METADATA, "Calib_scene.toml"))
    assert found.names == ("63.left", "63.b.c")
    assert found.lenses[1] == Lens("pinhole", (-0.1, 0.02, 0.001, 0.0))
    np.testing.assert_array_equal(found.sizes, [[640, 480]] * 2)
    with pytest.raises(ValueError, match=r"table `63\.b\.c` should hold"):
        read_calibration(write(text.replace("translation = [1, 0, 2]", ""), "Calib_scene.toml"))


def test_caliscopes_cameras_are_called_like_its_videos_and_rotation_count_turns_nothing(write, tmp_path):
    own = {"name": None, "fisheye": "false", "rotation_count": "1", "cam_id": "7", "grid_count": "12"}
    matrix = reference.axis_rotation(AXIS, ANGLE).tolist()
    text = table("cameras.10", **own) + table("cameras.2", **{**own, "rotation": matrix, "translation": "[1, 0, 2]"})
    path = write(text, "camera_array.toml")
    found = read_calibration(path)
    assert found.names == ("cam_2", "cam_10")
    np.testing.assert_allclose(found.extrinsics[0, :3, :3], matrix, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(found.sizes, [[640, 480]] * 2)
    write(RIG, "camera_array_aniposelib.toml")
    assert read_calibration(tmp_path).names == ("cam_2", "cam_10")
    ignored = text.replace("cam_id = 7", "ignore = true", 1)
    assert read_calibration(write(ignored, "camera_array.toml")).names == ("cam_2",)
    with pytest.raises(ValueError, match=r"table `cameras\.2` should hold.*no translation"):
        read_calibration(write(text.replace("translation = [1, 0, 2]", ""), "camera_array.toml"))
