"""The page of a rig holds its cameras where they stand; its figure is read back from plotly."""

import dataclasses
import sys

import numpy as np
import pytest

from tests.cameras.files import rig
from tests.cameras.test_summary import cameras, translation
from tfkeypoints.calibration import Calibration
from tfkeypoints.cameras.lens import Lens
from tfkeypoints.visualization import write_rig_page

pytest.importorskip("plotly", reason="plotly is not installed (extra `pages`)")


@pytest.fixture
def figures(monkeypatch):
    """The figures written during a test."""
    from plotly import graph_objects

    written = []
    monkeypatch.setattr(
        graph_objects.Figure, "write_html", lambda self, path, **_: written.append(self) or path.write_text("")
    )
    return written


def traces(figure):
    return {each.name: np.stack([each.x, each.y, each.z], -1) for each in figure.data}


def pyramids(figure, count):
    """The lines of each camera without the gap behind them."""
    return traces(figure)["cameras"].reshape(count, -1, 3)[:, :-1]


def test_the_file_is_whole_and_loads_nothing(tmp_path):
    calibration = Calibration.from_cameras(cameras())
    path = write_rig_page(tmp_path / "new" / "rig.html", calibration, "metre")
    page = path.read_text()
    assert [each.name for each in path.parent.iterdir()] == ["rig.html"]
    assert "<script src" not in page
    assert "Plotly.newPlot" in page
    assert "z (metre)" in page
    assert write_rig_page(path, calibration, "metre").read_text() == page


def test_names_eyes_axes_and_meeting_point_are_where_they_belong(tmp_path, figures):
    write_rig_page(tmp_path / "rig.html", Calibration.from_cameras(cameras()))
    found = traces(figures[0])
    eyes = [[4, 0, 0], [0, 3, 0], [0, 0, 5]]
    np.testing.assert_allclose(found["camera names"], eyes, atol=1e-6)
    np.testing.assert_allclose(found["meeting point"], [[0, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(pyramids(figures[0], 3)[:, 0], eyes, atol=1e-6)
    sight = found["optical axes"].reshape(3, 3, 3)
    np.testing.assert_allclose(sight[:, 0], eyes, atol=1e-6)
    np.testing.assert_allclose(sight[:, 1], 0, atol=1e-6)
    assert list(next(each.text for each in figures[0].data if each.name == "camera names")) == [
        "east",
        "north",
        "above",
    ]
    scene = figures[0].layout.scene
    assert scene.aspectmode == "data"
    assert (scene.camera.up.x, scene.camera.up.y, scene.camera.up.z) == (0, 0, 1)
    for axis, name in enumerate("xyz"):
        low, high = scene[f"{name}axis"].range
        assert low < min(found["cameras"][np.isfinite(found["cameras"][:, 0]), axis])
        assert high > max(found["cameras"][np.isfinite(found["cameras"][:, 0]), axis])


@pytest.mark.parametrize("kind", ["pinhole", "fisheye"])
def test_borders_are_bent_as_the_lens_bends_them(tmp_path, figures, kind):
    lenses = [Lens(kind, tuple(each)) for each in getattr(rig, kind.upper())]
    sizes, matrices = np.array(rig.SIZES), rig.MATRICES
    rigs = [
        dataclasses.replace(each, size=tuple(size.tolist()), matrix=matrix, lens=lens)
        for each, size, matrix, lens in zip(cameras(), sizes, matrices, lenses, strict=True)
    ]
    calibration = Calibration.from_cameras(rigs)
    write_rig_page(tmp_path / "rig.html", calibration)
    border = pyramids(figures[0], 3)[:, 1:65].astype(np.float64)
    for view in range(3):
        pixels = calibration.project(border[view])[view]
        width, height = sizes[view]
        outside = np.minimum.reduce(
            [
                abs(pixels[:, 0] + 0.5),
                abs(pixels[:, 0] - width + 0.5),
                abs(pixels[:, 1] + 0.5),
                abs(pixels[:, 1] - height + 0.5),
            ]
        )
        assert outside.max() < 0.01  # float32 of a pyramid of half a unit, at some 1000 pixels
        np.testing.assert_allclose(pixels[0], [-0.5, -0.5], atol=0.01)
        assert np.ptp(pixels, axis=0) == pytest.approx(sizes[view], abs=0.02)


def test_what_a_lens_does_not_show_is_a_gap_and_a_size_that_is_not_known_is_assumed(tmp_path, figures):
    rigs = cameras()
    square = np.array([[320.0, 0, 319.5], [0, 320, 239.5], [0, 0, 1]])
    rigs[0] = dataclasses.replace(rigs[0], matrix=square, lens=Lens("pinhole", (-0.1, 0, 0, 0)))
    rigs[1] = dataclasses.replace(rigs[1], size=None)
    write_rig_page(tmp_path / "rig.html", Calibration.from_cameras(rigs))
    first, second, third = pyramids(figures[0], 3)
    assert np.isnan(first[1]).all()  # the corner
    assert np.isfinite(first[9]).all()  # the middle of the upper side
    assert np.isfinite(first[-9:]).all()  # the edges end beside the corners
    length = np.linalg.norm(third[1] - third[0])  # of the same size and shape
    np.testing.assert_allclose(np.linalg.norm(second[1] - second[0]), length, rtol=1e-5)


def test_a_rig_far_from_the_origin_is_drawn_near_to_it(tmp_path, figures):
    far = [
        dataclasses.replace(each, extrinsics=each.extrinsics @ translation(-512345.5, -5412345.25, 0))
        for each in cameras()
    ]
    write_rig_page(tmp_path / "rig.html", Calibration.from_cameras(far), "metre")
    scene = figures[0].layout.scene
    offset = [float(scene[f"{axis}axis"].title.text.split()[2]) for axis in "xy"]
    assert scene.xaxis.title.text.startswith("x − 51234")
    assert scene.zaxis.title.text == "z (metre)"
    names = traces(figures[0])["camera names"]
    np.testing.assert_allclose(names[0, :2] + offset, [512349.5, 5412345.25], atol=1e-6)


def test_parallel_cameras_and_a_single_one_are_drawn_too(tmp_path, figures):
    east, *_ = cameras()
    beside = dataclasses.replace(east, name="b", extrinsics=east.extrinsics @ translation(0, 2, 0))
    for rigs in ([east, beside], [east]):
        write_rig_page(tmp_path / "rig.html", Calibration.from_cameras(rigs))
        found = traces(figures[-1])
        assert "meeting point" not in found
        assert np.isfinite(pyramids(figures[-1], len(rigs))).all()
    np.testing.assert_allclose(traces(figures[0])["optical axes"][:2], [[4, 0, 0], [2, 0, 0]], atol=1e-6)


def test_bad_input_is_named_and_leaves_nothing(tmp_path, monkeypatch):
    calibration = Calibration.from_cameras(cameras())
    with pytest.raises(ValueError, match=r"must end in \.html\. Received: path=.*rig\.png"):
        write_rig_page(tmp_path / "rig.png", calibration)
    monkeypatch.setitem(sys.modules, "plotly", None)
    with pytest.raises(ImportError, match=r"tfkeypoints\[pages\]"):
        write_rig_page(tmp_path / "rig.html", calibration)
    assert not list(tmp_path.iterdir())
