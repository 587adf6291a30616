"""What is written is read back as the same cameras, and what a format cannot say is refused, nothing written."""

import dataclasses
import json

import numpy as np
import pytest

from tests.cameras.files import rig
from tests.cameras.formats import by_hand
from tfkeypoints.calibration import Calibration, read_calibration, write_calibration
from tfkeypoints.cameras import reading
from tfkeypoints.cameras.camera import Camera
from tfkeypoints.cameras.formats import anipose, colmap, opencv, transforms
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.cameras.source import Source
from tfkeypoints.cameras.values import joined

FILES = {
    "tfkeypoints": "rig.json",
    "anipose": "rig.toml",
    "opencv": "rig.yml",
    "nerfstudio": "transforms.json",
    "colmap": "model",
}
PINHOLE = [Lens("pinhole", tuple(each)) for each in rig.PINHOLE]
FISHEYE = [Lens("fisheye", tuple(each)) for each in rig.FISHEYE]
RATIONAL = [Lens("pinhole", (*a, *b)) for a, b in zip(rig.PINHOLE, rig.RATIONAL, strict=True)]
TILTED = [
    Lens("pinhole", (*a, *b, 1e-3, 0, 2e-3, 0, 0.01, -0.02)) for a, b in zip(rig.PINHOLE, rig.RATIONAL, strict=True)
]


def calibration(lenses=PINHOLE, names=rig.NAMES):
    cameras = zip(names, rig.SIZES, rig.MATRICES, lenses, rig.ROTATIONS, rig.TRANSLATIONS, strict=True)
    return Calibration.from_cameras(
        [Camera(name, size, matrix, lens, joined(turned, shift)) for name, size, matrix, lens, turned, shift in cameras]
    )


def changed(view, **changes):
    """The rig with one camera that is another."""
    cameras = [
        Camera(*each)
        for each in zip(
            rig.NAMES, rig.SIZES, rig.MATRICES, PINHOLE, map(joined, rig.ROTATIONS, rig.TRANSLATIONS), strict=True
        )
    ]
    cameras[view] = dataclasses.replace(cameras[view], **changes)
    return Calibration.from_cameras(cameras)


@pytest.mark.parametrize("to", FILES)
@pytest.mark.parametrize(
    ("lenses", "fisheye", "coefficients"),
    [(PINHOLE, False, rig.PINHOLE), (FISHEYE, True, rig.FISHEYE), ([Lens()] * 3, False, np.zeros([3, 5]))],
    ids=["pinhole", "fisheye", "ideal"],
)
def test_points_lie_where_they_lay(tmp_path, to, lenses, fisheye, coefficients):
    path = tmp_path / FILES[to]
    assert write_calibration(path, calibration(lenses)) == to
    found = read_calibration(path)
    assert reading.format_of(path).lower().startswith(to)
    assert found.names == rig.NAMES
    np.testing.assert_array_equal(found.sizes, rig.SIZES)
    np.testing.assert_allclose(found.matrices, rig.MATRICES, rtol=0, atol=1e-11)
    pixels = found.project(rig.POINTS)
    np.testing.assert_allclose(pixels, by_hand.rig_pixels(coefficients, fisheye), rtol=0, atol=1e-9)
    assert [each.name for each in tmp_path.iterdir()] == [FILES[to]]


@pytest.mark.parametrize(
    ("to", "lenses"), [("opencv", TILTED), ("opencv", RATIONAL), ("colmap", RATIONAL), ("tfkeypoints", TILTED)]
)
def test_lenses_of_many_coefficients_are_kept_where_there_is_a_place_for_them(tmp_path, to, lenses):
    write_calibration(tmp_path / FILES[to], calibration(lenses))
    found = read_calibration(tmp_path / FILES[to])
    assert found.lenses == tuple(lenses)
    np.testing.assert_allclose(found.project(rig.POINTS), calibration(lenses).project(rig.POINTS), rtol=0, atol=1e-9)


def test_numbers_are_the_shortest_that_say_the_same(tmp_path):
    write_calibration(tmp_path / "rig.toml", calibration())
    table = Source(tmp_path / "rig.toml").toml["cam_0"]
    assert table["matrix"] == [[612.25, 0, 331.0625], [0, 598.5, 217.75], [0, 0, 1]]
    assert table["distortions"] == rig.PINHOLE[0].tolist()
    write_calibration(tmp_path / "transforms.json", calibration())
    frames = json.loads((tmp_path / "transforms.json").read_text())["frames"]
    assert (frames[2]["cx"], frames[2]["cy"]) == (655.875, 341.75)


@pytest.mark.parametrize("to", FILES)
def test_half_turns_far_cameras_and_names_of_all_kinds(tmp_path, to):
    names = ("quoted", "b#1", "Süd") if to == "colmap" else ('a "quoted" one', "b#1", "kamera Süd\\")
    turns = [np.diag([1.0, -1, -1]), np.diag([-1.0, 1, -1]), np.eye(3)]
    shifts = np.array([[512345.678, -5412345.25, 100], [0.5, 0.25, 2], [1e-7, 0, 3]])
    cameras = [
        Camera(*each) for each in zip(names, rig.SIZES, rig.MATRICES, PINHOLE, map(joined, turns, shifts), strict=True)
    ]
    written = Calibration.from_cameras(cameras)
    write_calibration(tmp_path / FILES[to], written)
    found = read_calibration(tmp_path / FILES[to])
    assert found.names == names
    np.testing.assert_allclose(found.extrinsics, written.extrinsics, rtol=1e-15, atol=1e-15)


@pytest.mark.parametrize("to", ["anipose", "colmap"])
def test_a_rotation_that_was_rounded_becomes_the_one_next_to_it(tmp_path, to):
    rounded = changed(1, extrinsics=joined(rig.ROTATIONS[1].round(5), rig.TRANSLATIONS[1]))
    write_calibration(tmp_path / FILES[to], rounded)
    found = read_calibration(tmp_path / FILES[to]).extrinsics[1, :3, :3]
    np.testing.assert_allclose(found @ found.T, np.eye(3), rtol=0, atol=1e-14)
    np.testing.assert_allclose(found, rig.ROTATIONS[1], rtol=0, atol=2e-5)


def test_more_than_ten_cameras_keep_their_order_for_who_sorts_as_text(tmp_path):
    poses = [joined(rig.ROTATIONS[0], np.array([index, 0.0, 3])) for index in range(12)]
    cameras = [Camera(f"c{index}", rig.SIZES[0], rig.MATRICES[0], Lens(), pose) for index, pose in enumerate(poses)]
    for name in ("rig.toml", "rig.yaml", "rig.json", "model"):
        write_calibration(tmp_path / name, Calibration.from_cameras(cameras))
        assert read_calibration(tmp_path / name).names == tuple(f"c{index}" for index in range(12))
    tables = [key for key in Source(tmp_path / "rig.toml").toml if key != "metadata"]
    assert tables == sorted(tables)


def test_a_size_that_is_not_known_stays_so_in_opencvs_file(tmp_path):
    write_calibration(tmp_path / "rig.yml", changed(1, size=None))
    found = read_calibration(tmp_path / "rig.yml")
    np.testing.assert_array_equal(found.sizes, [rig.SIZES[0], (0, 0), rig.SIZES[2]])
    np.testing.assert_allclose(found.project(rig.POINTS), by_hand.rig_pixels(), rtol=0, atol=1e-9)


SKEWED = rig.MATRICES[1] + [[0, 0.5, 0], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("formats", "changes", "message"),
    [
        (("anipose", "opencv", "nerfstudio", "colmap"), {"matrix": SKEWED}, r"no skew, which .* cannot say.*skew=0\.5"),
        (
            ("anipose", "nerfstudio"),
            {"lens": RATIONAL[1]},
            r"a pinhole lens of 5 coefficients.*Received: 8 coefficients",
        ),
        (("anipose", "nerfstudio", "colmap"), {"lens": TILTED[1]}, "Received: 14 coefficients"),
        (("tfkeypoints", "anipose", "nerfstudio", "colmap"), {"size": None}, "should have the size of its images"),
        (("nerfstudio",), {"lens": FISHEYE[1]}, "should have a pinhole lens, as `left` has.*Received: fisheye"),
    ],
)
def test_what_a_format_cannot_say_is_refused_and_nothing_is_written(tmp_path, formats, changes, message):
    for to in formats:
        with pytest.raises(ValueError, match=f"camera `middle`.*{message}"):
            write_calibration(tmp_path / FILES[to], changed(1, **changes))
        assert not list(tmp_path.iterdir())


def test_coefficients_that_are_0_need_no_place(tmp_path):
    lens = Lens("pinhole", (*rig.PINHOLE[1], 0, 0, 0, 0, 0, 0, 0, 0, 0))
    for to in ("anipose", "nerfstudio", "colmap"):
        write_calibration(tmp_path / FILES[to], changed(1, lens=lens))
        found = read_calibration(tmp_path / FILES[to])
        np.testing.assert_allclose(found.project(rig.POINTS), by_hand.rig_pixels(), rtol=0, atol=1e-9)


def test_names_that_colmap_would_cut_are_refused(tmp_path):
    for name in (" left", "the left one", "a\nb", ""):
        with pytest.raises(ValueError, match="a name without blanks"):
            write_calibration(tmp_path / "model", changed(0, name=name))
    assert not list(tmp_path.iterdir())


def test_the_name_of_the_file_says_the_format(tmp_path):
    for name in ("rig.xml", "rig.txt", "rig.toml2"):
        with pytest.raises(ValueError, match=r"anipose \(\.toml\).*colmap \(a folder\)\. Received: path=.*" + name):
            write_calibration(tmp_path / name, calibration())
    with pytest.raises(ValueError, match="to=anipose"):
        write_calibration(tmp_path / "rig.json", calibration(), to="anipose")
    assert write_calibration(tmp_path / "cameras.json", calibration(), to="nerfstudio") == "nerfstudio"
    assert read_calibration(tmp_path / "cameras.json").names == rig.NAMES
    (tmp_path / "model").mkdir()
    with pytest.raises(ValueError, match="should be a folder that is not there yet"):
        write_calibration(tmp_path / "model", calibration())


def test_an_older_file_stays_where_the_new_one_is_refused(tmp_path):
    for module, name in ((anipose, "rig.toml"), (opencv, "rig.yml"), (transforms, "transforms.json")):
        module.write(tmp_path / name, calibration())
        before = (tmp_path / name).read_bytes()
        with pytest.raises(ValueError, match="no skew"):
            module.write(tmp_path / name, changed(2, matrix=SKEWED))
        assert (tmp_path / name).read_bytes() == before
    with pytest.raises(ValueError, match="no skew"):
        colmap.write(tmp_path / "model", changed(2, matrix=SKEWED))
    assert not (tmp_path / "model").exists()
