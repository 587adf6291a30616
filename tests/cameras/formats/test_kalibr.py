"""Kalibr's camera chain, in the form in which its wiki shows it."""

import numpy as np
import pytest

from tests.cameras.files import rig
from tests.cameras.formats import by_hand
from tfkeypoints.calibration import read_calibration

RADTAN = rig.PINHOLE[:, :4]


def pose(index):
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rig.ROTATIONS[index], rig.TRANSLATIONS[index]
    return matrix


def chain(lenses=RADTAN, model="radtan"):
    text = ""
    for index in range(3):
        text += f"cam{index}:\n"
        if index:
            text += "  T_cn_cnm1:\n"
            for row in pose(index) @ np.linalg.inv(pose(index - 1)):
                text += f"  - {row.tolist()}\n"
        fx, fy, cx, cy = rig.MATRICES[index][[0, 1, 0, 1], [0, 1, 2, 2]].tolist()
        others = [other for other in range(3) if other != index]
        text += f"  cam_overlaps: {others}\n  camera_model: pinhole\n"
        text += f"  distortion_coeffs: {lenses[index].tolist()}\n  distortion_model: {model}\n"
        text += f"  intrinsics: [{fx}, {fy}, {cx}, {cy}]\n  resolution: {list(rig.SIZES[index])}\n"
        text += f"  rostopic: /cam{index}/image_raw\n"
    return text


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "camchain.yaml"
        path.write_text(text)
        return read_calibration(path)

    return read


POINTS_FIRST = rig.POINTS @ rig.ROTATIONS[0].T + rig.TRANSLATIONS[0]  # the first camera is the world


@pytest.mark.parametrize(
    ("lenses", "model", "fisheye"), [(RADTAN, "radtan", False), (rig.FISHEYE, "equidistant", True)]
)
def test_each_camera_follows_the_one_before_it(read, lenses, model, fisheye):
    found = read(chain(lenses, model))
    assert found.names == ("cam0", "cam1", "cam2")
    np.testing.assert_array_equal(found.sizes, rig.SIZES)
    np.testing.assert_allclose(found.project(POINTS_FIRST), by_hand.rig_pixels(lenses, fisheye), atol=1e-6)


def test_a_camera_without_distortion(read):
    found = read(chain(RADTAN[:, :0], "none"))
    np.testing.assert_allclose(found.project(POINTS_FIRST), by_hand.rig_pixels([()] * 3), atol=1e-6)


def test_a_number_without_a_point_is_a_number(read):
    """YAML 1.1 takes 1e-05 for a text; Python writes small numbers so."""
    lenses = RADTAN.copy()
    lenses[0, 2] = 1e-05
    np.testing.assert_allclose(read(chain(lenses)).project(POINTS_FIRST), by_hand.rig_pixels(lenses), atol=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("camera_model: pinhole", "camera_model: omni", "camera `cam0` .*Received: omni with radtan"),
        ("distortion_model: radtan", "distortion_model: fov", "Received: pinhole with fov"),
        ("distortion_model: radtan", "distortion_model: equi", "Received: pinhole with equi"),
        ("cam1:", "cam3:", "cam1"),
        ("distortion_coeffs: [", "distortion_coeffs: [0.1, ", "camera `cam0`: `distortion_coeffs` should be 4"),
        ("T_cn_cnm1", "T_cnm1_cn", "camera `cam1` should hold .*T_cnm1_cn"),
        ("T_cn_cnm1", "T_cam_imu", "camera `cam1` should hold .*no T_cn_cnm1"),
        ("cam_overlaps: [1, 2]", "cam_overlaps: [1, 3]", "`cam_overlaps` should be cameras of the file"),
        (
            "intrinsics: [612.25",
            "intrinsics: [-612.25",
            "`intrinsics` should have focal lengths above 0",
        ),
        ("resolution: [640, 480]", "resolution: [480, 640]", "seem to be swapped"),
        ("[0.0, 0.0, 0.0, 1.0]", "[0.0, 0.0, 1.0, 1.0]", "`T_cn_cnm1`"),
        ("  rostopic: /cam0/image_raw", "  k1: 3", "k1"),
        ("cam_overlaps: [1, 2]", "cam_overlaps: [", "does not parse"),
    ],
)
def test_what_is_wrong_is_named(read, old, new, message):
    text = chain()
    assert old in text
    if new == "resolution: [480, 640]":
        text = text.replace("331.0625", "500")
    with pytest.raises(ValueError, match=message) as error:
        read(text.replace(old, new, 1))
    assert "camchain.yaml" in str(error.value)


def test_what_follows_from_a_camera_that_is_cut_off_is_named(read):
    with pytest.raises(ValueError, match="`cam_overlaps` should be cameras of the file"):
        read(chain().partition("cam2:")[0])
