"""Names for a model's keypoints, by labels in a few frames of a recording that it has predicted."""

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tfkeypoints.cameras.triangulation import triangulate
from tfkeypoints.inference.found import Found, read_found
from tfkeypoints.inference.named import write_named
from tfkeypoints.inference.plan import model_digest
from tfkeypoints.labels.gathering import gather
from tfkeypoints.labels.judging import LEAST, judge
from tfkeypoints.labels.matching import match
from tfkeypoints.labels.names import FILE, Names, write_names
from tfkeypoints.labels.table import Table

if TYPE_CHECKING:
    from tfkeypoints.training.run import Run


@dataclasses.dataclass(frozen=True)
class Targets:
    """Labels in the world, in the frames of a prediction that were labeled.

    Attributes:
        names: L names.
        times: int `[N]`, which frames of the prediction, rising.
        points: `[N, L, 3]`, world units; NaN where unlabeled or seen by one camera only.
        deviation: `[N, L]`, expected error of each label in world units; None for labels in 3D.
    """

    names: tuple[str, ...]
    times: np.ndarray
    points: np.ndarray
    deviation: np.ndarray | None


def label(run: "Run", prediction: Path, words: Sequence[str]) -> Names:
    """Fits names to a run's keypoints, and writes `names.json` of the run and `named.csv` of the prediction.

    Args:
        run: A run of Keypoint3D.
        prediction: Folder that the run's `predict` wrote.
        words: Labels, as `labels.gathering.gather` takes them.

    Raises:
        ValueError: If the prediction is not of the run's model, no label fits it, or no name has enough labels.
    """
    found = read_found(prediction / "keypoints.npz")
    if found.model != model_digest(run.model_file):
        raise ValueError(f"`prediction` should be made with the run's model as it is now. Received: {prediction}")
    targets = targets_of(gather(words, found.calibration.names), found)
    whole = np.isfinite(found.tracks.keypoints[targets.times]).all((1, 2))
    verdicts = {}
    for number, name in enumerate(targets.names):
        good = whole & np.isfinite(targets.points[:, number]).all(-1)
        if good.sum() < LEAST:
            print(f"`{name}` has {good.sum()} labels that count, {LEAST} are needed: left out", file=sys.stderr)
            continue
        deviation = None if targets.deviation is None else targets.deviation[good, number]
        verdicts[name] = judge(found.tracks.keypoints[targets.times[good]], targets.points[good, number], deviation)
    if not verdicts:
        raise ValueError(f"`labels` should place a name in {LEAST} frames or more. Received: {' '.join(words)}")
    names = Names(found.model, verdicts)
    write_names(run.outputs / FILE, names)
    (prediction / "named.csv").unlink(missing_ok=True)
    if names.known:
        points, hertz = found.smoothed or (found.tracks.keypoints, None)
        parts = [dataclasses.replace(found.tracks, keypoints=points)]
        write_named(prediction, found.frames, parts, found.calibration, names, hertz)
    return names


def targets_of(labels: dict[str, Table] | Table, found: Found) -> Targets:
    """Takes labels to the world.

    Args:
        labels: In 2D of each labeled camera, which are triangulated, or in 3D.
        found: The prediction.

    Raises:
        ValueError: If no labeled frame is in the prediction.
    """
    if isinstance(labels, Table):
        which = _matched(labels, [str(frame) for frame in found.frames], found.frames)
        times, points = _placed(labels, which, labels.names, len(found.frames))
        return Targets(labels.names, times, points[times], None)
    names = tuple(dict.fromkeys(name for table in labels.values() for name in table.names))
    pixels = np.full((len(found.calibration.names), len(found.frames), len(names), 2), np.nan)
    for view, camera in enumerate(found.calibration.names):
        if camera in labels:
            images = found.source_names[:, view].tolist()
            numbers = found.frames if any(images) else found.source_frames[:, view].tolist()
            which = _matched(labels[camera], images, numbers)
            pixels[view] = _placed(labels[camera], which, names, len(found.frames))[1]
    times = np.flatnonzero(np.isfinite(pixels).any((0, 2, 3)))
    shape = len(times), len(names)
    result = triangulate(pixels[:, times].reshape(len(pixels), -1, 2), found.calibration)
    return Targets(names, times, result.points.reshape(*shape, 3), result.deviation.reshape(shape))


def _matched(table: Table, images: Sequence[str], numbers: Sequence[int | str]) -> np.ndarray:
    """Which frame of the prediction each row of a table is; tells of those that are in none."""
    which = match(table.frames, images, numbers)
    lost = [str(frame) for frame, time in zip(table.frames, which, strict=True) if time < 0]
    if len(lost) == len(which):
        raise ValueError(
            f"{table.where} should label frames of the prediction, by their numbers or images' names. "
            f"Received: {', '.join(lost[:5])}; the prediction has {numbers[0]} to {numbers[-1]}"
        )
    if lost:
        print(f"{table.where} labels {len(lost)} frames that are not predicted: {', '.join(lost[:5])}", file=sys.stderr)
    if len(set(kept := [time for time in which.tolist() if time >= 0])) < len(kept):
        raise ValueError(f"{table.where} should label each frame once. Received: two rows of one frame")
    return which


def _placed(table: Table, which: np.ndarray, names: Sequence[str], count: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows that are in the prediction, and all places `[T, L, D]`, NaN where unlabeled."""
    places = np.full((count, len(names), table.places.shape[-1]), np.nan)
    columns = [names.index(name) for name in table.names]
    kept = which >= 0
    places[which[kept][:, None], columns] = table.places[kept]
    return np.sort(which[kept]), places
