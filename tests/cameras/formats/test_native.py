"""This library's own camera files: what they say, what is told when they are wrong, and that they are written back."""

import json

import numpy as np
import pytest

from tests import reference
from tfkeypoints.calibration import Calibration, read_calibration
from tfkeypoints.cameras.formats import native
from tfkeypoints.cameras.lens import Lens


def record(eye=(0.0, 0.0, -2.0), **changes):
    extrinsics = np.eye(4)
    extrinsics[:3, 3] = -np.array(eye)
    sizes = {"fx": 525.0, "fy": 500.0, "cx": 319.5, "cy": 200.0, "width": 640, "height": 480}
    return {**sizes, "extrinsics": extrinsics.tolist(), **changes}


def test_pixels_become_normalised_intrinsics_and_cameras_keep_their_order(write):
    found = read_calibration(write({"right": record(), "left": record(eye=(1, 0, -2), width=320, height=240, cx=160)}))
    assert found.names == ("right", "left")
    np.testing.assert_array_equal(found.sizes, [[640, 480], [320, 240]])
    expected = [[2 * 525 / 640, 0, 0], [0, 2 * 500 / 480, 401 / 480 - 1], [0, 0, 1]]
    np.testing.assert_allclose(found.intrinsics[0], expected, atol=1e-15)
    np.testing.assert_allclose(found.extrinsics[1, :3, 3], [-1, 0, 2])
    assert found.extrinsics.dtype == found.intrinsics.dtype == np.float64
    assert found.lenses == (Lens(), Lens())


def test_lenses_and_skew_are_read(write):
    distorted = record(distortion=[-0.1, 0.02, 0.001, 0, 0.003], skew=1.5)
    fisheye = record(eye=(1, 0, 0), lens="fisheye", distortion=[0.1, 0, 0, 0])
    found = read_calibration(write({"a": distorted, "b": fisheye, "c": record(eye=(2, 0, 0), distortion=[])}))
    assert found.lenses == (
        Lens("pinhole", (-0.1, 0.02, 0.001, 0, 0.003)),
        Lens("fisheye", (0.1, 0, 0, 0)),
        Lens(),
    )
    np.testing.assert_allclose(found.intrinsics[:, 0, 1], [3 / 640, 0, 0])


def test_what_is_written_is_read_back_to_the_last_digit(tmp_path, rng):
    _, extrinsics = reference.random_cameras(rng, (3,))
    records = {
        f"camera {i}": record(
            fx=float(f"{rng.uniform(400, 900):.7g}"),
            fy=float(f"{rng.uniform(400, 900):.7g}"),
            cx=rng.uniform(300, 340),
            cy=float(f"{rng.uniform(200, 270):.5g}"),
            width=641 + i,
            height=479 - i,
            extrinsics=extrinsics[i].tolist(),
        )
        for i in range(3)
    }
    records["camera 1"] |= {"lens": "fisheye", "distortion": [0.1, 0.2, 0.3, 1 / 3]}
    records["camera 2"] |= {"skew": 0.7, "distortion": [0.1, 0.2, 1e-17, 1 / 3]}
    (tmp_path / "a.json").write_text(json.dumps(records))
    first = read_calibration(tmp_path / "a.json")
    native.write(tmp_path / "b.json", first)
    second = read_calibration(tmp_path / "b.json")
    assert first.names == second.names
    assert first.lenses == second.lenses
    for name in ("sizes", "intrinsics", "extrinsics"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    written = json.loads((tmp_path / "b.json").read_text())
    for name, camera in records.items():
        assert {key: written[name][key] for key in ("fx", "fy", "cy")} == {
            key: camera[key] for key in ("fx", "fy", "cy")
        }


def test_cameras_that_were_never_in_pixels_are_written_to_rounding(tmp_path, rng):
    intrinsics, extrinsics = reference.random_cameras(rng, (2,))
    first = Calibration(("a", "b"), np.array([[333, 250], [101, 77]]), intrinsics, extrinsics)
    native.write(tmp_path / "a.json", first)
    found = read_calibration(tmp_path / "a.json")
    np.testing.assert_allclose(found.intrinsics, intrinsics, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(found.extrinsics, extrinsics)


def without(key):
    return {name: value for name, value in record().items() if name != key}


def changed(row, column, value):
    extrinsics = np.array(record()["extrinsics"])
    extrinsics[row, column] = value
    return record(extrinsics=extrinsics.tolist())


@pytest.mark.parametrize(
    ("camera", "message"),
    [
        (without("fx"), "should hold fx, fy.*Received: no fx"),
        (record(k1=0.1), "may hold skew, lens, distortion, and nothing else.*also k1"),
        (record(distortions=[0.1, 0, 0, 0]), "also distortions"),
        (record(distortion=[0.1, 0, 0]), "`distortion` of a pinhole lens should be 0 or 4 .* coefficients"),
        (record(distortion=[0.1, 0, 0, "0"]), "`distortion` should be .*finite numbers"),
        (record(distortion=0.1), "`distortion` should be .*finite numbers"),
        (record(distortion=None), "`distortion` should be .*finite numbers"),
        (record(distortion=[0.1, 0, 0, np.inf]), "`distortion` should be .*finite numbers"),
        (record(distortion=[0.0] * 5, lens="fisheye"), "`distortion` of a fisheye lens should be 4 coefficients"),
        (record(lens="fisheye"), "`distortion` of a fisheye lens should be 4 coefficients"),
        (record(lens="omni"), "`lens` should be one of pinhole, fisheye. .*'omni'"),
        (record(lens=["pinhole"]), "`lens` should be one of"),
        (record(fx=-1), "fx=-1"),
        (record(fy=0), "fy=0"),
        (record(fx=np.nan), "fx=nan"),
        (record(fx=10**400), "`fx` should be a finite number"),
        (record(fx=True), "fx=True"),
        (record(fx=1e-300), "`fx` should be a number of pixels above 0"),
        (record(cx=1e300), r"`cx` should be a finite number \(below 1e\+15\)"),
        (changed(2, 3, 1e300), r"4 × 4 finite numbers \(below 1e\+15\)"),
        (record(width="640"), "`width` should be a finite number.*width='640'"),
        (record(width=640.5), "`width` should be a whole number of pixels"),
        (record(height=0), "`height` should be a whole number of pixels above 0"),
        (record(cy=None), "cy=None"),
        (record(skew=[0]), r"`skew` should be a finite number.*skew=\[0\]"),
        (record(width=480, height=640, cx=500), "width and height seem to be swapped"),
        (record(extrinsics=[[1, 0], [0, 1]]), "4 × 4 finite numbers"),
        (record(extrinsics=[[1, 0, 0, 0], [0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1]]), "4 × 4 finite numbers"),
        (record(extrinsics="eye"), "4 × 4 finite numbers"),
        (record(extrinsics=np.transpose(record()["extrinsics"]).tolist()), "seems to be transposed"),
        (changed(0, 0, 2.0), r"should be rigid.*max \|RᵀR - I\| = 3"),
        (changed(1, 1, -1.0), "det R = -1, a reflection"),
        (changed(2, 3, np.nan), "4 × 4 finite numbers.*nan"),
        ([1, 2], "should hold fx, fy"),
        (None, "should hold fx, fy"),
    ],
)
def test_a_camera_that_is_wrong_is_named(write, camera, message):
    with pytest.raises(ValueError, match=message) as error:
        read_calibration(write({"good": record(eye=(1, 0, 0)), "bad": camera}))
    assert "cameras.json, camera `bad`" in str(error.value)


def test_a_camera_twice_is_refused(write):
    text = json.dumps({"a": record(), "b": record(eye=(1, 0, 0))}).replace('"b"', '"a"')
    with pytest.raises(ValueError, match=r"cameras\.json should hold each key of an object once\. Received: `a`"):
        read_calibration(write(text))
    with pytest.raises(ValueError, match="Received: `fx`, again"):
        read_calibration(write(json.dumps({"a": record()}).replace('"fy": 500.0', '"fx": 500.0')))
