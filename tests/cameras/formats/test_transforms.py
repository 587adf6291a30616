"""nerfstudio's and instant-ngp's `transforms.json`, compared with OpenGL's projection written out."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.cameras.files import rig
from tests.cameras.formats import by_hand
from tfkeypoints.calibration import read_calibration

FOCAL = ("fl_x", "fl_y", "cx", "cy")
KEYS = ("k1", "k2", "p1", "p2", "k3")


def to_world(index):
    """Camera → world, with y up and z backwards in the camera: the columns are its axes, then its place."""
    pose = np.eye(4)
    pose[:3, :3] = np.stack([rig.ROTATIONS[index][0], -rig.ROTATIONS[index][1], -rig.ROTATIONS[index][2]], 1)
    pose[:3, 3] = -rig.ROTATIONS[index].T @ rig.TRANSLATIONS[index]
    return pose.tolist()


def frame(index, **changes):
    width, height = rig.SIZES[index]
    matrix = rig.MATRICES[index]
    return {
        "file_path": f"images/{rig.NAMES[index]}.png",
        "transform_matrix": to_world(index),
        "w": width,
        "h": height,
        "fl_x": matrix[0, 0],
        "fl_y": matrix[1, 1],
        "cx": matrix[0, 2] + 0.5,
        "cy": matrix[1, 2] + 0.5,
        **dict(zip(KEYS, rig.PINHOLE[index].tolist(), strict=True)),
        **changes,
    }


@pytest.fixture
def write(tmp_path):
    def write(frames, **shared):
        path = tmp_path / "transforms.json"
        path.write_text(json.dumps({"camera_model": "OPENCV", **shared, "frames": frames}))
        return path

    return write


def test_frames_are_views_in_the_order_of_their_names(write):
    path = write([frame(2), frame(0), frame(1)], applied_transform=[[1, 0, 0, 0]], aabb_scale=16)
    for source in (path, path.parent):
        found = read_calibration(source)
        assert found.names == tuple(f"images/{name}.png" for name in rig.NAMES)
        np.testing.assert_array_equal(found.sizes, rig.SIZES)
        np.testing.assert_allclose(found.project(rig.POINTS), by_hand.rig_pixels(), atol=1e-6)


def test_a_fisheye_lens_is_told_in_two_ways(write):
    lenses = [dict(zip(("k1", "k2", "k3", "k4"), lens.tolist(), strict=True)) for lens in rig.FISHEYE]
    frames = [frame(index, p1=0.0, p2=0, **lens) for index, lens in enumerate(lenses)]
    for shared in ({"camera_model": "OPENCV_FISHEYE"}, {"camera_model": "OPENCV_FISHEYE", "is_fisheye": True}):
        found = read_calibration(write(frames, **shared)).project(rig.POINTS)
        np.testing.assert_allclose(found, by_hand.rig_pixels(rig.FISHEYE, fisheye=True), atol=1e-6)


def without(record, *keys):
    return {key: value for key, value in record.items() if key not in keys}


def test_a_key_at_the_top_goes_before_that_of_a_frame(write):
    expected = by_hand.rig_pixels()[0]
    shared = {"fl_x": rig.MATRICES[0, 0, 0], **dict(zip(KEYS, rig.PINHOLE[0].tolist(), strict=True))}
    found = read_calibration(write([frame(0, fl_x=1.0, k1=9.0), frame(1)], **shared))
    np.testing.assert_allclose(found.project(rig.POINTS)[0], expected, atol=1e-6)
    only = {"k1": rig.PINHOLE[0, 0]}  # then the frames' other coefficients are not used either
    found = read_calibration(write([frame(0), frame(1)], **only)).project(rig.POINTS)[0]
    lenses = rig.PINHOLE * [1, 0, 0, 0, 0]
    np.testing.assert_allclose(found, by_hand.rig_pixels(lenses)[0], atol=1e-6)


def test_an_angle_of_view_and_a_middle_stand_in_for_what_is_missing(write):
    angle = {"camera_angle_x": 2 * np.arctan(640 / 2 / 612.25)}
    frames = [without(frame(index), *FOCAL, *KEYS) | angle for index in (0, 1)]
    found = read_calibration(write(frames)).project(rig.POINTS)[0]
    matrix = np.array([[612.25, 0, 319.5], [0, 612.25, 239.5], [0, 0, 1]])
    points = rig.POINTS @ rig.ROTATIONS[0].T + rig.TRANSLATIONS[0]
    np.testing.assert_allclose(found, by_hand.pixels(points, matrix), atol=1e-6)


@pytest.mark.parametrize("suffix", ["", ".png"])
def test_without_a_size_it_is_that_of_the_image(write, tmp_path, suffix):
    named = f"./train/r_0{suffix}"
    record = {"file_path": named, "rotation": 0.0126, "transform_matrix": np.asarray(to_world(0)).tolist()}
    path = write([record], camera_angle_x=0.7)
    with pytest.raises(ValueError, match="its image beside it"):
        read_calibration(path)
    (tmp_path / "train").mkdir()
    Image.new("RGBA", (320, 200)).save(tmp_path / "train" / "r_0.png")
    found = read_calibration(path)
    assert found.sizes.tolist() == [[320, 200]]
    focal = 160 / np.tan(0.35)
    matrix = np.array([[focal, 0, 159.5], [0, focal, 99.5], [0, 0, 1]])
    points = rig.POINTS @ rig.ROTATIONS[0].T + rig.TRANSLATIONS[0]
    np.testing.assert_allclose(found.project(rig.POINTS)[0], by_hand.pixels(points, matrix), atol=1e-6)
    (tmp_path / "train" / "r_0.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match="its image can't be read"):
        read_calibration(path)


def test_the_order_of_distortion_params_is_nerfstudios(write):
    frames = []
    for index, (k1, k2, p1, p2, k3) in enumerate(rig.PINHOLE.tolist()):
        frames.append(without(frame(index), *KEYS) | {"distortion_params": [k1, k2, k3, 0, p1, p2]})
    found = read_calibration(write(frames)).project(rig.POINTS)
    np.testing.assert_allclose(found, by_hand.rig_pixels(), atol=1e-6)


@pytest.mark.parametrize(
    ("frames", "shared", "message"),
    [
        ([frame(0, k4=0.1)], {}, "`k4` should be 0"),
        ([frame(0, p1=0.1)], {"camera_model": "OPENCV_FISHEYE"}, "a fisheye lens should have no `p1`"),
        ([frame(0)], {"camera_model": "EQUIRECTANGULAR"}, "one of the models .*EQUIRECTANGULAR"),
        ([frame(0)], {"is_fisheye": True}, "one of the models .*is_fisheye"),
        ([frame(0)], {"ftheta_p0": 1.0}, "ftheta_p0"),
        ([frame(0)], {"rolling_shutter": [0, 0, 1, 0]}, "rolling_shutter"),
        ([frame(0, k5=0.1)], {}, "k5"),
        ([without(frame(0), "w")], {}, "images' size: w and h"),
        ([without(frame(0), *FOCAL)], {}, "fl_x, fl_y, cx, cy, or camera_angle_x and none of them"),
        ([without(frame(0), "cy")], {}, "fl_x, fl_y, cx, cy, or .*Received: fl_x, fl_y, cx"),
        ([without(frame(0), "k2")], {}, "Received: k1 k3 p1 p2"),
        ([frame(0), without(frame(1), "k3")], {}, r"the keys of `images/left\.png`.* k3 in one of them alone"),
        ([frame(0, camera_angle_x=0.5)], {}, "`fl_x` and `camera_angle_x` should say the same"),
        ([without(frame(0), *FOCAL) | {"camera_angle_x": 55.0}], {}, "`camera_angle_x` should be between 0 and π"),
        ([frame(0, transform_matrix=np.transpose(to_world(0)).tolist())], {}, "transform_matrix"),
        ([frame(0, transform_matrix=np.diag([1.0, 1, -1, 1]).tolist())], {}, "reflection"),
        ([frame(0, distortion_params=[0] * 6)], {}, "distortion once"),
        ([frame(0, file_path=3)], {}, "`file_path` should be a text"),
        ([frame(0), frame(0)], {}, "2 times"),
        ([frame(0, fl_x="612")], {}, "`fl_x` should be a finite number"),
    ],
)
def test_what_is_wrong_is_named(write, frames, shared, message):
    with pytest.raises(ValueError, match=message) as error:
        read_calibration(write(frames, **shared))
    assert "transforms.json" in str(error.value)


def test_a_file_without_frames_is_named(tmp_path):
    path = tmp_path / "transforms.json"
    for content in ("", "{", "[]", '{"frames": 3}', '{"frames": []}'):
        path.write_text(content)
        with pytest.raises(ValueError, match=r"transforms\.json should be JSON with a list of frames"):
            read_calibration(tmp_path)
