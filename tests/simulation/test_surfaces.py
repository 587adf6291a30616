"""Tests of `simulation.surfaces`: shapes are closed, as large as they should be, and turned outwards."""

from types import SimpleNamespace

import numpy as np
import pytest

from tfkeypoints.simulation import surfaces as module

GEOMS = {"sphere": 2, "capsule": 3, "ellipsoid": 4, "cylinder": 5, "box": 6}
RADIUS, HALF = 0.3, 0.7
VOLUMES = {
    "sphere": 4 / 3 * np.pi * RADIUS**3,
    "capsule": np.pi * RADIUS**2 * (2 * HALF + 4 / 3 * RADIUS),
    "ellipsoid": 4 / 3 * np.pi * RADIUS * HALF * 0.5,
    "cylinder": np.pi * RADIUS**2 * 2 * HALF,
    "box": 8 * RADIUS * HALF * 0.5,
}


def surface_of(*shapes):
    pytest.importorskip("mujoco", reason="MuJoCo is not installed (extra `robots`)")
    model = SimpleNamespace(
        geom_type=np.array([GEOMS[shape] for shape in shapes]),
        geom_size=np.tile([RADIUS, HALF, 0.5], (len(shapes), 1)),
    )
    return module.surfaces(model, range(len(shapes)))


def volume(surface):
    """By the divergence theorem: a sixth of the sum of the corners' triple products."""
    return np.linalg.det(surface.vertices.T[surface.faces]).sum() / 6


@pytest.mark.parametrize("shape", GEOMS)
def test_shapes_have_their_volume(shape):
    found = volume(surface_of(shape))
    # A circle cut into n = 16 sides keeps n/2π sin(2π/n) = 97.45 % of its area; a ball cut into slices of π/8 keeps
    # 1 - (π/8)²/4 of its volume, to the second order.
    assert 0.974 * (1 - (np.pi / 8) ** 2 / 4) * 0.999 * VOLUMES[shape] < found < VOLUMES[shape] * (1 + 1e-6)
    if shape == "box":
        assert found == pytest.approx(VOLUMES[shape], rel=1e-6)


@pytest.mark.parametrize("shape", GEOMS)
def test_normals_point_outwards_as_the_faces_do(shape):
    surface = surface_of(shape)
    np.testing.assert_allclose(np.linalg.norm(surface.normals, axis=0), 1, atol=1e-6)
    corners = surface.vertices.T[surface.faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    large = np.linalg.norm(across, axis=1) > 1e-6  # at the poles, faces have no area
    assert large.sum() > 10
    across = across[large] / np.linalg.norm(across[large], axis=1, keepdims=True)
    facing = np.einsum("fkc,fc->fk", surface.normals.T[surface.faces[large]], across)
    assert facing.min() > 0.8


def test_parts_keep_their_vertices_apart():
    both, box = surface_of("cylinder", "box"), surface_of("box")
    of_box = both.part == 1
    np.testing.assert_array_equal(both.vertices[:, of_box], box.vertices)
    np.testing.assert_array_equal(both.faces[-12:] - np.flatnonzero(of_box)[0], box.faces)


def test_corners_of_a_mesh_at_one_place_are_one_vertex_unless_it_has_an_edge_there():
    flat, turned = [0, 0, 1], [1, 0, 0]
    model = SimpleNamespace(
        geom_type=np.array([7]),
        geom_dataid=np.array([0]),
        mesh_vert=np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0.0]]),
        mesh_vertadr=[0],
        mesh_face=np.array([[0, 1, 2], [1, 3, 2], [0, 2, 1]]),
        mesh_faceadr=[0],
        mesh_facenum=[3],
        mesh_normal=np.array([flat, [0.1, 0, np.sqrt(0.99)], turned]),
        mesh_normaladr=[0],
        mesh_facenormal=np.array([[0, 0, 0], [1, 0, 0], [2, 2, 2]]),
    )
    pytest.importorskip("mujoco", reason="MuJoCo is not installed (extra `robots`)")
    surface = module.surfaces(model, [0])
    assert surface.vertices.shape == (3, 7)  # four places, and three of them once more
    np.testing.assert_array_equal(surface.vertices.T[surface.faces], model.mesh_vert[model.mesh_face])
    normals = surface.normals.T[surface.faces]
    mean = np.array([0.1, 0, 1 + np.sqrt(0.99)])
    np.testing.assert_allclose(normals[0, 1], mean / np.linalg.norm(mean), atol=1e-6)
    np.testing.assert_array_equal(normals[0, 1], normals[1, 0])
    np.testing.assert_array_equal(normals[2], [turned] * 3)
