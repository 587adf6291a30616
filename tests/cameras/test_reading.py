"""Cameras from files and folders of whatever name, recognised by what they hold."""

import subprocess
import sys

import pytest

from tests.cameras.formats.test_anipose import RIG
from tests.cameras.formats.test_native import record
from tfkeypoints.calibration import read_calibration
from tfkeypoints.cameras.reading import readers


def test_what_a_file_is_called_says_nothing(write):
    assert read_calibration(write(RIG, "cameras.json")).names == ("left", "right")
    assert read_calibration(write({"a": record()}, "calibration.toml")).names == ("a",)


def test_the_one_file_with_cameras_in_a_folder_is_read(write, tmp_path):
    write(RIG, "rig/calibration.toml")
    write("frames: 7\n", "rig/notes.txt")
    write(b"\x00\x01\x02\x03", "rig/left.mp4")
    write({"a": record()}, "rig/.hidden.json")
    assert read_calibration(tmp_path / "rig").names == ("left", "right")
    write({"a": record()}, "rig/cameras.json")
    with pytest.raises(ValueError, match=r"rig should hold one file with cameras.*calibration\.toml, cameras\.json"):
        read_calibration(tmp_path / "rig")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"JSON that does not parse \(Expecting property name"),
        ("[cam_0]\nname = ", r"TOML that does not parse"),
        ("<a><b></a>", r"XML that does not parse"),
        ([], "JSON without keys"),
        ({"K": 1, "R": 2}, "JSON with K, R"),
        ("<root/>", "XML with root"),
        ("left right\n", "a text that begins with 'left right'"),
        ("", "an empty file"),
        (b"\x00\x01", "a binary file"),
        (b"\xff\x80\x80", "a text that is neither UTF-8 nor UTF-16"),
        ("[" * 100000, "does not parse"),
        ('{"a": ' * 100000, "does not parse"),
    ],
)
def test_what_is_no_camera_file_is_told_from_the_formats_known(write, content, message):
    with pytest.raises(ValueError, match=f"should be a file or folder of one of these formats: .*{message}") as error:
        read_calibration(write(content, "cameras"))
    for reader in readers():
        assert reader.NAME in str(error.value)


def test_a_missing_file_and_an_empty_folder_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"`cameras` should be a file or folder.*none\.json"):
        read_calibration(tmp_path / "none.json")
    (tmp_path / "rig").mkdir()
    with pytest.raises(ValueError, match="rig, a folder with no files"):
        read_calibration(tmp_path / "rig")


def test_reading_cameras_imports_no_tensorflow(write):
    code = "import sys; from tfkeypoints.calibration import read_calibration; read_calibration(sys.argv[1])"
    path = write({"a": record(distortion=[0.1, 0, 0, 0])})
    subprocess.run([sys.executable, "-c", f"{code}; assert 'tensorflow' not in sys.modules", path], check=True)
