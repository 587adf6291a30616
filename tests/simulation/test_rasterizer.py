"""Tests of `simulation.rasterizer` against rays that are met with each triangle by itself."""

import numpy as np
import pytest

from tfkeypoints.simulation.rasterizer import rasterize

HEIGHT, WIDTH, FOCAL = 9, 14, 11.0


def projected(vertices, shifts):
    """Pixels `[V, 2, N]` and depth `[V, N]` of vertices `[3, N]` in cameras that stand side by side, `[V, 3]`."""
    seen = vertices + shifts[:, :, None]
    middle = np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2])
    pixels = FOCAL * seen[:, :2] / seen[:, 2:] + middle[:, None]
    return pixels.astype(np.float32), seen[:, 2].astype(np.float32)


def met(vertices, faces, shifts):
    """(pixel, face) to (depth, weights) of all rays that meet a triangle from its front, one after the other."""
    found = {}
    for view, shift in enumerate(shifts):
        for row in range(HEIGHT):
            for column in range(WIDTH):
                ray = np.array([(column - (WIDTH - 1) / 2) / FOCAL, (row - (HEIGHT - 1) / 2) / FOCAL, 1.0])
                for number, face in enumerate(faces):
                    corners = vertices[:, face] + shift[:, None]
                    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
                    if normal @ ray < 0:
                        weights = np.linalg.solve(corners, ray)
                        if (weights >= 0).all():
                            depth = 1 / weights.sum()
                            found[(view * HEIGHT + row) * WIDTH + column, number] = depth, weights * depth
    return found


@pytest.fixture
def scene(rng):
    vertices = np.stack([rng.uniform(-1.5, 1.5, 60), rng.uniform(-1, 1, 60), rng.uniform(1.2, 3, 60)])
    faces = rng.permutation(60).reshape(20, 3)
    shifts = np.array([[0.0, 0.0, 0.0], [0.4, -0.3, 0.2]])
    return vertices, np.concatenate([faces, faces[:5, ::-1]]), shifts


def test_fragments_are_where_rays_meet_the_fronts_of_triangles(scene):
    vertices, faces, shifts = scene
    fragments = rasterize(*projected(vertices, shifts), faces, HEIGHT, WIDTH)
    expected = met(vertices, faces, shifts)
    found = list(zip(fragments.pixel.tolist(), fragments.face.tolist(), strict=True))
    assert len(found) == len(set(found)) > 100
    assert set(found) == set(expected)
    # pixels of up to 14 in float32, so 1e-6 of them; edges are differences of products of such
    np.testing.assert_allclose(fragments.depth, [expected[key][0] for key in found], rtol=1e-3)
    np.testing.assert_allclose(fragments.weights.T, [expected[key][1] for key in found], atol=1e-3)


def test_the_nearest_fragment_of_each_pixel_is_found(scene):
    vertices, faces, shifts = scene
    fragments = rasterize(*projected(vertices, shifts), faces, HEIGHT, WIDTH)
    expected = {}
    for (pixel, face), (depth, _) in met(vertices, faces, shifts).items():
        expected[pixel] = min(expected.get(pixel, (np.inf, 0)), (depth, face))
    nearest = fragments[fragments.nearest(2 * HEIGHT * WIDTH)]
    assert dict(zip(nearest.pixel, nearest.face, strict=True)) == {pixel: face for pixel, (_, face) in expected.items()}


def test_layers_go_from_far_to_near_and_hold_each_fragment_once(scene):
    vertices, faces, shifts = scene
    fragments = rasterize(*projected(vertices, shifts), faces, HEIGHT, WIDTH)
    last, seen = np.full(2 * HEIGHT * WIDTH, np.inf), []
    for rows in fragments.layers():
        assert len(np.unique(fragments.pixel[rows])) == len(rows)
        assert (fragments.depth[rows] <= last[fragments.pixel[rows]]).all()
        last[fragments.pixel[rows]] = fragments.depth[rows]
        seen += rows.tolist()
    assert sorted(seen) == list(range(len(fragments.pixel)))


def test_what_is_behind_a_camera_beside_the_image_or_between_pixel_centres_is_left_out():
    columns = np.float32([[2, 2, 6], [2, 2, 6], [-9, -9, -5], [2.2, 2.2, 2.8]]).ravel()
    rows = np.float32([[1, 5, 1], [1, 5, 1], [1, 5, 1], [1.2, 1.8, 1.2]]).ravel()
    depth = np.float32([[1, 1, 1], [1, 1, -1], [1, 1, 1], [1, 1, 1]]).ravel()
    faces = np.arange(12).reshape(4, 3)
    fragments = rasterize(np.stack([columns, rows])[None], depth[None], faces, HEIGHT, WIDTH)
    assert set(fragments.face) == {0}
    assert len(fragments.pixel) == 15  # 5 + 4 + 3 + 2 + 1 centres, those on the edges too
    nothing = rasterize(np.zeros((2, 2, 0), np.float32), np.zeros((2, 0), np.float32), faces[:0], HEIGHT, WIDTH)
    assert len(nothing.pixel) == len(nothing.nearest(2 * HEIGHT * WIDTH)) == len(list(nothing.layers())) == 0
