"""`tfkeypoints export`."""

import dataclasses
from pathlib import Path
from typing import Annotated, Literal

import tyro

TOLERANCE = 1e-5
OTHER_TOLERANCE = 1e-4
"""Of other formats, whose convolutions sum in another order."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Export:
    """Write a run's model as a TensorFlow SavedModel and check that it gives the same numbers.

    The signature `detect` takes `image` (uint8), `intrinsics` and `extrinsics`; `detect_encoded` takes PNG or JPEG as
    `image_bytes` instead of `image`. Both refuse what does not fit with a sentence. A model card lies beside the model:
    model_card.md for people, model_card.json for programs.

    Example:
      tfkeypoints export runs/demo                          # exported/demo/1, then 2, …
      tfkeypoints export runs/demo --out exported/chairs/7
    """

    run: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    """Run folder."""
    out: Path | None = None
    """NAME, a folder in which the next version is made, or NAME/VERSION, which must not exist yet; by default
    exported/ and the name of the run."""
    also: tuple[Literal["onnx", "litert", "openvino"], ...] = ()
    """Other formats to put beside it, without checks of the input. They need the extra `formats`."""

    def __call__(self) -> None:
        from tfkeypoints import export
        from tfkeypoints.run import Run
        from tfkeypoints.serving import card

        run = Run.open(self.run)
        out = self.out or Path("exported") / run.folder.resolve().name
        if not out.name.isdecimal():
            out /= str(export.next_version(out))
        if out.exists():
            raise ValueError(f"`out` should not exist yet. Received: out={out}")
        model = run.load_model()
        views, *image_shape = run.config["images"]["shape"]
        export.save(model, out, tuple(image_shape), card.describe(run, model))
        _report(out, export.largest_difference(model, out, _noise(2, views, image_shape)), TOLERANCE)
        for name in self.also:
            self._write_other(name, model, out, image_shape)

    def _write_other(self, name, model, out, image_shape) -> None:
        from tfkeypoints.serving import formats

        file, write, load = formats.FORMATS[name]
        views = getattr(model, "num_views", 1)
        try:
            write(model, out / file, tuple(image_shape), views)
            detect = load(out / file)
        except ImportError as error:
            raise ValueError(f"`also` needs the extra: pip install 'tfkeypoints[formats]' ({error})") from error
        difference = formats.largest_difference(model, detect, _noise(1, views, image_shape))
        _report(out / file, difference, OTHER_TOLERANCE)


def _report(path: Path, difference: float, tolerance: float) -> None:
    if not difference <= tolerance:
        raise RuntimeError(f"{path} differs from the Keras model by {difference:.2g}; please report this")
    print(f"{path}: loaded again, largest relative difference from the Keras model {difference:.2g}")


def _noise(batch: int, views: int, image_shape: list[int]) -> dict:
    """A batch of random images under plain cameras."""
    import numpy as np

    shape = (batch, views)
    return {
        "image": np.random.default_rng(0).integers(0, 256, (*shape, *image_shape), dtype=np.uint8),
        "intrinsics": np.broadcast_to(np.eye(3, dtype=np.float32), (*shape, 3, 3)),
        "extrinsics": np.broadcast_to(np.eye(4, dtype=np.float32), (*shape, 4, 4)),
    }
