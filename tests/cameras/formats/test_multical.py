"""multical's poses and lenses, and what is told when they are wrong. Genuine files are in `test_genuine.py`."""

import json

import pytest

from tests.cameras.formats.test_genuine import FILES
from tfkeypoints.calibration import read_calibration


def changed(content, *path, value=None):
    *path, last = path
    for key in path:
        content = content[key]
    if value is None:
        del content[last]
    else:
        content[last] = value


IDENTITY = {"R": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "T": [1, 0, 0]}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("camera_poses", "middle_to_left"), None, "hold all cameras. Received: none of middle"),
        (("camera_poses", "left"), None, "`middle_to_left`: the pose of `left` should be 1"),
        (("camera_poses", "left"), IDENTITY, "`middle_to_left`: the pose of `left` should be 1"),
        (("camera_poses", "middle"), IDENTITY, "hold camera `middle` once"),
        (("camera_poses", "top_to_left"), IDENTITY, "`top_to_left` should be NAME or NAME_to_FIRST"),
        (("camera_poses", "right_to_left", "R"), [[1, 0, 0], [0, 1, 0], [0, 0, -1]], "`right_to_left`.*reflection"),
        (("cameras", "left", "dist"), [[0.1, 0.2, 0.3]], "camera `left`: `dist` of a pinhole lens"),
        (("cameras", "left", "dist"), [[0.1, [0.2, 0.3], "a"]], "camera `left`: `dist` should be"),
        (("cameras", "left", "dist"), [0.1, 0.2, 0.3, [0.4, 0.5]], "camera `left`: `dist` should be"),
        (("cameras", "left", "dist"), [[0.1, 0.2], [0.3], [0.4, 0.5]], "camera `left`: `dist` should be"),
        (("cameras", "left", "model"), "fov", "camera `left`: `model` should be of a pinhole lens one of"),
        (("cameras", "left", "model"), ["standard"], "camera `left`: `model` should be"),
        (("cameras", "left", "k1"), 0.5, "k1"),
        (("cameras", "left", "K"), [[600, 0, 0], [0, 600, 0], [300, 200, 1]], "`K` seems to be transposed"),
        (("cameras", "left", "image_size"), [640], "`image_size`"),
        (("cameras",), [], "cameras by name"),
        (("camera_poses",), 3, "`camera_poses` should be an object"),
        (("distortion",), 3, "distortion"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, path, value, message):
    content = json.loads((FILES / "multical/calibration.json").read_text())
    changed(content, *path, value=value)
    file = tmp_path / "calibration.json"
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=message) as error:
        read_calibration(file)
    assert str(file) in str(error.value)


def test_a_name_that_holds_to_is_no_relative_pose(tmp_path):
    content = json.loads((FILES / "multical_rational/calibration.json").read_text())
    for table in ("cameras", "camera_poses"):
        content[table]["left_to_right"] = content[table].pop("middle")
    file = tmp_path / "calibration.json"
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="`left_to_right` should be NAME or NAME_to_FIRST"):
        read_calibration(file)
    text = file.read_text().replace("left_to_right", "up_to_date")
    file.write_text(text)
    assert read_calibration(file).names == ("left", "right", "up_to_date")


def test_json_that_does_not_parse_is_named(tmp_path):
    file = tmp_path / "calibration.json"
    file.write_text((FILES / "multical/calibration.json").read_text()[:-9])
    with pytest.raises(ValueError, match=r"calibration\.json should be JSON"):
        read_calibration(file)
