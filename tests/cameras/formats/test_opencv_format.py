"""OpenCV's FileStorage: names of keys, layouts, and what is told when it is wrong."""

import numpy as np
import pytest

from tests.cameras.files import rig
from tests.cameras.formats import by_hand
from tfkeypoints.calibration import read_calibration

CAMERA = {
    "image_size": list(rig.SIZES[0]),
    "camera_matrix": rig.MATRICES[0],
    "distortion_coefficients": rig.PINHOLE[0][None],
    "R": rig.ROTATIONS[0],
    "T": rig.TRANSLATIONS[0][:, None],
}


def yaml(camera, indent="", head="%YAML:1.0\n---\n"):
    """Writes a camera as OpenCV does: arrays as its matrices."""
    lines = []
    for key, value in camera.items():
        if isinstance(value, np.ndarray):
            rows, columns = value.shape
            data = ", ".join(repr(float(each)) for each in value.ravel())
            lines.append(f"{key}: !!opencv-matrix\n   rows: {rows}\n   cols: {columns}\n   dt: d\n   data: [ {data} ]")
        else:
            lines.append(f"{key}: {value}")
    return head + "\n".join(lines).replace("\n", f"\n{indent}") + "\n"


def renamed(**keys):
    return {keys.get(key, key): value for key, value in CAMERA.items()}


def without(*keys):
    return {key: value for key, value in CAMERA.items() if key not in keys}


@pytest.mark.parametrize(
    "camera",
    [
        renamed(camera_matrix="K", distortion_coefficients="dist", T="t"),
        renamed(camera_matrix="cameraMatrix", distortion_coefficients="distCoeffs", image_size="resolution"),
        without("image_size") | {"width": 640, "height": 480},
        without("R") | {"rvec": rig.VECTORS[0][None]},
        without("R") | {"R": rig.VECTORS[0][:, None]},
        CAMERA | {"rvec": rig.VECTORS[0][:, None]},
        without("R", "T") | {"extrinsics": np.column_stack([rig.ROTATIONS[0], rig.TRANSLATIONS[0]])},
        CAMERA | {"nframes": 12, "flags": 6, "name": '"left"', "avg_reprojection_error": 0.2},
        CAMERA | {"model": "pinhole", "fisheye_model": 0},
        without("T") | {"tvec": rig.TRANSLATIONS[0].tolist()},
    ],
)
def test_each_name_of_a_key_means_the_same(tmp_path, camera):
    path = tmp_path / "left.yml"
    path.write_text(yaml(camera))
    found = read_calibration(path)
    assert found.names == ("left",)
    np.testing.assert_array_equal(found.sizes, [[640, 480]])
    np.testing.assert_allclose(found.project(rig.POINTS), by_hand.rig_pixels()[:1], atol=1e-6)


def test_the_size_may_be_missing(tmp_path):
    path = tmp_path / "left.yml"
    path.write_text(yaml(without("image_size")))
    found = read_calibration(path)
    np.testing.assert_array_equal(found.sizes, [[0, 0]])
    np.testing.assert_allclose(found.project(rig.POINTS), by_hand.rig_pixels()[:1], atol=1e-6)


def test_a_folder_is_read_in_the_order_of_its_numbers_and_beside_other_files(tmp_path):
    (tmp_path / "notes.txt").write_text("focus at 2 m")
    for name, shift in (("cam10", 0.1), ("cam2", 0.2)):
        moved = CAMERA | {"T": rig.TRANSLATIONS[0][:, None] + shift}
        (tmp_path / f"{name}.yaml").write_text(yaml(moved, head="%YAML 1.2\n---\n"))
    assert read_calibration(tmp_path).names == ("cam2", "cam10")


def test_a_list_of_cameras_has_their_names_in_it(tmp_path):
    text = "%YAML:1.0\n---\ncameras:\n"
    for name, shift in (("a", 0.0), ("b", 0.5)):
        camera = CAMERA | {"name": name, "T": rig.TRANSLATIONS[0][:, None] + shift}
        text += "   -\n" + "".join(f"      {line}\n" for line in yaml(camera, head="").splitlines())
    (tmp_path / "rig.yml").write_text(text)
    assert read_calibration(tmp_path / "rig.yml").names == ("a", "b")


SIDE = np.array([[0, 0, 250.0], [0, 0, 0], [0, 0, 0]])
BENT = rig.MATRICES[0] + np.array([[0, 0, 0], [3.0, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    ("camera", "message"),
    [
        (CAMERA | {"camera_matrix": rig.MATRICES[0].T}, "`camera_matrix` seems to be transposed"),
        (CAMERA | {"camera_matrix": rig.MATRICES[0] * 2}, "last row of `camera_matrix` should be 0 0 1"),
        (CAMERA | {"camera_matrix": BENT}, "`camera_matrix` should be 0 in its second row"),
        (CAMERA | {"camera_matrix": rig.MATRICES[0] * [[-1], [1], [1]]}, "focal lengths above 0"),
        (CAMERA | {"R": rig.ROTATIONS[0] * [[1], [1], [-1]]}, "`R` should be a rotation.*reflection"),
        (CAMERA | {"R": rig.ROTATIONS[0] * 1.1}, "`R` should be a rotation"),
        (CAMERA | {"distortion_coefficients": rig.PINHOLE[0][None, :3]}, "0 or 4 or 5 or 8 or 12 or 14 coefficients"),
        (CAMERA | {"distortion_coefficients": np.full((1, 5), np.nan)}, "`distortion_coefficients, data` should be"),
        (renamed(distortion_coefficients="distorsion"), "nothing else. Received: .*distorsion"),
        (CAMERA | {"k1": -0.1}, "nothing else. Received: .*k1"),
        (CAMERA | {"K": rig.MATRICES[0]}, "one of camera_matrix.*Received: camera_matrix, K"),
        (CAMERA | {"rvec": rig.VECTORS[1][:, None]}, "R and rvec should say the same"),
        (CAMERA | {"model": "omnidir"}, "pinhole or a fisheye lens. Received: omnidir"),
        (CAMERA | {"model": "pinhole", "fisheye_model": 1}, "pinhole or a fisheye lens. Received: fisheye and pinhole"),
        (CAMERA | {"distortion_coefficients": rig.FISHEYE[:1]}, "are 4: `fisheye_model: 0` or `fisheye_model: 1`"),
        (CAMERA | {"fisheye_model": 1}, "`distortion_coefficients` of a fisheye lens should be 4"),
        (CAMERA | {"distortion_coefficients": "[ 0.1, 0.2, 0.3, [ 0.4, 0.5 ] ]"}, "`distortion_coefficients`"),
        (CAMERA | {"R": "[ [ 1, 0, 0 ], [ 0, 1 ], [ 0, 0, 1 ] ]"}, "`R` should be"),
        (without("R", "T") | {"RT": "[ [ 1, 0, 0 ], [ 0, 1 ] ]"}, "`RT` should be"),
        (without("T"), "pose, world to camera: R and T"),
        (without("distortion_coefficients"), "hold one of distortion_coefficients"),
        (CAMERA | {"image_size": [640.5, 480]}, "`image_size` should be .*whole number"),
        (CAMERA | {"image_size": [480, 640], "camera_matrix": rig.MATRICES[0] + SIDE}, "width and height .* swapped"),
        (CAMERA | {"width": 640}, "size once"),
        (CAMERA | {"T": rig.TRANSLATIONS[0][:2, None]}, "`T` should be 3 finite numbers"),
        (CAMERA | {"camera_matrix": "3"}, "`camera_matrix` should be 3 × 3 finite numbers"),
    ],
)
def test_a_camera_that_is_wrong_is_named_with_its_key(tmp_path, camera, message):
    path = tmp_path / "left.yml"
    path.write_text(yaml(camera))
    with pytest.raises(ValueError, match=message) as error:
        read_calibration(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("rows: 3", "rows: 4", 1), "12 finite numbers"),
        (lambda text: text.replace("dt: d", 'dt: "2d"', 1), "one channel"),
        (lambda text: text.replace("camera_matrix", "R", 1), "does not parse.*comes once"),
        (lambda text: text[:-20], "does not parse"),
        (lambda text: "%YAML:1.0\n---\n", "should hold named nodes"),
        (lambda text: "%YAML:1.0\n---\na: &x [*x]\n", "does not parse"),
        (lambda text: "%YAML:1.0\n---\nnframes: 12\n", "a camera .* or a node for each camera"),
        (lambda text: "%YAML:1.0\n---\nleft: 12\n", "`left` should hold"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path, change, message):
    path = tmp_path / "left.yml"
    path.write_text(change(yaml(CAMERA)))
    with pytest.raises(ValueError, match=message) as error:
        read_calibration(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("content", ["", "camera_matrix: 3\n", '{"a": 1}'])
def test_a_file_of_a_folder_that_is_no_storage_is_not_left_out_silently(tmp_path, content):
    (tmp_path / "a.yml").write_text(yaml(CAMERA))
    (tmp_path / "b.yml").write_text(content)
    with pytest.raises(ValueError, match=r"b\.yml should be OpenCV's FileStorage"):
        read_calibration(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<opencv_storage><a>1</a><a>2</a></opencv_storage>", "each node once. Received: <a>, again"),
        ("<opencv_storage><a>1<b>2</b></a></opencv_storage>", "both in <a>"),
        ("<opencv_storage><a>1</a>", "XML with the root <opencv_storage>"),
    ],
)
def test_xml_that_is_wrong_is_named(tmp_path, text, message):
    path = tmp_path / "left.xml"
    path.write_text(f'<?xml version="1.0"?>\n{text}')
    with pytest.raises(ValueError, match=message):
        read_calibration(path)


def test_a_key_that_comes_twice_in_json_is_named(tmp_path):
    path = tmp_path / "left.json"
    path.write_text('{ // twice\n "a": {"type_id": "opencv-matrix"}, "a": 1}')
    with pytest.raises(ValueError, match=r"each key of an object once\. Received: `a`, again"):
        read_calibration(path)
