"""A scene page is complete and holds the right points; what it shows is read back from it."""

import base64
import json
import re

import numpy as np
import pytest

from tests import reference
from tfkeypoints.visualization import write_scene_page


@pytest.fixture
def scene(rng):
    intrinsics, extrinsics = reference.random_cameras(rng, (3,))
    return rng.normal(size=(4, 5, 3)), rng.normal(size=(4, 2, 3)), intrinsics, extrinsics


def shown(path):
    """What a page holds, with its points as arrays in the world."""
    content = json.loads(re.search(r'<script id="data"[^>]*>(.*?)</script>', path.read_text(), re.DOTALL)[1])
    for name, number in (("keypoints", len(content["colors"])), ("landmarks", len(content["landmark_names"]))):
        content[name] = unpacked(content[name]).reshape(len(content["frames"]), number, 3) + content["origin"]
    times = [len(content["frames"])] if content["moving"] else []
    frusta = unpacked(content["frusta"]).reshape(*times, len(content["cameras"]), -1, 3)
    return content | {"frusta": frusta + content["origin"]}


def unpacked(text):
    return np.frombuffer(base64.b64decode(text), "<f4").astype(float)


def test_the_file_is_whole_and_loads_nothing(tmp_path, scene):
    path = write_scene_page(tmp_path / "new" / "scene.html", *scene, ["hand", "box"], "metre")
    page = path.read_text()
    assert [each.name for each in path.parent.iterdir()] == ["scene.html"]
    assert "http" not in page and "<script src" not in page and "<link" not in page
    assert len(page) < 40_000
    assert write_scene_page(path, *scene, ["hand", "box"], "metre").read_text() == page


def test_each_frame_holds_the_points_of_its_time(tmp_path, scene):
    keypoints, landmarks, *_ = scene
    content = shown(write_scene_page(tmp_path / "scene.html", *scene, ["hand", "box"], "metre", 25))
    np.testing.assert_allclose(content["keypoints"], keypoints, rtol=1e-6)
    np.testing.assert_allclose(content["landmarks"], landmarks, rtol=1e-6)
    assert content["landmark_names"] == ["hand", "box"]
    assert (content["unit"], content["fps"], content["video"]) == ("metre", 25, None)
    assert content["frames"] == ["0", "1", "2", "3"]


def test_pyramids_project_onto_the_corners_of_the_images(tmp_path, scene):
    *_, intrinsics, extrinsics = scene
    content = shown(write_scene_page(tmp_path / "scene.html", *scene))
    for view, line in enumerate(content["frusta"]):
        eye = -extrinsics[view, :3, :3].T @ extrinsics[view, :3, 3]
        np.testing.assert_allclose(line[0], eye, atol=1e-5)
        seen = [reference.project(point, intrinsics[view], extrinsics[view])[0] for point in line[[1, 3, 5, 6]]]
        np.testing.assert_allclose(seen, [(-1, -1), (1, -1), (1, 1), (-1, 1)], atol=1e-3)


def test_cameras_move_if_they_do_and_stand_still_otherwise(tmp_path, scene):
    keypoints, _, intrinsics, extrinsics = scene
    still = np.tile(extrinsics, (4, 1, 1, 1))
    moving = still.copy()
    moving[:, :, 2, 3] += np.arange(4)[:, None]
    path = tmp_path / "scene.html"
    assert not shown(write_scene_page(path, keypoints, None, intrinsics, still))["moving"]
    frusta = shown(write_scene_page(path, keypoints, None, np.tile(intrinsics, (4, 1, 1, 1)), moving))["frusta"]
    expected = -extrinsics[0, :3, :3].T @ (extrinsics[0, :3, 3] + [0, 0, 3])
    np.testing.assert_allclose(frusta[3, 0, 0], expected, atol=1e-5)


def test_bounds_hold_everything(tmp_path, scene):
    content = shown(write_scene_page(tmp_path / "scene.html", *scene))
    places = np.concatenate([content[name].reshape(-1, 3) for name in ("keypoints", "landmarks", "frusta")])
    np.testing.assert_allclose(content["bounds"], [places.min(0), places.max(0)], rtol=1e-6)


def test_unknown_keypoints_are_gaps_and_count_for_no_bound(tmp_path, scene):
    keypoints, landmarks, *cameras = scene
    keypoints[1] = np.nan
    keypoints[2, 4, 1] = np.nan  # no point without a height
    content = shown(write_scene_page(tmp_path / "scene.html", keypoints, landmarks, *cameras))
    unknown = np.isnan(content["keypoints"])
    assert unknown.all(-1).tolist() == [[False] * 5, [True] * 5, [False] * 4 + [True], [False] * 5]
    assert (unknown.any(-1) == unknown.all(-1)).all()
    assert np.isfinite(content["bounds"]).all() and np.isfinite(content["frusta"]).all()


def test_a_survey_keeps_its_digits(tmp_path, scene):
    """Of float32, 5,400,000 m leave half a metre; a place near the scene leaves its rounding, 6e-8 of some metres."""
    keypoints, landmarks, intrinsics, extrinsics = scene
    far = np.array([500_000.25, 5_400_000.5, 120.0])
    moved = extrinsics.copy()
    moved[:, :3, 3] -= extrinsics[:, :3, :3] @ far
    content = shown(write_scene_page(tmp_path / "scene.html", keypoints + far, landmarks + far, intrinsics, moved))
    near = shown(write_scene_page(tmp_path / "scene.html", *scene))
    assert near["origin"] == [0, 0, 0]
    assert all(value == round(value) for value in content["origin"])
    np.testing.assert_allclose(content["keypoints"] - far, keypoints, atol=1e-5)
    np.testing.assert_allclose(content["landmarks"] - far, landmarks, atol=1e-5)
    np.testing.assert_allclose(content["frusta"] - far, near["frusta"], atol=1e-5)


def test_frames_and_the_video_have_the_names_that_are_given(tmp_path, scene):
    tiles = [[0, 20, 320, 160], [324, 20, 320, 160], [648, 20, 320, 160]]
    names = ["</script>", "b", "c", 9]
    path = write_scene_page(tmp_path / "scene.html", *scene, frame_names=names, video="a b.mp4", tiles=tiles)
    content = shown(path)
    assert content["frames"] == ["</script>", "b", "c", "9"]
    assert content["video"] == "a%20b.mp4" and content["tiles"] == tiles


@pytest.mark.parametrize(("down", "up"), [([0, 0, -1], (0, 0, 1)), ([0.1, 1, 0.2], (0, -1, 0))])
def test_the_axis_that_points_up_in_the_images_points_up_in_the_page(tmp_path, down, up):
    down = np.array(down) / np.linalg.norm(down)
    forward = np.cross(down, [1.0, 0, 0.5])
    forward /= np.linalg.norm(forward)
    extrinsics = np.eye(4)
    extrinsics[:3, :3] = [np.cross(down, forward), down, forward]
    path = tmp_path / "scene.html"
    write_scene_page(path, np.zeros((1, 1, 3)) + forward, None, np.eye(3)[None], extrinsics[None])
    assert tuple(shown(path)["up"]) == up


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
    for video, tiles in (("a.mp4", None), (None, np.zeros((3, 4)))):
        with pytest.raises(ValueError, match="`video` and `tiles` belong together"):
            write_scene_page(path, *scene, video=video, tiles=tiles)
    with pytest.raises(ValueError, match=r"`tiles` must be finite, of shape \[3, 4\]"):
        write_scene_page(path, *scene, video="a.mp4", tiles=np.zeros((2, 4)))
    assert not list(tmp_path.iterdir())
