"""Turns one object into multi-view examples. What rendering workers run: NumPy and trimesh, no TensorFlow."""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints.rendering import meshes, shapes, views
from tfkeypoints.rendering.render import Renderer

if TYPE_CHECKING:
    import trimesh


TRIES = 100
"""How often the views of an example are drawn anew when one of them shows nothing, as a rod seen from its end does."""


@dataclasses.dataclass(frozen=True)
class Job:
    """One object to render.

    Attributes:
        instance: The object's name. Together with `seed` it fixes all that is drawn by chance, so that the result
            depends neither on other objects nor on the number of processes.
        source: Category of a procedural shape, or path of a mesh.
        num_examples: Examples of this object, each with views of its own.
        seed: Seed of the whole data set, ≥ 0.
    """

    instance: str
    source: str
    num_examples: int
    seed: int

    def generators(self) -> list[np.random.Generator]:
        """Two independent generators: for the shape and for the cameras."""
        return [np.random.default_rng(s) for s in np.random.SeedSequence([self.seed, *self.instance.encode()]).spawn(2)]


def shape_examples(job: Job, image_size: int, **cameras: Any) -> list[dict[str, Any]]:
    """Draws a procedural object and renders it; see `render_examples`. Examples carry `landmarks`."""
    shape_generator, camera_generator = job.generators()
    shape = shapes.make(job.source, shape_generator)
    examples = render_examples(shape.mesh, job, camera_generator, image_size, **cameras)
    return [example | {"landmarks": np.asarray(shape.landmarks, np.float32)} for example in examples]


def mesh_examples(job: Job, image_size: int, up: str, forward: str, **cameras: Any) -> list[dict[str, Any]]:
    """Reads a mesh file and renders it; see `render_examples` and `meshes.load_mesh`."""
    mesh = meshes.load_mesh(job.source, up=up, forward=forward)
    return render_examples(mesh, job, job.generators()[1], image_size, **cameras)


def render_examples(
    mesh: "trimesh.Trimesh", job: Job, rng: np.random.Generator, image_size: int, **cameras: Any
) -> list[dict[str, Any]]:
    """Renders `job.num_examples` examples of one mesh.

    Args:
        mesh: `trimesh.Trimesh` in the world frame.
        job: What to render.
        rng: `numpy.random.Generator` of the cameras.
        image_size: Height and width in pixels.
        **cameras: Arguments of `views.sample_cameras`.

    Returns:
        List of dicts with image uint8 `[V, H, W, 4]`, intrinsics float32 `[V, 3, 3]`, extrinsics float32 `[V, 4, 4]`
        and instance. Each view shows something of the object.

    Raises:
        ValueError: If the object is too thin to be seen.
    """
    renderer = Renderer(mesh)
    return [_example(renderer, job, rng, image_size, cameras) for _ in range(job.num_examples)]


def _example(
    renderer: Renderer, job: Job, rng: np.random.Generator, image_size: int, cameras: Mapping[str, Any]
) -> dict[str, Any]:
    for _ in range(TRIES):
        intrinsics, extrinsics = views.sample_cameras(rng, **cameras)
        cameras_of_views = zip(intrinsics, extrinsics, strict=True)
        images = np.stack([renderer.render(*camera, image_size, image_size) for camera in cameras_of_views])
        if images[..., 3].any(axis=(1, 2)).all():
            return {"image": images, "intrinsics": intrinsics, "extrinsics": extrinsics, "instance": job.instance}
    raise ValueError(
        f"`image_size` must be large enough to show every object. Received: image_size={image_size}, and {job.source}, "
        f"of which {TRIES} draws of {len(images)} views had one that shows nothing"
    )
