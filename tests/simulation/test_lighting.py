"""Tests of `simulation.lighting` against the formula of OpenGL's fixed pipeline, point by point."""

from types import SimpleNamespace

import numpy as np
import pytest

from tfkeypoints.simulation.lighting import Lights, shade
from tfkeypoints.simulation.materials import Materials


def light(**changes):
    plain = {
        "pos": np.zeros(3),
        "dir": np.array([0.0, 0, -1]),
        "directional": 0,
        "attenuation": np.array([1.0, 0, 0]),
        "cutoff": 180.0,
        "exponent": 0.0,
        "ambient": np.zeros(3),
        "diffuse": np.array([1.0, 1, 1]),
        "specular": np.zeros(3),
    }
    return SimpleNamespace(**plain | changes)


def material(count, color=(1, 1, 1), texture=(1, 1, 1), emission=0.0, specular=0.0, shininess=0.0):
    each = [np.repeat(np.float32([column]).reshape(-1, 1), count, 1) for column in (color, texture)]
    return Materials(*each, *(np.full(count, value, np.float32) for value in (emission, specular, shininess)))


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=0)).astype(np.float32)


def opengl(point, normal, to_eye, lights, look):
    """The color of one point in float64, after OpenGL 2.1's section 2.14.1."""
    color, texture, emission, specular, shininess = look
    total = np.multiply(emission, color)
    for each in lights:
        to_light = -each.dir if each.directional else (each.pos - point) / np.linalg.norm(each.pos - point)
        distance = np.linalg.norm(each.pos - point)
        loss = 1 if each.directional else 1 / (each.attenuation @ [1, distance, distance**2])
        if not each.directional and each.cutoff != 180:
            inside = -to_light @ each.dir
            loss *= inside**each.exponent if inside >= np.cos(np.deg2rad(each.cutoff)) else 0
        halfway = (to_light + to_eye) / np.linalg.norm(to_light + to_eye)
        gloss = specular * max(normal @ halfway, 0) ** (128 * shininess) if normal @ to_light > 0 else 0
        total = total + loss * (each.ambient * color + max(normal @ to_light, 0) * each.diffuse * color)
        total = total + loss * gloss * each.specular
    return texture * np.clip(total, 0, 1)


def test_points_have_the_colors_that_opengl_gives_them(rng):
    views = [
        [
            light(
                dir=np.array([0.6, 0, -0.8]), directional=1, ambient=np.array([0.1, 0.2, 0.0]), diffuse=np.full(3, 0.3)
            ),
            light(
                pos=np.array([0.0, view, 3]), attenuation=np.array([0.5, 0.1, 0.2]), specular=np.array([0.2, 0.4, 0.5])
            ),
            light(pos=np.array([1.0, 0, 2]), cutoff=35.0, exponent=7.0, diffuse=np.array([0.0, 0.5, 0.9])),
        ]
        for view in (0.0, 2.0)
    ]
    points = rng.uniform(-1, 1, (3, 50)).astype(np.float32)
    normals, to_eye = unit(rng.normal(size=(3, 50)) + [[0], [0], [1]]), unit(rng.normal(size=(3, 50)) + [[0], [1], [2]])
    view = rng.integers(2, size=50)
    look = np.array([0.4, 0.7, 0.9]), np.array([1.0, 0.8, 0.5]), 0.05, 0.6, 0.25
    found = shade(points, normals, to_eye, view, material(50, *look), Lights.of(views))
    arguments = zip(points.T.astype(float), normals.T.astype(float), to_eye.T.astype(float), view, strict=True)
    expected = np.stack([opengl(*each, views[number], look) for *each, number in arguments], 1)
    assert found.dtype == np.float32 and len(np.unique(expected.round(3))) > 100
    np.testing.assert_allclose(found, expected, atol=2e-5)  # roundings of 6e-8, times an exponent of 32 and 20 steps


@pytest.mark.parametrize(("slope", "brightness"), [(0, 1), (60, 0.5), (90, 0), (120, 0)])
def test_brightness_is_the_cosine_towards_the_light(slope, brightness):
    normal = np.array([[np.sin(np.deg2rad(slope))], [0], [np.cos(np.deg2rad(slope))]], np.float32)
    lights = Lights.of([[light(directional=1)]])
    color = shade(np.zeros((3, 1), np.float32), normal, unit(np.ones((3, 1))), np.array([0]), material(1), lights)
    np.testing.assert_allclose(color, brightness, atol=1e-6)


def test_too_much_light_is_cut_off_before_the_texture_is_laid_over():
    up = np.float32([[0], [0], [1]])
    lights = Lights.of([[light(directional=1, diffuse=np.full(3, 5.0))]])
    color = shade(0 * up, up, up, np.array([0]), material(1, texture=(0.5, 0.25, 1)), lights)
    np.testing.assert_allclose(color[:, 0], [0.5, 0.25, 1])


def test_a_light_behind_the_eye_at_the_point_itself_leaves_colors_finite():
    up = np.float32([[0], [0], [1]])
    lights = Lights.of([[light(), light(pos=np.array([0.0, 0, -1]))]])
    color = shade(0 * up, up, up, np.array([0]), material(1, specular=1.0, shininess=1.0), lights)
    assert np.isfinite(color).all()
