"""Mesh files of every kind: the frame and size they arrive in, the colors they keep, and the errors of bad ones."""

import pytest

pytest.importorskip("trimesh", reason="trimesh is not installed (extra `rendering`)")

import numpy as np
import trimesh
from PIL import Image

from tfkeypoints.geometry import poses
from tfkeypoints.rendering import meshes
from tfkeypoints.rendering.render import Renderer


@pytest.fixture
def wedge():
    """A tetrahedron without symmetry, y up and facing z as files usually are."""
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 3, 0], [0, 0, 2]])
    return trimesh.Trimesh(vertices, [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], process=False)


def corner_set(mesh):
    return np.unique(np.round(mesh.triangles.reshape(-1, 3), 5), axis=0)


def textured(uv, pixels):
    material = trimesh.visual.material.PBRMaterial(
        baseColorTexture=Image.fromarray(pixels), baseColorFactor=[255, 255, 255, 255]
    )
    return trimesh.visual.TextureVisuals(uv=uv, material=material)


@pytest.mark.parametrize("suffix", ["obj", "glb", "ply", "stl", "off"])
def test_every_format_gives_the_same_normalised_object(tmp_path, wedge, suffix):
    wedge.export(tmp_path / f"wedge.{suffix}")
    mesh = meshes.load_mesh(tmp_path / f"wedge.{suffix}")
    # y up and z forward: (x, y, z) of the file becomes forward z, left x, up y; the box is 2 by 1 by 3.
    half = np.array([2, 1, 3]) / 2
    expected = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 3], [2, 0, 0]]) - half
    expected = expected / np.linalg.norm(expected, axis=1).max()
    np.testing.assert_allclose(corner_set(mesh), np.unique(np.round(expected, 5), axis=0), atol=2e-5)
    assert len(mesh.faces) == 4


def test_result_is_centred_and_its_farthest_vertex_is_at_distance_one(tmp_path, wedge):
    wedge.apply_translation([100, -50, 3])
    wedge.export(tmp_path / "far.ply")
    mesh = meshes.load_mesh(tmp_path / "far.ply")
    np.testing.assert_allclose(mesh.bounds.sum(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(mesh.vertices, axis=1).max(), 1, atol=1e-6)


def test_frame_turns_up_to_z_and_forward_to_x_without_mirroring():
    for up, forward in [("y", "z"), ("z", "x"), ("z", "-y"), ("-x", "y")]:
        rotation = meshes.frame(up, forward)
        np.testing.assert_allclose(np.linalg.det(rotation), 1)
        axis = {"x": [1, 0, 0], "y": [0, 1, 0], "z": [0, 0, 1]}
        for name, expected in [(up, [0, 0, 1]), (forward, [1, 0, 0])]:
            sign = -1 if name.startswith("-") else 1
            np.testing.assert_array_equal(rotation @ (sign * np.array(axis[name[-1]])), expected)
    np.testing.assert_array_equal(meshes.frame("z", "x"), np.eye(3))


@pytest.mark.parametrize(("up", "forward"), [("y", "y"), ("y", "-y"), ("w", "x"), ("y", "--z"), ("", "x")])
def test_axes_that_make_no_frame_raise(up, forward):
    with pytest.raises(ValueError, match="Received: "):
        meshes.frame(up, forward)


def test_scene_keeps_face_vertex_and_texture_colors_and_places(tmp_path):
    red, green, checked = (trimesh.creation.box() for _ in range(3))
    red.visual.face_colors = [240, 0, 0, 255]
    green.visual.vertex_colors = [0, 240, 0, 255]
    checked.visual = textured(5 * checked.vertices[:, :2], np.full((8, 8, 3), [0, 0, 240], np.uint8))
    scene = trimesh.Scene()
    for part, x in [(red, -2), (green, 0), (checked, 2)]:
        scene.add_geometry(part, transform=trimesh.transformations.translation_matrix([x, 0, 0]))
    scene.export(tmp_path / "scene.glb")
    mesh = meshes.load_mesh(tmp_path / "scene.glb", up="z", forward="x")
    assert len(mesh.faces) == 36
    for x, channel in [(-2, 0), (0, 1), (2, 2)]:
        place = np.array([x, 0, 0]) / np.linalg.norm([2.5, 0.5, 0.5])
        image = Renderer(mesh).render(np.diag([60.0, 60, 1]), poses.look_at(place + [0, -20, 0], place), 9, 9)
        assert image[4, 4, channel] > 120
        assert np.delete(image[4, 4, :3], channel).max() == 0


def test_repeating_texture_survives_being_joined_with_other_parts(tmp_path):
    stripes = np.zeros((8, 8, 3), np.uint8)
    stripes[:, :4, 0], stripes[:, 4:, 1] = 240, 240
    floor = trimesh.Trimesh([[0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0]], [[0, 1, 2], [0, 2, 3]], process=False)
    floor.visual = textured(floor.vertices[:, :2] - 1, stripes)
    lamp = trimesh.creation.box([0.1, 0.1, 0.1])
    lamp.visual.face_colors = [0, 0, 240, 255]
    lamp.apply_translation([2, 2, -1])
    trimesh.Scene([floor, lamp]).export(tmp_path / "room.glb")
    mesh = meshes.load_mesh(tmp_path / "room.glb", up="z", forward="x")
    radius = np.linalg.norm(np.array([4, 4, 1.05]) / 2)
    pose = poses.look_at(np.array([0, 0, 100.0]), np.zeros(3))
    intrinsics = np.diag([100 / (2 / radius), 100 / (2 / radius), 1.0])
    image = Renderer(mesh).render(intrinsics, pose, 32, 32, samples=1)
    column = image[:, 16, :2] > 120  # +x is up in this view: from x = 4 at the top to x = 0
    expected = np.floor(2 * (4 - (np.arange(32) + 0.5) / 8)).astype(int) % 2
    inside = np.arange(32) % 4 % 3 > 0  # one pixel away from each edge between stripes
    np.testing.assert_array_equal(column[inside, 1], expected[inside] == 1)
    np.testing.assert_array_equal(column[inside, 0], expected[inside] == 0)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("garbage.obj", "this is not a mesh\n" * 5),
        ("garbage.glb", "glTF but not really"),
        ("garbage.stl", "\x00\x01"),
        ("empty.ply", ""),
        ("points.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\n"),
        ("nan.obj", "v 0 0 0\nv 1 nan 0\nv 0 1 0\nf 1 2 3\n"),
        ("infinite.obj", "v 0 0 0\nv 1 inf 0\nv 0 1 0\nf 1 2 3\n"),
        ("range.obj", "v 0 0 0\nv 1 0 0\nf 1 2 7\n"),
        ("point.obj", "v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n"),
        ("notes.txt", "hello"),
    ],
)
def test_bad_file_raises_an_error_that_names_it(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=name):
        meshes.load_mesh(tmp_path / name)


def test_missing_file_raises_an_error_that_names_it(tmp_path):
    with pytest.raises(ValueError, match=r"nowhere\.obj"):
        meshes.load_mesh(tmp_path / "nowhere.obj")


def test_find_meshes_knows_shapenets_layout_and_any_other(tmp_path):
    for name in [
        "03001627/abc/models/model_normalized.obj",
        "03001627/abc/models/model_normalized.mtl",
        "def/model.obj",
        "free/stool.STL",
        "free/stool.ply",
        "top.glb",
        "readme.txt",
    ]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [(name, path.relative_to(tmp_path).as_posix()) for name, path in meshes.find_meshes(tmp_path)]
    assert found == [
        ("03001627/abc", "03001627/abc/models/model_normalized.obj"),
        ("def", "def/model.obj"),
        ("free/stool", "free/stool.ply"),
        ("top", "top.glb"),
    ]


def test_find_meshes_in_a_missing_folder_raises(tmp_path):
    with pytest.raises(ValueError, match="nowhere"):
        meshes.find_meshes(tmp_path / "nowhere")
