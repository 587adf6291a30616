"""`tfkeypoints export`."""

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro

TOLERANCE = 1e-5


@dataclasses.dataclass(frozen=True, kw_only=True)
class Export:
    """Write a run's model as a TensorFlow SavedModel and check that it gives the same numbers.

    The signature `detect` takes `image` (uint8), `intrinsics` and `extrinsics`, any batch and number of views, and
    answers with `uv`, `depth`, `points_camera`, `points_world`, `confidence`, `spread`.

    Example:
      tfkeypoints export runs/demo --out exported/chairs/1
    """

    run: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    """Run folder."""
    out: Path
    """Folder of the SavedModel; must not exist yet. Servers expect NAME/VERSION, for example chairs/1."""

    def __call__(self) -> None:
        from tfkeypoints import export
        from tfkeypoints.run import Run

        run = Run.open(self.run)
        if self.out.exists():
            raise ValueError(f"`out` should not exist yet. Received: out={self.out}")
        model = run.load_model()
        views, *image_shape = run.config["images"]["shape"]
        export.save(model, self.out, tuple(image_shape))
        difference = export.largest_difference(model, self.out, _noise(views, image_shape, run.config["images"]))
        if not difference <= TOLERANCE:
            raise RuntimeError(f"{self.out} differs from {run.model_file} by {difference:.2g}; please report this")
        print(f"{self.out}: loaded again, largest relative difference from the Keras model {difference:.2g}")


def _noise(views: int, image_shape: list[int], images: dict) -> dict:
    """A batch of random images under the training's camera."""
    import numpy as np

    shape = (2, views)
    return {
        "image": np.random.default_rng(0).integers(0, 256, (*shape, *image_shape), dtype=np.uint8),
        "intrinsics": np.broadcast_to(np.float32(images["intrinsics"]), (*shape, 3, 3)),
        "extrinsics": np.broadcast_to(np.eye(4, dtype=np.float32), (*shape, 4, 4)),
    }
