"""Qualisys' file, compared with its own conventions written out: y up, looking along -z, millimetres, 1/64 pixel."""

import numpy as np
import pytest

from tests.cameras.files import rig
from tfkeypoints.calibration import read_calibration

CROP = (8, 16)


def camera(index):
    """One camera, of whose sensor the part right of and below `CROP` is recorded."""
    axes = rig.ROTATIONS[index] * [[1], [-1], [-1]]
    place = -rig.ROTATIONS[index].T @ rig.TRANSLATIONS[index] * 1000
    (fx, _, cx), (_, fy, cy), _ = rig.MATRICES[index]
    (width, height), (left, top) = rig.SIZES[index], CROP
    k1, k2, p1, p2, k3 = rig.PINHOLE[index]
    transform = {f"r{row + 1}{column + 1}": axes[row, column] for row in range(3) for column in range(3)}
    transform |= dict(zip("xyz", place, strict=True))
    intrinsic = {
        "focallength": 9.3,
        "sensorMinU": 0,
        "sensorMaxU": 64 * (left + width) - 1,
        "sensorMinV": 0,
        "sensorMaxV": 64 * (top + height) - 1,
        "focalLengthU": 64 * fx,
        "focalLengthV": 64 * fy,
        "centerPointU": 64 * (cx + left),
        "centerPointV": 64 * (cy + top),
        "skew": 0,
        "radialDistortion1": k1,
        "radialDistortion2": k2,
        "radialDistortion3": k3,
        "tangentalDistortion1": p1,
        "tangentalDistortion2": p2,
    }
    field = {"left": left, "top": top, "right": left + width - 1, "bottom": top + height - 1}
    parts = {"fov_video": field, "fov_video_max": field | {"left": 0, "top": 0}}
    parts |= {"transform": transform, "intrinsic": intrinsic}
    lines = []
    for tag, attributes in parts.items():
        written = " ".join(f'{key}="{value}"' for key, value in attributes.items())
        lines.append(f"<{tag} {written}/>")
    head = f'<camera active="1" serial="{rig.NAMES[index]}" model="Miqus Video" viewrotation="0">'
    return f"{head}{''.join(lines)}</camera>"


def text(*more):
    cameras = "".join(camera(index) for index in range(3))
    head = "<?xml version='1.0' encoding='ASCII'?>\n<calibration type=\"regular\"><results std-dev=\"0.1\"/>"
    return f"{head}<cameras>{cameras}{''.join(more)}</cameras></calibration>"


def seen(index):
    """From the place and the axes right, up and back of a camera to its pixels."""
    place = -rig.ROTATIONS[index].T @ rig.TRANSLATIONS[index]
    right, up, back = rig.ROTATIONS[index] * [[1], [-1], [-1]]
    rays = rig.POINTS - place
    x, y = rays @ right / -(rays @ back), rays @ -up / -(rays @ back)
    k1, k2, p1, p2, k3 = rig.PINHOLE[index]
    square = x**2 + y**2
    factor = 1 + k1 * square + k2 * square**2 + k3 * square**3
    (fx, _, cx), (_, fy, cy), _ = rig.MATRICES[index]
    u = fx * (x * factor + 2 * p1 * x * y + p2 * (square + 2 * x**2)) + cx
    return np.stack([u, fy * (y * factor + p1 * (square + 2 * y**2) + 2 * p2 * x * y) + cy], -1)


@pytest.fixture
def read(tmp_path):
    def read(content):
        path = tmp_path / "Calib.qca.txt"
        path.write_text(content)
        return read_calibration(path)

    return read


def test_millimetres_parts_of_pixels_and_axes_are_converted(read):
    found = read(text())
    assert found.names == rig.NAMES
    np.testing.assert_array_equal(found.sizes, rig.SIZES)
    np.testing.assert_allclose(found.project(rig.POINTS), [seen(index) for index in range(3)], atol=1e-6)


def test_a_camera_that_is_not_active_is_left_out(read):
    assert read(text('<camera active="0" serial="4"/>')).names == rig.NAMES


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('viewrotation="0"', 'viewrotation="90"', "camera `left` should not be turned"),
        ('skew="0"', 'skew="64"', "camera `left`: `intrinsic` should have no skew"),
        ('skew="0"', 'skewness="0"', "skewness"),
        ("radialDistortion1", "radialDistortion4", "radialDistortion4"),
        (f'focalLengthU="{64 * 612.25}"', 'focalLengthU="0"', "focal lengths above 0"),
        (f'focalLengthU="{64 * 612.25}"', 'focalLengthU="1e999"', "`focalLengthU` should be a finite number"),
        (f'focalLengthU="{64 * 612.25}"', 'focalLengthU="wide"', "`focalLengthU` should be a finite number"),
        (f'sensorMaxU="{64 * 648 - 1}"', 'sensorMaxU="647"', "`sensorMaxU` should be 64 parts of each of 648 pixels"),
        ('serial="left"', "", "camera 1 should have a `serial`"),
        ('serial="left"', 'serial="right"', "right`, 2 times"),
        ("<transform ", "<transformation ", "should hold <transform> once. Received: 0"),
        ("</cameras>", "", "XML with the root <calibration>"),
        ('r11="', 'r11="1', "`r11 to r33` should be a rotation"),
    ],
)
def test_what_is_wrong_is_named(read, old, new, message):
    content = text()
    assert old in content
    with pytest.raises(ValueError, match=message) as error:
        read(content.replace(old, new, 1))
    assert "Calib.qca.txt" in str(error.value)
