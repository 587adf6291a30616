"""`tfkeypoints export`."""

import dataclasses
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

if TYPE_CHECKING:
    import keras

    from tfkeypoints.serving.signatures import Signature


TOLERANCE = 1e-3
"""Each format and processor sums convolutions in its own order: of 13 layers of 9 × 64 products each may be rounded by
2^-24, in all 4e-4. A wrong weight, normalisation or camera changes percents."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Export:
    """Write a run's model as a TensorFlow SavedModel and check that it gives the same numbers.

    The signature `detect` takes `image` (uint8), `intrinsics` and `extrinsics`; `detect_encoded` takes PNG or JPEG as
    `image_bytes` instead of `image`. A policy has the signature `act`, which takes what the policy sees. All refuse
    what does not fit with a sentence. Beside the model lie a model card, model_card.md for people and model_card.json
    for programs, and examples/, a few images of the validation split for the page of `serve`.

    Example:
      tfkeypoints export runs/demo                          # exported/demo/1, then 2, …
      tfkeypoints export runs/demo --out exported/chairs/7
      tfkeypoints export chairs_64
    """

    run: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    """Run folder, or the name of a pretrained model."""
    out: Path | None = None
    """NAME, a folder in which the next version is made, or NAME/VERSION, which must not exist yet; by default
    exported/ and the name of the run."""
    also: tuple[Literal["onnx", "litert", "openvino"], ...] = ()
    """Other formats to put beside it, without checks of the input; not for policies. They need the extra `formats`."""

    def __call__(self) -> None:
        from tfkeypoints.inference import export
        from tfkeypoints.serving import card, examples, formats
        from tfkeypoints.training.run import Run

        run = Run.open(self.run, command=None)
        missing = {name for form in self.also for name in formats.PACKAGES[form] if not importlib.util.find_spec(name)}
        if missing:
            raise ValueError(
                f"`also` needs the extra: pip install 'tfkeypoints[formats]' (no {', '.join(sorted(missing))}). "
                f"Received: also={self.also}"
            )
        out = self.out or Path("exported") / run.folder.resolve().name
        if self.out is None or not out.name.isdecimal():
            out /= str(export.next_version(out))
        if out.exists():
            raise ValueError(f"`out` should not exist yet. Received: out={out}")
        model = run.load_model()
        views = run.recipe.fixed_views(model) if self.also else 0
        functions = run.recipe.signatures(run.config, model)
        name, signature = next(iter(functions.items()))
        shown = run.recipe.examples(run.config, model)
        differences = {}

        def finish(folder: Path) -> None:
            differences[out] = _difference_of_saved(folder, name, signature)
            for form in self.also:
                differences[out / formats.FORMATS[form][0]] = _write_other(form, folder, signature, model, views)
            examples.write(folder, shown)

        export.save(model, out, functions, card.describe(run, model), finish)
        for path, difference in differences.items():
            print(f"{path}: loaded again, largest relative difference from the Keras model {difference:.2g}")
        if shown:
            print(f"{out / examples.FOLDER}: {len(shown)} examples of the validation split, for the server's page")
        elif "images" in run.config:
            print(
                f"no examples for the server's page: {run.config.get('data')} is not on this machine", file=sys.stderr
            )


def _difference_of_saved(folder: Path, name: str, signature: "Signature") -> float:
    """How far a SavedModel's signature is from the model."""
    import tensorflow as tf

    from tfkeypoints.serving.versions import function_of

    exported = function_of(tf.saved_model.load(str(folder)), name)
    return _difference("The SavedModel", signature, exported, 2, 2)


def _write_other(form: str, folder: Path, signature: "Signature", model: "keras.Model", views: int) -> float:
    """Writes the model in another format, and tells how far that is from the model."""
    from tfkeypoints.serving import formats

    file, write, load = formats.FORMATS[form]
    write(model, signature, folder / file, views)
    return _difference(file, signature, load(folder / file), 1, views)


def _difference(what: str, signature: "Signature", exported: Callable[..., Any], batch: int, views: int) -> float:
    """The largest difference of an exported function from its original, on noise.

    Raises:
        RuntimeError: If it is more than rounding explains.
    """
    from tfkeypoints.inference import export

    difference = export.largest_difference(signature, exported, _noise(signature, batch, views))
    if not difference <= TOLERANCE:
        raise RuntimeError(f"{what} differs from the Keras model by {difference:.2g}; please report this")
    return difference


def _noise(signature: "Signature", batch: int, views: int) -> dict:
    """Random inputs of a signature, under plain cameras."""
    import numpy as np

    rng, inputs = np.random.default_rng(0), {}
    for name, spec in signature.inputs.items():
        _, second, *others = spec.shape
        shape = (batch, second or views, *others)
        if name in ("intrinsics", "extrinsics"):
            inputs[name] = np.broadcast_to(np.eye(shape[-1], dtype=np.float32), shape)
        elif name == "image":
            inputs[name] = rng.integers(0, 256, shape, np.uint8)
        else:
            inputs[name] = rng.normal(size=shape).astype(np.float32)
    return inputs
