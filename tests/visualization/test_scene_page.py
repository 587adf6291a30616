"""A scene page is complete and holds the right points; its figure is read back from plotly."""

import sys

import numpy as np
import pytest

from tests import reference
from tfkeypoints.visualization import write_scene_page

pytest.importorskip("plotly", reason="plotly is not installed (extra `pages`)")


@pytest.fixture
def scene(rng):
    intrinsics, extrinsics = reference.random_cameras(rng, (3,))
    return rng.normal(size=(4, 5, 3)), rng.normal(size=(4, 2, 3)), intrinsics, extrinsics


@pytest.fixture
def figures(monkeypatch):
    """The figures written during a test."""
    from plotly import graph_objects

    written = []
    monkeypatch.setattr(
        graph_objects.Figure, "write_html", lambda self, path, **_: written.append(self) or path.write_text("")
    )
    return written


def trace(data, name):
    (found,) = (each for each in data if each.name == name)
    return found, np.stack([found.x, found.y, found.z], -1)


def test_the_file_is_whole_and_loads_nothing(tmp_path, scene):
    path = write_scene_page(tmp_path / "new" / "scene.html", *scene, ["hand", "box"], "metre")
    page = path.read_text()
    assert [each.name for each in path.parent.iterdir()] == ["scene.html"]
    assert "<script src" not in page
    assert "Plotly.newPlot" in page
    assert "x (metre)" in page
    assert write_scene_page(path, *scene, ["hand", "box"], "metre").read_text() == page


def test_each_frame_holds_the_points_of_its_time(tmp_path, scene, figures):
    keypoints, landmarks, *_ = scene
    write_scene_page(tmp_path / "scene.html", *scene, ["hand", "box"], "metre")
    (figure,) = figures
    assert len(figure.frames) == len(figure.layout.sliders[0].steps) == 4
    for time, frame in enumerate(figure.frames):
        np.testing.assert_allclose(trace(frame.data, "keypoints")[1], keypoints[time], rtol=1e-6)
        shown, places = trace(frame.data, "landmarks")
        np.testing.assert_allclose(places, landmarks[time], rtol=1e-6)
        assert list(shown.text) == ["hand", "box"]
        assert [figure.data[index].name for index in frame.traces] == [each.name for each in frame.data]


def test_pyramids_project_onto_the_corners_of_the_images(tmp_path, scene, figures):
    *_, intrinsics, extrinsics = scene
    write_scene_page(tmp_path / "scene.html", *scene)
    cameras, places = trace(figures[0].data, "cameras")
    assert cameras.mode == "lines"
    for view, line in enumerate(places.reshape(3, -1, 3)):
        assert np.isnan(line[-1]).all()  # pyramids are apart
        eye = -extrinsics[view, :3, :3].T @ extrinsics[view, :3, 3]
        np.testing.assert_allclose(line[0], eye, atol=1e-5)
        seen = [
            tuple(reference.project(point, intrinsics[view], extrinsics[view])[0].round(3))
            for point in line[:-1]
            if np.linalg.norm(point - eye) > 1e-4
        ]
        assert {(-1, -1), (1, -1), (1, 1), (-1, 1)} < set(seen)


def test_cameras_move_if_they_do_and_stand_still_otherwise(tmp_path, scene, figures):
    keypoints, _, intrinsics, extrinsics = scene
    still = np.tile(extrinsics, (4, 1, 1, 1))
    moving = still.copy()
    moving[:, :, 2, 3] += np.arange(4)[:, None]
    write_scene_page(tmp_path / "scene.html", keypoints, None, intrinsics, still)
    write_scene_page(tmp_path / "scene.html", keypoints, None, np.tile(intrinsics, (4, 1, 1, 1)), moving)
    still, moving = figures
    assert "cameras" not in [each.name for each in still.frames[0].data]
    places = [trace(frame.data, "camera names")[1] for frame in moving.frames]
    np.testing.assert_allclose(places[3][0], -extrinsics[0, :3, :3].T @ (extrinsics[0, :3, 3] + [0, 0, 3]), atol=1e-5)


def test_axes_have_one_scale_and_hold_everything(tmp_path, scene, figures):
    write_scene_page(tmp_path / "scene.html", *scene)
    layout = figures[0].layout.scene
    assert layout.aspectmode == "data"
    for axis, name in enumerate("xyz"):
        low, high = layout[f"{name}axis"].range
        places = np.concatenate([trace(figures[0].data, each)[1] for each in ("cameras", "trajectories")])
        assert low < np.nanmin(places[:, axis])
        assert high > np.nanmax(places[:, axis])


def test_unknown_keypoints_are_gaps_and_count_for_no_axis(tmp_path, scene, figures):
    keypoints, landmarks, *cameras = scene
    known = keypoints[[0, 2, 3]]
    keypoints[1] = np.nan
    keypoints[2, 4, 1] = np.nan  # no point without a height
    write_scene_page(tmp_path / "scene.html", keypoints, landmarks, *cameras)
    (figure,) = figures
    _, lines = trace(figure.data, "trajectories")
    lines = lines.reshape(5, 5, 3)
    assert np.isnan(lines).all(-1).tolist() == [[False, True, k == 4, False, True] for k in range(5)]
    np.testing.assert_allclose(lines[:4, [0, 2, 3]], np.swapaxes(known, 0, 1)[:4], rtol=1e-6)
    assert np.isnan(trace(figure.frames[1].data, "keypoints")[1]).all()
    assert not figure.data[0].connectgaps
    for axis in "xyz":
        assert np.isfinite(figure.layout.scene[f"{axis}axis"].range).all()
    _, pyramids = trace(figure.data, "cameras")
    assert np.isfinite(pyramids).all(-1).sum() == 3 * 13


def test_frames_have_the_names_that_are_given(tmp_path, scene, figures):
    write_scene_page(tmp_path / "scene.html", *scene, frame_names=[7, "b", "c", 9])
    (figure,) = figures
    assert [frame.name for frame in figure.frames] == ["7", "b", "c", "9"]
    steps = figure.layout.sliders[0].steps
    assert [(step.label, step.args[0]) for step in steps] == [(name, (name,)) for name in ("7", "b", "c", "9")]


@pytest.mark.parametrize(("down", "up"), [([0, 0, -1], (0, 0, 1)), ([0.1, 1, 0.2], (0, -1, 0))])
def test_the_axis_that_points_up_in_the_images_points_up_in_the_page(tmp_path, figures, down, up):
    down = np.array(down) / np.linalg.norm(down)
    forward = np.cross(down, [1.0, 0, 0.5])
    forward /= np.linalg.norm(forward)
    extrinsics = np.eye(4)
    extrinsics[:3, :3] = [np.cross(down, forward), down, forward]
    write_scene_page(tmp_path / "scene.html", np.zeros((1, 1, 3)) + forward, None, np.eye(3)[None], extrinsics[None])
    shown = figures[0].layout.scene.camera.up
    assert (shown.x, shown.y, shown.z) == up


def test_bad_input_is_named_and_leaves_nothing(tmp_path, scene):
    keypoints, landmarks, intrinsics, extrinsics = scene
    path = tmp_path / "scene.html"
    with pytest.raises(ValueError, match=r"\.html"):
        write_scene_page(tmp_path / "scene.png", *scene)
    with pytest.raises(ValueError, match=r"`landmarks` must be finite, of shape \[4, number, 3\]"):
        write_scene_page(path, keypoints, landmarks[:3], intrinsics, extrinsics)
    with pytest.raises(ValueError, match="`intrinsics`"):
        write_scene_page(path, keypoints, landmarks, intrinsics[:2], extrinsics)
    with pytest.raises(ValueError, match="`landmark_names` must hold 2"):
        write_scene_page(path, *scene, ["hand"])
    for value, told in ((np.inf, "1 values"), (-np.inf, "1 values")):
        wrong = keypoints.copy()
        wrong[1, 2, 0] = value
        with pytest.raises(ValueError, match=f"`keypoints` must be finite or NaN.*{told} that are not"):
            write_scene_page(path, wrong, landmarks, intrinsics, extrinsics)
    with pytest.raises(ValueError, match="`landmarks` must be finite, "):
        write_scene_page(path, keypoints, np.full_like(landmarks, np.nan), intrinsics, extrinsics)
    for empty in (np.full_like(keypoints, np.nan), keypoints[:, :0]):
        with pytest.raises(ValueError, match="`keypoints` must hold a known point"):
            write_scene_page(path, empty, landmarks, intrinsics, extrinsics)
    for names in ("abc", "abca"):
        with pytest.raises(ValueError, match="`frame_names` must hold 4 different strings"):
            write_scene_page(path, *scene, frame_names=names)
    with pytest.raises(ValueError, match="fps=0"):
        write_scene_page(path, *scene, fps=0)
    assert not list(tmp_path.iterdir())


def test_without_plotly_the_error_says_what_to_install(tmp_path, scene, monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly", None)
    with pytest.raises(ImportError, match=r"tfkeypoints\[pages\]"):
        write_scene_page(tmp_path / "scene.html", *scene)
