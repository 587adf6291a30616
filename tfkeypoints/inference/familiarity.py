"""Whether an image is like those that a model was validated on."""

import contextlib
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkeypoints import files
from tfkeypoints.inference.plan import model_digest

if TYPE_CHECKING:
    import keras

    from tfkeypoints.training.run import Run


FILE = "familiarity.json"
"""In the run folder, or where the results of a pretrained model go."""
IMAGES = 800
"""Of the validation split, evenly chosen, that are looked at."""
LEAST = 100
"""With fewer of them nothing is said: of half of them, the greatest distance stands for the limit."""
QUANTILE = 0.99
"""Share of the images that count as familiar."""
SHRINKAGE = 0.1
"""Weight of the plain deviations against their correlations, which few images tell badly."""


@dataclasses.dataclass(frozen=True)
class Familiarity:
    """How a model's keypoints and what is seen of objects usually are.

    x = (log of each heatmap's standard deviation; with alpha also log of the object's area, width and height)
    d² = zᵀ (0.9 C + 0.1 I)⁻¹ z,   z = (x - mean) / scale,   C the correlations of z

    Attributes:
        mean, scale: `[D]`, of the first half of the images.
        precision: `[D, D]`, the inverse above.
        limit: The `QUANTILE` of d² in the second half, which had no part in the others.
        fill: Share of the image's side that the objects' longer side takes, the median; 1 without alpha.

    Reference: Lee et al. 2018, "A simple unified framework for detecting out-of-distribution samples", section 2.1.
    """

    mean: np.ndarray
    scale: np.ndarray
    precision: np.ndarray
    limit: float
    fill: float

    def unfamiliarity(self, spread: np.ndarray, images: np.ndarray) -> np.ndarray:
        """d² over its limit, `[N]`: above 1 for about 1 % of images that are as those of the validation.

        Args:
            spread: `[N, K]`, standard deviation of each heatmap in normalised coordinates.
            images: uint8 `[N, H, W, C]`, as the model sees them.
        """
        z = (features(spread, images) - self.mean) / self.scale
        return np.einsum("ni,ij,nj->n", z, self.precision, z) / self.limit


def features(spread: np.ndarray, images: np.ndarray) -> np.ndarray:
    """x of `Familiarity`, `[N, D]`."""
    found = [np.log(np.maximum(np.asarray(spread, np.float64), 1e-6))]
    if images.shape[-1] == 4:
        found.append(np.log(extents(images) + 1e-3))
    return np.concatenate(found, 1)


def extents(images: np.ndarray) -> np.ndarray:
    """Area, width and height of what is not transparent in images with alpha, as shares of the image's, `[N, 3]`."""
    mask = images[..., 3] > 127
    columns, rows = np.any(mask, 1), np.any(mask, 2)
    return np.stack([mask.mean((1, 2)), *(_span(each) / each.shape[1] for each in (columns, rows))], 1)


def fitted(spread: np.ndarray, images: np.ndarray) -> Familiarity:
    """Fits to the images of a validation split, `[N, ...]`, in an order in which objects stand together."""
    x = features(spread, images)
    half = len(x) // 2
    first = x[:half]
    mean, scale = first.mean(0), first.std(0) + 1e-6
    correlations = np.cov((first - mean) / scale, rowvar=False)
    precision = np.linalg.inv((1 - SHRINKAGE) * correlations + SHRINKAGE * np.eye(len(correlations)))
    fill = np.median(extents(images)[:, 1:].max(1)) if images.shape[-1] == 4 else 1.0
    found = Familiarity(mean, scale, precision, 1.0, float(fill))
    distances = found.unfamiliarity(spread[half:], images[half:])
    return dataclasses.replace(found, limit=float(np.quantile(distances, QUANTILE)))


def familiarity_of(run: "Run", model: "keras.Model") -> Familiarity | None:
    """What is familiar to a run's model that sees one view: read from its folder, or measured and kept there.

    Args:
        run: The run.
        model: Its model.

    Returns:
        None where it is not known, and the validation data to measure it by are not on this machine, or too few.
    """
    digest = model_digest(run.model_file)
    for path in (Path(run.folder) / FILE, Path(run.outputs) / FILE):
        if path.exists() and (kept := files.read_json(path))["model"] == digest:
            arrays = {name: np.array(kept[name]) for name in ("mean", "scale", "precision")}
            return Familiarity(**arrays, limit=kept["limit"], fill=kept["fill"])
    measured = _measured_if_here(run.config, model)
    with contextlib.suppress(OSError):  # of a run that can't be written to
        _write(path, digest, measured)
    return measured


def keep(run: "Run", model: "keras.Model", path: Path) -> None:
    """Measures what is familiar to a run's model and writes it; no file where it can't be measured.

    Args:
        run, model: As in `familiarity_of`.
        path: The file.
    """
    _write(path, model_digest(run.model_file), _measured_if_here(run.config, model))


def _write(path: Path, digest: str, measured: Familiarity | None) -> None:
    if measured is not None:
        kept = {name: getattr(value, "tolist", lambda v=value: v)() for name, value in vars(measured).items()}
        files.write_json(path, {"model": digest, **kept})


def _measured_if_here(config: Mapping[str, Any], model: "keras.Model") -> Familiarity | None:
    try:
        return _measured(config, model) if "data" in config else None
    except (ValueError, OSError, KeyError):  # the data set is not here, or not named
        return None


def _measured(config: Mapping, model: "keras.Model") -> Familiarity | None:
    from tfkeypoints.data.example import CAMERA_KEYS
    from tfkeypoints.evaluation.collection import load_evenly

    spreads, images = [], []
    for batch in load_evenly(config, "validation", IMAGES).batch(32):
        seen = {name: batch[name][:, :1] for name in CAMERA_KEYS}
        spreads.append(model.predict_on_batch(seen)["std"][:, 0, :, 0])
        images.append(seen["image"].numpy()[:, 0])
    if sum(map(len, images)) < LEAST:
        return None
    return fitted(np.concatenate(spreads), np.concatenate(images))


def _span(seen: np.ndarray) -> np.ndarray:
    """How many places lie from the first to the last that is true, `[N, L]` to `[N]`."""
    length = seen.shape[1]
    whole = length - seen.argmax(1) - seen[:, ::-1].argmax(1)
    return np.where(seen.any(1), whole, 0)
