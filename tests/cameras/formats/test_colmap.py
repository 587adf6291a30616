"""COLMAP's models: which tables are used, and what is told when one is wrong. Genuine ones are in `test_genuine.py`."""

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from tests.cameras.files import rig
from tests.cameras.formats.test_genuine import FILES, peer
from tfkeypoints.calibration import read_calibration

SUFFIX = {"text": ".txt", "binary": ".bin"}


@pytest.fixture
def model(tmp_path):
    def copy(name="colmap_rig", kind="text"):
        return Path(shutil.copytree(FILES / name / kind, tmp_path / f"{name}_{kind}"))

    return copy


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_frames_hold_the_poses_and_those_of_the_images_are_not_used(model):
    folder = model()
    pixels = peer("colmap_rig")[2]
    lines = (folder / "images.txt").read_text().split("\n")
    moved = [line.replace(" 0.4", " 9.4", 1) if line.startswith("1 ") else line for line in lines]
    assert moved != lines
    (folder / "images.txt").write_text("\n".join(moved))
    np.testing.assert_allclose(read_calibration(folder).project(rig.POINTS), pixels, atol=1e-6)
    for name in ("rigs", "frames"):
        (folder / f"{name}.txt").unlink()
    assert np.abs(read_calibration(folder).project(rig.POINTS)[0] - pixels[0]).max() > 100


def test_binary_goes_before_text(model, tmp_path):
    folder = model(kind="binary")
    for each in (FILES / "colmap/text").iterdir():
        shutil.copy(each, folder)
    assert read_calibration(folder).names == ("opencv.png", "full_opencv.png", "radial.png")


def test_two_images_of_one_camera_are_two_views_and_names_may_hold_blanks(model):
    folder = model("colmap")
    for name in ("rigs", "frames"):
        (folder / f"{name}.txt").unlink()
    edit(folder / "images.txt", " 2 full_opencv.png", " 1 second view.png")
    found = read_calibration(folder)
    assert found.names[:2] == ("opencv.png", "second view.png")
    np.testing.assert_array_equal(found.sizes[0], found.sizes[1])


@pytest.mark.parametrize("name", ["cameras", "images", "rigs", "frames"])
@pytest.mark.parametrize("kind", ["text", "binary"])
def test_a_table_that_is_missing_is_named(model, kind, name):
    folder = model(kind=kind)
    (folder / f"{name}{SUFFIX[kind]}").unlink()
    with pytest.raises(ValueError, match=f"should hold {name}{SUFFIX[kind]}"):
        read_calibration(folder)


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("cameras", "OPENCV 640", "THIN_PRISM_FISHEYE 640", "`opencv.png` should have one of .*THIN_PRISM_FISHEYE"),
        ("cameras", "OPENCV 640", "OPENCV_FISHEYES 640", "Received: OPENCV_FISHEYES"),
        ("cameras", " -0.00083000000000000001\n", "\n", "parameters fx fy cx cy k1 k2 p1 p2` should be 8 finite"),
        ("cameras", "1 OPENCV", "2 OPENCV", r"cameras\.txt, line 5 should have a number of its own"),
        ("cameras", "640 480", "640.5 480", "`size` should be"),
        ("cameras", "612.25", "-612.25", "focal lengths above 0"),
        ("cameras", "612.25", "nan", "8 finite numbers"),
        ("cameras", "cameras: 3", "cameras: 4", "as many as it says: 4"),
        ("images", " 1 opencv.png", " 7 opencv.png", "each image once, with its camera. Received: image 1"),
        ("images", "21 20.25 -1 \n", "", r"images\.txt, line 8 should hold an image's points"),
        ("images", " 1 opencv.png", "", "should hold at least 10 values"),
        ("frames", "1 1 0.92", "1 2 0.92", "of a rig that is there. Received: rig 2"),
        ("frames", "1 1 0.92", "1 1 0.82", "quaternion of length 1"),
        ("frames", "CAMERA 2 2", "CAMERA 1 2", "each image once, with its camera. Received: image 2"),
        ("frames", "3 CAMERA 1 1", "4 CAMERA 1 1", "should hold 22 values"),
        ("frames", "3 CAMERA 1 1 CAMERA 2 2", "2 CAMERA 2 2", "image 1, which no frame holds"),
        ("rigs", "CAMERA 2 1", "CAMERA 4 1", "sensors of its rig. Received: camera 2"),
        ("rigs", "CAMERA 2 1", "CAMERA 1 1", "each sensor once"),
        ("rigs", "0.88", "zero", "7 numbers of a pose"),
    ],
)
def test_a_text_that_is_wrong_is_named(model, table, old, new, message):
    folder = model()
    edit(folder / f"{table}.txt", old, new)
    with pytest.raises(ValueError, match=message) as error:
        read_calibration(folder)
    assert str(folder) in str(error.value)


def test_an_image_of_a_camera_that_is_not_there_is_named(model):
    folder = model("colmap")
    for name in ("rigs", "frames"):
        (folder / f"{name}.txt").unlink()
    edit(folder / "images.txt", " 1 opencv.png", " 77 opencv.png")
    with pytest.raises(
        ValueError, match=r"image `opencv\.png` should be of a camera in cameras\.txt\. Received: camera 77"
    ):
        read_calibration(folder)


def test_a_sensor_without_a_pose_in_its_rig_is_named(model):
    folder = model()
    text = (folder / "rigs.txt").read_text()
    head, _, tail = text.partition("CAMERA 2 1 ")
    (folder / "rigs.txt").write_text(f"{head}CAMERA 2 0 {tail[tail.index('CAMERA 3') :]}")
    with pytest.raises(ValueError, match="camera 2 should have a pose in rig 1"):
        read_calibration(folder)


@pytest.mark.parametrize("table", ["cameras", "images", "rigs", "frames"])
@pytest.mark.parametrize("kind", ["text", "binary"])
def test_a_table_that_is_cut_off_is_named(model, kind, table):
    path = model(kind=kind) / f"{table}{SUFFIX[kind]}"
    whole = path.read_bytes()
    for length in range(len(whole) - 1, 8, -7):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=str(path.parent)):
            read_calibration(path.parent)


@pytest.mark.parametrize("change", [lambda data: data + b"\0", lambda data: struct.pack("<Q", 2) + data[8:]])
def test_bytes_that_are_too_many_are_named(model, change):
    path = model(kind="binary") / "cameras.bin"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=r"cameras\.bin should hold nothing after its entries"):
        read_calibration(path.parent)


def test_an_unknown_number_of_a_model_is_named(model):
    path = model(kind="binary") / "cameras.bin"
    data = path.read_bytes()
    path.write_bytes(data[:12] + struct.pack("<i", 99) + data[16:])
    with pytest.raises(ValueError, match=r"a model of camera that is known, of camera 1. Received: 99"):
        read_calibration(path.parent)
