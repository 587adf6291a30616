"""What holds for every procedural object: size, symmetry, variety, and landmarks that mean the same thing."""

import pytest

pytest.importorskip("trimesh", reason="trimesh is not installed (extra `rendering`)")

import numpy as np
import trimesh
from scipy import ndimage, spatial

from tfkeypoints.rendering import shapes, views
from tfkeypoints.rendering.render import Renderer

SEEDS = range(12)


@pytest.fixture(scope="module", params=shapes.CATEGORIES)
def objects(request):
    return [shapes.make(request.param, np.random.default_rng(seed)) for seed in SEEDS]


def point(shape, name):
    return shape.landmarks[shape.landmark_names.index(name)]


def test_object_is_centred_and_its_farthest_vertex_is_at_distance_one(objects):
    for shape in objects:
        vertices = shape.mesh.vertices
        np.testing.assert_allclose(vertices.min(axis=0) + vertices.max(axis=0), 0, atol=1e-9)
        np.testing.assert_allclose(np.linalg.norm(vertices, axis=1).max(), 1)


def test_landmarks_have_the_same_names_in_every_instance(objects):
    assert len({shape.landmark_names for shape in objects}) == 1
    assert objects[0].landmarks.shape == (len(objects[0].landmark_names), 3)
    assert objects[0].landmarks.dtype == np.float32
    assert len(objects[0].landmark_names) >= 10


def test_landmarks_lie_on_or_very_near_the_surface(objects):
    for shape in objects:
        surface, _ = trimesh.sample.sample_surface(shape.mesh, 20000, seed=0)
        assert spatial.cKDTree(surface).query(shape.landmarks)[0].max() < 0.06


def test_projected_landmarks_lie_on_the_drawn_object_within_one_pixel(objects):
    size = 64
    for shape in objects[:6]:
        renderer = Renderer(shape.mesh)
        intrinsics, extrinsics = views.sample_cameras(np.random.default_rng(0), 4)
        for camera, pose in zip(intrinsics, extrinsics, strict=True):
            alpha = renderer.render(camera, pose, size, size)[..., 3]
            distance = ndimage.distance_transform_edt(alpha == 0)  # pixels to the nearest one that is not empty
            image_points = (shape.landmarks @ pose[:3, :3].T + pose[:3, 3]) @ camera.T
            columns, rows = np.rint(((image_points[:, :2] / image_points[:, 2:] + 1) * size - 1) / 2).astype(int).T
            assert distance[rows, columns].max() <= 1


def test_geometry_and_colors_are_mirror_images_in_y(objects):
    for shape in objects:
        centres, colors = shape.mesh.triangles_center, shape.mesh.visual.face_colors.astype(int)
        distance, _ = spatial.cKDTree(shape.mesh.vertices).query(shape.mesh.vertices * [1, -1, 1])
        assert distance.max() < 1e-9
        for color in np.unique(colors, axis=0):
            same = np.all(colors == color, axis=1)
            mirrored = centres[same] * [1, -1, 1]
            areas = shape.mesh.area_faces[same]
            np.testing.assert_allclose(np.average(mirrored[:, 1], weights=areas), 0, atol=1e-4)


def test_left_landmarks_mirror_the_right_ones(objects):
    for shape in objects:
        for name in shape.landmark_names:
            if name.endswith("_left"):
                left, right = point(shape, name), point(shape, name.removesuffix("left") + "right")
                np.testing.assert_allclose(left, right * [1, -1, 1], atol=1e-6)
                assert left[1] > 0


def test_same_seed_gives_the_same_object_and_another_seed_another(objects):
    category = next(
        name
        for name, make in shapes.CATEGORIES.items()
        if make(np.random.default_rng(0)).landmark_names == objects[0].landmark_names
    )
    again = shapes.make(category, np.random.default_rng(SEEDS[3]))
    np.testing.assert_array_equal(again.mesh.vertices, objects[3].mesh.vertices)
    np.testing.assert_array_equal(again.mesh.faces, objects[3].mesh.faces)
    np.testing.assert_array_equal(again.mesh.visual.face_colors, objects[3].mesh.visual.face_colors)
    np.testing.assert_array_equal(again.landmarks, objects[3].landmarks)
    assert len({shape.landmarks.tobytes() for shape in objects}) == len(objects)


def test_objects_vary_in_proportion_and_carry_several_colors(objects):
    extents = np.array([shape.mesh.extents for shape in objects])
    assert (np.ptp(extents, axis=0) / extents.mean(axis=0)).max() > 0.2
    counts = [len(np.unique(shape.mesh.visual.face_colors, axis=0)) for shape in objects]
    assert np.median(counts) >= 2


def test_objects_have_flat_and_curved_parts(objects):
    bent = np.concatenate([shape.mesh.face_adjacency_angles for shape in objects])
    assert ((bent > 0.02) & (bent < 0.6)).mean() > 0.1
    assert (bent < 1e-3).mean() > 0.05


def test_every_triangle_is_finite_and_some_have_area(objects):
    for shape in objects:
        assert np.isfinite(shape.mesh.triangles).all()
        assert (shape.mesh.area_faces > 0).mean() > 0.8


def test_chairs_face_forward_with_their_back_behind_and_feet_below():
    for seed in SEEDS:
        chair = shapes.make("chairs", np.random.default_rng(seed))
        assert point(chair, "back_top_centre")[0] < point(chair, "seat_centre")[0]
        assert point(chair, "back_top_centre")[2] > point(chair, "seat_centre")[2] + 0.2
        assert point(chair, "foot_front_left")[0] > point(chair, "foot_rear_left")[0]
        assert point(chair, "foot_front_left")[2] < point(chair, "seat_front_left")[2] - 0.2


def test_cars_face_forward_with_their_roof_above_their_wheels():
    for seed in SEEDS:
        car = shapes.make("cars", np.random.default_rng(seed))
        assert point(car, "headlight_left")[0] > point(car, "wheel_front_left")[0] > point(car, "wheel_rear_left")[0]
        assert point(car, "roof_front_left")[0] > point(car, "roof_rear_left")[0]
        assert point(car, "roof_front_left")[2] > point(car, "windscreen_base")[2] > point(car, "wheel_front_left")[2]
        assert car.mesh.extents[0] > car.mesh.extents[1]


def test_planes_face_forward_with_their_fin_behind_and_above():
    for seed in SEEDS:
        plane = shapes.make("planes", np.random.default_rng(seed))
        assert point(plane, "nose")[0] > point(plane, "wing_root_front_left")[0] > point(plane, "fin_tip")[0]
        assert point(plane, "fin_tip")[2] > point(plane, "tail")[2] + 0.05
        assert point(plane, "wing_tip_left")[1] > 2 * point(plane, "wing_root_front_left")[1]


def test_unknown_category_raises():
    with pytest.raises(ValueError, match="chairs, cars, planes"):
        shapes.make("boats", np.random.default_rng(0))
