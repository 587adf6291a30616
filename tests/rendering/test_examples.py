"""Tests of `rendering.examples`: every view shows something."""

import pytest

pytest.importorskip("trimesh", reason="trimesh is not installed (extra `rendering`)")

import numpy as np
import trimesh

from tfkeypoints.rendering import views
from tfkeypoints.rendering.examples import Job, render_examples
from tfkeypoints.rendering.render import Renderer

CAMERAS = {"num_views": 2, "shift": 0.0}


def rod(width):
    return trimesh.creation.box([width, 2, width])


def test_views_in_which_a_thin_object_falls_between_the_rays_are_drawn_anew():
    job = Job("rod", "rod.obj", num_examples=40, seed=0)
    renderer, rng = Renderer(rod(0.01)), np.random.default_rng(0)
    drawn = [zip(*views.sample_cameras(rng, **CAMERAS), strict=True) for _ in range(40)]
    assert not all(renderer.render(*camera, 32, 32)[..., 3].any() for cameras in drawn for camera in cameras)
    examples = render_examples(rod(0.01), job, np.random.default_rng(0), 32, **CAMERAS)
    assert len(examples) == 40
    assert all(example["image"][..., 3].any(axis=(1, 2)).all() for example in examples)


def test_an_object_that_is_never_seen_is_named():
    job = Job("dust", "dust.obj", num_examples=1, seed=0)
    dust = trimesh.creation.box([1e-7] * 3)
    dust.apply_translation([0.001, 0.0017, 0.0023])
    with pytest.raises(ValueError, match=r"image_size=32, and dust\.obj"):
        render_examples(dust, job, np.random.default_rng(0), 32, **CAMERAS)
