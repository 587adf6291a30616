"""The renderer against hand-made geometry: where things land, how much of a pixel they cover, how bright they are."""

import pytest

pytest.importorskip("trimesh", reason="trimesh is not installed (extra `rendering`)")

import numpy as np
import trimesh
from PIL import Image

from tfkeypoints.geometry import poses
from tfkeypoints.rendering import shapes, views
from tfkeypoints.rendering.render import AMBIENT, HEADLIGHT, OVERHEAD, Renderer, corner_normals

DOWN = np.array([[1.0, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 10], [0, 0, 0, 1]])  # at z = 10, looking down, +y up
FRONT = np.array([[0, 1.0, 0, 0], [0, 0, -1, 0], [-1, 0, 0, 10], [0, 0, 0, 1]])  # at x = 10, looking at -x


def plate(z=0.0, half=1.0):
    corners = np.array([[-half, -half, z], [half, -half, z], [half, half, z], [-half, half, z]])
    return trimesh.Trimesh(corners, [[0, 1, 2], [0, 2, 3]], process=False)


def covering(half, distance):
    """Intrinsics in which [-half, half] at `distance` spans the image."""
    return np.diag([distance / half, distance / half, 1.0])


@pytest.mark.parametrize(("height", "width"), [(64, 64), (48, 96), (90, 40)])
def test_small_sphere_lands_where_its_centre_projects(height, width):
    rng = np.random.default_rng(1)
    intrinsics, extrinsics = views.sample_cameras(rng, num_views=6, aspect=width / height, roll=1.0)
    intrinsics[:, 0, 2], intrinsics[:, 1, 2] = 0.1, -0.2
    for camera, pose in zip(intrinsics, extrinsics, strict=True):
        point = rng.uniform(-0.2, 0.2, 3)
        sphere = trimesh.creation.icosphere(subdivisions=3, radius=0.1)
        sphere.apply_translation(point)
        alpha = Renderer(sphere).render(camera, pose, height, width, samples=8)[..., 3] / 255.0
        rows, columns = np.mgrid[:height, :width]
        found = np.array([(alpha * columns).sum(), (alpha * rows).sum()]) / alpha.sum()
        x, y, z = camera @ (pose[:3, :3] @ point + pose[:3, 3])
        expected = ((x / z + 1) * width - 1) / 2, ((y / z + 1) * height - 1) / 2
        np.testing.assert_allclose(found, expected, atol=0.03)


def test_sphere_covers_the_area_of_its_outline():
    sphere = trimesh.creation.icosphere(subdivisions=5)
    intrinsics = covering(1.5, 30)
    alpha = Renderer(sphere).render(intrinsics, poses.look_at(np.array([30.0, 0, 0]), np.zeros(3)), 96, 96)[..., 3]
    focal = intrinsics[0, 0] * 48  # pixels
    expected = np.pi * (focal * np.tan(np.arcsin(1 / 30))) ** 2
    np.testing.assert_allclose(alpha.sum() / 255, expected, rtol=5e-3)
    rows, columns = np.nonzero(np.hypot(*(np.mgrid[:96, :96] - 47.5)) < 30)
    assert (alpha[rows, columns] == 255).all()


def test_alpha_is_the_share_of_covered_samples_and_color_is_not_premultiplied():
    mesh = plate(half=1.0)
    mesh.visual.face_colors = [200, 100, 50, 255]
    # 8 pixels span [-1.6, 1.6], 0.4 each: the plate covers 2.5 pixels either side of the middle.
    image = Renderer(mesh).render(covering(1.6, 10), DOWN, 8, 8)
    middle = np.array([0, 128, 255, 255, 255, 255, 128, 0])
    np.testing.assert_array_equal(image[4, :, 3], middle)
    np.testing.assert_array_equal(image[:, 4, 3], middle)
    assert image[1, 1, 3] == 64
    np.testing.assert_array_equal(image[image[..., 3] == 0], 0)
    np.testing.assert_allclose(image[1, 1, :3], image[4, 4, :3], atol=1)


def test_shade_is_ambient_plus_overhead_plus_headlight():
    mesh = plate()
    mesh.visual.face_colors = [200, 100, 50, 255]
    from_above = Renderer(mesh).render(covering(1, 10), DOWN, 9, 9)[4, 4, :3]
    np.testing.assert_allclose(from_above, np.array([200, 100, 50]) * (AMBIENT + OVERHEAD + HEADLIGHT), atol=0.51)
    slant = np.deg2rad(60)
    eye = 10 * np.array([np.sin(slant), 0, -np.cos(slant)])
    from_below = Renderer(mesh).render(covering(1, 10), poses.look_at(eye, np.zeros(3)), 9, 9)[4, 4, :3]
    shade = AMBIENT + HEADLIGHT * np.cos(slant)
    np.testing.assert_allclose(from_below, np.array([200, 100, 50]) * shade, atol=0.6)


def test_reversed_triangles_look_the_same():
    mesh = shapes.make("chairs", np.random.default_rng(3)).mesh
    turned = trimesh.Trimesh(mesh.vertices, mesh.faces[:, ::-1], face_colors=mesh.visual.face_colors, process=False)
    intrinsics, extrinsics = views.sample_cameras(np.random.default_rng(0), 1)
    images = [Renderer(m).render(intrinsics[0], extrinsics[0], 48, 48).astype(int) for m in (mesh, turned)]
    assert np.abs(images[0] - images[1]).mean() < 0.05


@pytest.mark.parametrize("category", shapes.CATEGORIES)
def test_light_and_color_do_not_tell_left_from_right(category):
    renderer = Renderer(shapes.make(category, np.random.default_rng(5)).mesh)
    intrinsics = poses.perspective(np.deg2rad(5.0))
    eye = np.array([18.0, 20.0, 13.0])
    left = renderer.render(intrinsics, poses.look_at(eye, np.zeros(3)), 64, 64).astype(int)
    right = renderer.render(intrinsics, poses.look_at(eye * [1, -1, 1], np.zeros(3)), 64, 64).astype(int)
    assert np.abs(left - right[:, ::-1]).mean() < 0.5


def test_nearest_surface_hides_what_lies_behind():
    near, far = plate(z=1.0, half=0.5), plate(z=-1.0, half=2.0)
    near.visual.face_colors, far.visual.face_colors = [255, 0, 0, 255], [0, 255, 0, 255]
    image = Renderer(trimesh.util.concatenate([far, near])).render(covering(1, 10), DOWN, 16, 16)
    assert image[8, 8, 0] > 200
    assert image[8, 8, 1] == 0
    assert image[1, 1, 1] > 200
    assert image[1, 1, 0] == 0


def test_vertex_colors_blend_linearly():
    mesh = plate()
    mesh.visual.vertex_colors = [[0, 0, 0, 255], [200, 0, 0, 255], [200, 0, 0, 255], [0, 0, 0, 255]]
    row = Renderer(mesh).render(covering(1, 10), DOWN, 10, 10)[5, :, 0]
    np.testing.assert_allclose(row, 200 * (np.arange(10) + 0.5) / 10, atol=2.5)


def test_texture_has_its_origin_at_the_bottom_left_and_repeats():
    picture = np.array([[[250, 0, 0], [0, 250, 0]], [[0, 0, 250], [250, 250, 0]]], np.uint8)  # red is top left
    mesh = plate()
    uv = np.array([[0, 0], [2, 0], [2, 1], [0, 1]])
    mesh.visual = trimesh.visual.TextureVisuals(uv=uv, image=Image.fromarray(picture))
    image = Renderer(mesh).render(covering(1, 10), DOWN, 2, 4).astype(int)
    top, bottom = image[0, :, :3] > 125, image[1, :, :3] > 125
    np.testing.assert_array_equal(top, [[1, 0, 0], [0, 1, 0]] * 2)
    np.testing.assert_array_equal(bottom, [[0, 0, 1], [1, 1, 0]] * 2)


def test_far_camera_sees_as_sharply_as_a_near_one():
    renderer = Renderer(shapes.make("chairs", np.random.default_rng(0)).mesh)
    direction = np.array([2.0, 1.0, 1.0]) / np.sqrt(6)
    images = [
        renderer.render(covering(1.3, d), poses.look_at(d * direction, np.zeros(3)), 64, 64)[..., 3].astype(int)
        for d in (3e3, 3e4)
    ]
    assert np.abs(images[0] - images[1]).mean() < 0.3


def test_object_behind_or_beside_the_camera_leaves_an_empty_image():
    sphere = trimesh.creation.icosphere()
    behind = poses.look_at(np.array([10.0, 0, 0]), np.array([20.0, 0, 0]))
    beside = poses.look_at(np.array([10.0, 0, 0]), np.array([10.0, 20.0, 0]))
    for pose in (behind, beside):
        assert not Renderer(sphere).render(np.diag([20.0, 20.0, 1.0]), pose, 16, 20).any()


def test_camera_inside_the_object_sees_its_inner_side():
    pose = poses.look_at(np.zeros(3), np.array([1.0, 0, 0]))
    assert (Renderer(trimesh.creation.icosphere()).render(np.eye(3), pose, 8, 8)[..., 3] == 255).all()


def test_normals_are_smooth_on_a_sphere_and_sharp_on_a_box():
    sphere = trimesh.creation.icosphere(subdivisions=4)
    np.testing.assert_allclose(corner_normals(sphere.triangles), sphere.triangles, atol=0.02)
    box = trimesh.creation.box()
    np.testing.assert_allclose(
        corner_normals(box.triangles), np.repeat(box.face_normals[:, None], 3, axis=1), atol=1e-6
    )


def test_normals_of_a_crowded_point_are_flat_and_cheap():
    angle = np.linspace(0, 2 * np.pi, 5001)
    rim = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    cone = np.stack([np.broadcast_to([0, 0, 1.0], rim[1:].shape), rim[:-1], rim[1:]], axis=1)
    normals = corner_normals(cone)[:, 0]
    np.testing.assert_allclose(normals[:, 2], np.sqrt(0.5), atol=1e-4)


def test_mesh_without_faces_raises():
    with pytest.raises(ValueError, match="at least one face"):
        Renderer(trimesh.Trimesh(np.eye(3), np.zeros((0, 3), int)))
