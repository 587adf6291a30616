"""Tests of `simulation.meshes`: what is dropped from meshes, and what that changes."""

from types import SimpleNamespace

import numpy as np

from tests.simulation import probes
from tests.simulation.requirements import needs_robots
from tfkeypoints.simulation import meshes


def model_of(*parts):
    """What `simplify` needs of a model; its meshes are pairs of vertices `[N, 3]` and faces `[F, 3]`."""
    vertices, faces = zip(*parts, strict=True)
    faces = [np.array(each) for each in faces]
    vertex_counts, face_counts = [len(each) for each in vertices], [len(each) for each in faces]
    return SimpleNamespace(
        nmesh=len(parts),
        mesh_vert=np.concatenate(vertices).astype(np.float32),
        mesh_vertadr=np.cumsum([0, *vertex_counts])[:-1],
        mesh_vertnum=np.array(vertex_counts),
        mesh_face=np.concatenate(faces),
        mesh_facenormal=100 + np.concatenate(faces),
        mesh_facetexcoord=200 + np.concatenate(faces),
        mesh_faceadr=np.cumsum([0, *face_counts])[:-1],
        mesh_facenum=np.array(face_counts),
    )


def faces_of(model, mesh, name="mesh_face"):
    start = model.mesh_faceadr[mesh]
    return getattr(model, name)[start : start + model.mesh_facenum[mesh]].tolist()


def test_faces_that_lose_a_corner_or_become_equal_go_and_backs_stay():
    triangle = np.array([[0.5, 0.5, 0.5], [5.5, 0.5, 0.5], [0.5, 5.5, 0.5]])
    beside = triangle + [0.3, 0.1, 0.2]  # in the same cells
    faces = [[0, 1, 2], [4, 5, 3], [0, 2, 1], [0, 3, 1]]
    model = model_of((triangle, [[0, 1, 2]]), (np.concatenate([triangle, beside]), faces))
    meshes.simplify(model, cell=1.0)
    assert faces_of(model, 0) == [[0, 1, 2]]
    seen = [set(face) for face in faces_of(model, 1)]
    assert len(seen) == 2 and seen[0] == seen[1]
    assert faces_of(model, 1, "mesh_facenormal") == [[100, 101, 102], [100, 102, 101]]
    assert faces_of(model, 1, "mesh_facetexcoord") == [[200, 201, 202], [200, 202, 201]]


def test_the_vertex_nearest_to_the_mean_stands_for_its_cell():
    vertices = np.array([[0.1, 0.1, 0.1], [0.5, 0.4, 0.5], [0.9, 0.9, 0.9], [3.5, 0.5, 0.5], [0.5, 3.5, 0.5]])
    model = model_of((vertices, [[0, 3, 4]]))
    meshes.simplify(model, cell=1.0)
    assert faces_of(model, 0) == [[1, 3, 4]]


def test_what_is_larger_than_a_cell_stays_as_it_was(rng):
    vertices = 10.0 * np.arange(30).reshape(10, 3) + rng.random((10, 3))
    faces = [[0, 4, 7], [9, 8, 1], [2, 3, 5]]
    model = model_of((vertices, faces))
    meshes.simplify(model, cell=0.5)
    assert faces_of(model, 0) == faces


@needs_robots
def test_robots_look_and_move_as_before_with_a_third_of_their_faces():
    (fine, fine_states, all_faces), (simple, simple_states, fewer_faces) = probes.in_process(
        probes.drawn_and_moved, ("hammer", 64, None), ("hammer", 64, 0.007)
    )
    assert fewer_faces < all_faces / 3
    np.testing.assert_array_equal(simple_states, fine_states)
    difference = np.abs(simple.astype(int) - fine)
    assert 0 < difference.mean() < 1
    assert (difference.max(-1) > 30).mean() < 0.01
